"""The load of searches: what an earlier search has counted may help hardly anybody."""

from benchmarks.search import FORMS, LOADS, SEARCHES, SINGLE, USERS, _query


def test_no_question_is_asked_twice() -> None:
    """Over both loads and the single searches only the form without words, which asks for everything, comes again."""
    count = len(LOADS) * USERS * SEARCHES + SINGLE
    worded = [_query(number) for number in range(count) if FORMS[number % len(FORMS)] != "*"]
    assert len(set(worded)) == len(worded)
    assert len(worded) > 0.88 * count
