"""Failed assertions of the shared contracts are explained as those of test modules are."""

import pytest

pytest.register_assert_rewrite("tests.contracts.log_contract")
