"""Quotes: forms of reported speech in four languages, who a source is, and that no text can stall the rules."""

import itertools
import time
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from pipeline.enrich.entities import build_entities
from pipeline.enrich.known_names import load_known_names
from pipeline.enrich.paragraphs import find_paragraphs
from pipeline.enrich.quotes import MAX_QUOTES, find_quotes
from schemas.annotations import Quote, ZoneKind
from tests.enrich.story import lay_out, mark

CASES: Final[list[dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("quote_examples.toml").read_text(encoding="utf-8")
)["case"]
STALL_S: Final = 8.0
"""Far more than the slowest text takes on a busy machine; a stalled rule takes minutes."""


def _quotes(text: str, language: str = "en") -> tuple[Quote, ...]:
    return find_quotes(text, find_paragraphs(text, lay_out(text)), (), language)


def _speakers(marked: str) -> list[str | None]:
    text, mentions = mark(marked)
    paragraphs = find_paragraphs(text, lay_out(text))
    entities = build_entities(text, paragraphs, mentions, load_known_names())
    return [quote.speaker for quote in find_quotes(text, paragraphs, entities, "en")]


@pytest.mark.parametrize("case", CASES, ids=[case["about"] for case in CASES])
def test_forms_of_reported_speech(case: dict[str, Any]) -> None:
    """Each form gives its content, its source as written and its cue; evidence spans fit the text."""
    text = case["text"]
    found = []
    for quote in _quotes(text, case.get("language", "en")):
        assert text[quote.start : quote.end] == quote.text
        source = "-" if quote.source_start is None else text[quote.source_start : quote.source_end]
        found.append(f"{source} | {quote.cue or '-'} | {quote.text}")
    assert found == case["expected"]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("[Anna Holm|PERSON] met [Robert Lind|PERSON]. “Good,” she said.", "person:anna-holm"),
        ("[Anna Holm|PERSON] met [Robert Lind|PERSON]. “Good,” he said.", "person:robert-lind"),
        ("Mayor [Ada Holm|PERSON] came.\n“It was cold,” the mayor said.", "person:ada-holm"),
        ("“It was cold,” said [Ada Holm|PERSON] of the [Harbour Board|ORG].", "person:ada-holm"),
        ("“It was cold,” said [Holm|PERSON]’s aide, [Bo Lind|PERSON].", "person:bo-lind"),
        ("“It was cold,” the [Harbour Board|ORG] said.", "org:harbour-board"),
        ("“It was cold,” said a spokesman for [Ada Holm|PERSON].", None),
        ("“It was cold,” [Ada Holm|PERSON] and [Bo Lind|PERSON] said.", None),
        ("“[Ada Holm|PERSON] slept well,” said [Iris Vane|PERSON]. “Good,” she added.", "person:iris-vane"),
        ("The board met [Robert Lind|PERSON]. “Good,” she said.", None),
        ("A source close to [Ada Holm|PERSON] called.\n“It was cold,” said the source, who gave no name.", None),
        ("Her aide [Bo Lind|PERSON] came. A senior aide to the board rang.\n“It was cold,” the aide said.", None),
        ("Her aide [Bo Lind|PERSON] came. The board rang.\n“It was cold,” the aide said.", "person:bo-lind"),
    ],
)
def test_source_is_resolved_or_left_open(marked: str, expected: str | None) -> None:
    """A name, a title and a pronoun lead to the person whom they fit; where that is unclear nobody is claimed."""
    assert _speakers(marked)[-1] == expected


def test_headlines_are_not_read() -> None:
    """A headline repeats its story: its quotes are not counted twice."""
    text = "Holm: “We will rebuild the old pier”\n“We will rebuild the old pier,” Holm said."
    paragraphs = find_paragraphs(text, lay_out(text, [ZoneKind.TITLE]))
    assert [quote.start for quote in find_quotes(text, paragraphs, (), "en")] == [text.index("\n") + 1]


@pytest.mark.parametrize(
    "text",
    [
        '"' * 3000,
        "“a” " * 700,
        "'' " * 1000,
        ("he said, " * 300 + "“x y z w v” ") * 20,
        "(((" * 900 + "“x,” " + "a, " * 900 + "said",
        "“x,” " + "a" * 2900 + " said",
        "x’" * 1400 + " said “y”",
        "\n".join(["“open said he"] * 2000),
    ],
)
def test_hostile_text_is_read_in_time(text: str) -> None:
    """Text made to stall rules costs little and gives a bounded number of quotes that never overlap."""
    started = time.process_time()
    quotes = _quotes(text)
    assert time.process_time() - started < STALL_S
    assert len(quotes) <= MAX_QUOTES
    assert all(first.end <= second.start for first, second in itertools.pairwise(quotes))
