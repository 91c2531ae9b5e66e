"""Failed assertions of the shared contracts are explained as those of test modules are."""

import pytest

pytest.register_assert_rewrite("tests.contracts.log_place", "tests.contracts.log_topics_contract")
pytest.register_assert_rewrite("tests.contracts.log_consuming_contract", "tests.contracts.index_contract")
pytest.register_assert_rewrite("tests.contracts.index_search_contract", "tests.contracts.index_admin_contract")
pytest.register_assert_rewrite("tests.contracts.index_records_contract")
pytest.register_assert_rewrite("tests.contracts.sample_contract")
pytest.register_assert_rewrite("tests.contracts.index_correction_contract")
pytest.register_assert_rewrite("tests.contracts.index_newsroom", "tests.contracts.index_kin_contract")
