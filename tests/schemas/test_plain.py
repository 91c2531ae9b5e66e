"""The plain form of a record holds what the record holds, and takes nothing that the record refuses."""

import json
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, field_validator

from schemas.annotations import (
    ArticleTime,
    ChainLink,
    Citation,
    Entity,
    Image,
    Mention,
    Origin,
    OriginKind,
    Place,
    Precision,
    Quote,
    QuoteKind,
    Span,
    TimeConflict,
    TimeExpression,
    TimeSignal,
    Zone,
    ZoneKind,
)
from schemas.article import EnrichedArticle, Enrichment, Fingerprint, Problem, SourceFacts
from schemas.base import Record
from schemas.codec import decode, encode
from schemas.errors import Rejected
from schemas.plain import PlainReader
from tests.schemas.test_codec import AT, ID, RECORDED

READER = PlainReader(EnrichedArticle)
FULL = EnrichedArticle(
    article_id=ID,
    version=1,
    fetched_at=AT.replace(microsecond=5),
    channel="feed",
    title="Bridge opens ☃",
    text="Ada Holm said on Monday that it opens.",
    zones=(Zone(start=0, end=38, kind=ZoneKind.BODY, rule="test"),),
    language="en",
    language_score=1.0,
    published=ArticleTime(
        at=AT, precision=Precision.DAY, conflicts=(TimeConflict(signal=TimeSignal.URL, raw="2026", at=AT),)
    ),
    authors=("Ida Lund",),
    images=(Image(url="https://harbourpost.example/a.jpg"),),
    paywalled=False,
    source=SourceFacts(id="harbour-post", store="excerpt"),
    origin=Origin(name="Coastal Wire", kind=OriginKind.BYLINE, span=Span(start=0, end=3), rule="test", confidence=0.5),
    entities=(
        Entity(
            id="person:ada holm",
            name="Ada Holm",
            label="PERSON",
            salience=0.25,
            mentions=(Mention(start=0, end=8, text="Ada Holm", zone=ZoneKind.BODY),),
        ),
    ),
    quotes=(Quote(start=17, end=37, text="it opens", source_start=0, source_end=8, kind=QuoteKind.INDIRECT),),
    citations=(
        Citation(outlet="Coastal Wire", span=Span(start=0, end=3), chain=(ChainLink(start=0, end=3, text="A"),)),
    ),
    times=(TimeExpression(start=17, end=23, text="Monday", value="2026-03-02"),),
    places=(Place(name="Oban", lat=56.4, lon=-5.5, mentions=(Span(start=0, end=3),)),),
    keywords=("bridge",),
    fingerprint=Fingerprint(scheme="s", signature=(1, 2**32 - 1), bands=("a", "b")),
    terms=(1, 2**53),
    enrichment=Enrichment(
        version=1, models={"ner": "x"}, milliseconds={"ner": 1.5}, problems=(Problem(step="a", reason="b"),)
    ),
)
STRANGE = (
    *(
        "null",
        "true",
        "0",
        "-1",
        "1.0",
        "1.5",
        "1e300",
        "1e999",
        "NaN",
        "-0.0",
        "9223372036854775808",
        "01",
        "'x'",
        "[1,]",
    ),
    *(
        '""',
        '"x"',
        '"1"',
        r'"\ud800"',
        r'"\u0000"',
        '"a\x01b"',
        r'"\x"',
        "[]",
        "{}",
        "[null]",
        '["x"]',
        '"body"',
        '"feed"',
    ),
    *(f'"{ID}"', f'"{ID}\\n"', f'"{ID.upper()}x"', '"2026-03-04T05:06:07"', '"2026-03-04 05:06:07Z"', '"2026-03-04"'),
    *('"2026-03-04T05:06:07.1234567Z"', '"2026-03-04T07:06:07+02:00"', '"2026-03-04T24:00:00Z"', "1772600767"),
    *('"2026-02-30T05:06:07Z"', '"0000-01-01T00:00:00Z"', '"0001-01-01T00:00:00+23:59"', '"9999-12-31T23:59:59-23:59"'),
)
"""What stands where something else belongs: of other types, beyond bounds, no JSON, times in other forms."""


def is_same(plain: object, record: object) -> bool:
    """Return whether both hold the same, of the same types."""
    if isinstance(record, Record):
        return all(is_same(getattr(plain, name), getattr(record, name)) for name in type(record).model_fields)
    if isinstance(record, tuple):
        return isinstance(plain, tuple) and len(plain) == len(record) and all(map(is_same, plain, record))
    return type(plain) is type(record) and plain == record


@pytest.mark.parametrize("encoded", [encode(FULL), (RECORDED / "enriched-article.v1.json").read_bytes()])
def test_both_hold_the_same(encoded: bytes) -> None:
    """All that the record has, of the same types; and it was not read as the record."""
    plain = READER.decode(encoded)
    assert not isinstance(plain, EnrichedArticle)
    assert is_same(plain, decode(EnrichedArticle, encoded))


def test_nothing_can_be_changed() -> None:
    """A plain form is as immutable as the record."""
    with pytest.raises(AttributeError):
        READER.decode(encode(FULL)).title = "other"  # type: ignore[misc] # that is what is tried


def _places(value: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if place:
        yield place
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from _places(each, (*place, key))


PLACES = tuple(_places(json.loads(encode(FULL))))


@given(
    place=st.sampled_from(PLACES),
    strange=st.sampled_from(STRANGE),
    is_added=st.booleans(),
    seed=st.none() | st.integers(),
)
def test_what_the_record_refuses_is_refused(
    place: tuple[str | int, ...],
    strange: str,
    is_added: bool,
    seed: int | None,
) -> None:
    """Wherever something strange stands, and whichever byte is another, both hold the same or refuse it alike."""
    article = json.loads(encode(FULL))
    parent = article
    for key in place[:-1]:
        parent = parent[key]
    parent["extra" if is_added and isinstance(parent, dict) else place[-1]] = "@@"
    encoded = bytearray(json.dumps(article, ensure_ascii=False).replace('"@@"', strange).encode())
    if seed is not None:
        chosen = random.Random(seed)  # noqa: S311 - no secret
        encoded[chosen.randrange(len(encoded))] = chosen.randrange(256)
    assert is_same(_answer(READER.decode, bytes(encoded)), _answer(partial(decode, EnrichedArticle), bytes(encoded)))


def _answer(read: Callable[[bytes], EnrichedArticle], encoded: bytes) -> object:
    """Return what was read, or why nothing was."""
    try:
        return read(encoded)
    except Rejected as error:
        return error.reason, error.detail


def test_bounds_without_a_plain_form_are_told() -> None:
    """What the plain form would not hold to is refused when it is derived, not forgotten."""

    class Short(Record):
        name: Annotated[str, Field(max_length=3)]

    class Awkward(Record):
        number: complex

    class Checked(Record):
        name: str

        @field_validator("name")
        @classmethod
        def check(cls, name: str) -> str:
            return name

    for kind in (Short, Awkward, Checked):
        with pytest.raises(TypeError, match="plain form"):
            PlainReader(kind)
