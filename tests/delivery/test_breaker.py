"""A bad deploy stops the worker, poison and home pages do not."""

import pytest

from pipeline.delivery.breaker import Breaker, BreakerTripped
from schemas.errors import ENRICH, NotAnArticle, Rejected

BAD = Rejected(ENRICH, "a bug")


def test_fifty_in_a_row_are_borne_and_one_more_is_not() -> None:
    """The row may be 50 long; the 51st trips, and a success in between starts it anew."""
    breaker = Breaker()
    for _ in range(50):
        breaker.refuse(BAD)
    breaker.accept()
    for _ in range(50):
        breaker.refuse(BAD)
    with pytest.raises(BreakerTripped, match="51 messages in a row"):
        breaker.refuse(BAD)


def test_a_fifth_of_the_last_thousand_trips() -> None:
    """Every fifth message refused is too many once 200 of the last 1,000 are; every sixth is borne for ever."""
    patient, strict = Breaker(), Breaker()
    for number in range(6000):
        patient.refuse(BAD) if number % 6 == 0 else patient.accept()
    for number in range(995):
        strict.refuse(BAD) if number % 5 == 0 else strict.accept()
    with pytest.raises(BreakerTripped, match="200 of the last"):
        strict.refuse(BAD)


def test_pages_that_are_no_articles_count_neither_for_nor_against() -> None:
    """They do not trip it, do not break a row, and do not dilute the share."""
    breaker = Breaker()
    for _ in range(5000):
        breaker.refuse(NotAnArticle("a home page"))
    for _ in range(50):
        breaker.refuse(BAD)
        breaker.refuse(NotAnArticle("a home page"))
    with pytest.raises(BreakerTripped):
        breaker.refuse(BAD)
