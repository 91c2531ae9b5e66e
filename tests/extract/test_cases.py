"""Golden cases: each folder under cases/ is replayed, and what extraction makes of it is compared as a whole."""

import pytest

from tests.extract.case_folder import CASES, Case, describe, read_cases

ALL = read_cases()


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_case(case: Case) -> None:
    """The input gives exactly the expected parts, with rules and evidence, or is refused for the expected reason."""
    assert describe(case.raw) == case.expected


def test_cases_cover_languages_and_refusals() -> None:
    """The folders hold the four languages, both content types, and pages that are no articles."""
    names = [case.name for case in ALL]
    assert {name.partition("-")[0] for name in names} >= {"en", "de", "fr", "es", "no"}
    assert {case.raw.content_type for case in ALL} == {"html", "text"}
    assert all((CASES / name / "expected.json").is_file() for name in names)
