"""Times named in a text: spans, values, anchors, and what is left open."""

import datetime as dt
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.time_anchor import find_anchor
from pipeline.enrich.time_grammar import load_grammars
from pipeline.enrich.time_reading import Anchor
from pipeline.enrich.times import drop_times_in_names, find_times
from schemas.annotations import (
    ArticleTime,
    Entity,
    Mention,
    Precision,
    TimeExpression,
    TimeSignal,
    Zone,
    ZoneKind,
)

WEDNESDAY = Anchor(dt.date(2026, 11, 4), "day", "feed", certain=True)
EXAMPLES = tomllib.loads(Path(__file__).with_name("time_examples.toml").read_text(encoding="utf-8"))


def _find(text: str, language: str = "en", anchor: Anchor | None = WEDNESDAY) -> tuple[TimeExpression, ...]:
    return find_times(text, [Paragraph(0, len(text), ZoneKind.BODY)], language, anchor, "US")


@pytest.mark.parametrize(
    ("language", "example"),
    [(language, example) for language, examples in EXAMPLES.items() for example in examples],
    ids=lambda value: value if isinstance(value, str) else value["text"],
)
def test_each_example(language: str, example: dict[str, str]) -> None:
    """The expression in brackets is found, whole and alone, with its value; a sentence without brackets names none."""
    marked = example["text"]
    found = [
        time
        for time in _find(marked.replace("[", "").replace("]", ""), language)
        if not (time.value or "").startswith("P") or example.get("value", "").startswith("P")
    ]
    if "[" not in marked:
        assert found == []
        return
    (time,) = found
    assert (time.start, time.text) == (marked.index("["), marked[marked.index("[") + 1 : marked.index("]")])
    if "future" not in example:
        assert time.value == example.get("value")


def test_without_a_date_relative_times_stay_open() -> None:
    """An article of unknown date has "Monday" without a value and "2018" with one; nothing is told from today."""
    monday, year = _find("He left on Monday, ten rainy Sundays after the vote of 2018.", anchor=None)
    assert (monday.value, monday.anchor, monday.certain) == (None, None, False)
    assert (year.value, year.anchor, year.certain) == ("2018", None, True)


def test_an_inferred_year_gives_uncertain_days() -> None:
    """When only the year is known, and only inferred, a day gets that year and says so; a weekday stays open."""
    inferred = Anchor(dt.date(2018, 1, 1), "year", TimeSignal.INFERRED.value, certain=False)
    day, month, weekday = _find("On November 11 they met; last month they wrote, and on Tuesday.", anchor=inferred)
    assert (day.value, day.anchor, day.anchor_signal, day.certain) == ("2018-11-11", "2018", "inferred", False)
    assert month.value is None
    assert weekday.value is None


def test_the_anchor_is_the_dateline_then_the_publication_where_it_appeared() -> None:
    """A dateline's day wins; else the publication's day in the source's zone, not in UTC."""
    text = "PARIS, Nov 3 (Reuters) - The river rose."
    zone = Zone(start=0, end=12, kind=ZoneKind.DATELINE, rule="test")
    late = dt.datetime(2026, 11, 5, 3, 30, tzinfo=dt.UTC)
    published = ArticleTime(at=late, zone_known=True, precision=Precision.MINUTE, signal=TimeSignal.JSON_LD)
    with_dateline = find_anchor(text, [zone], published, "en", "America/New_York")
    assert with_dateline == Anchor(dt.date(2026, 11, 3), "day", "dateline", certain=True)
    without = find_anchor(text, [], published, "en", "America/New_York")
    assert without == Anchor(dt.date(2026, 11, 4), "day", "json-ld", certain=True)
    assert find_anchor(text, [], ArticleTime(), "en", None) is None


@pytest.mark.parametrize(
    ("language", "text", "told_from"),
    [
        ("en", "He told reporters on November 5 that it is so, and said on November 6 that all goes on.", "2018-11"),
        ("en", "The talks are on December 1, she said in a short statement late on June 30.", "2018-06"),
        ("en", "She said she would be there on November 30, and he will say so on December 2.", "2018"),
        ("de", "Das sagte Anna Holm am 6. November. Am 1. Dezember geht es weiter.", "2018-11"),
        ("fr", "Il l'a annoncé, a déclaré Anna Holm le 6 novembre. La réunion est le 1er décembre.", "2018-11"),
        ("es", "No habrá acuerdo, dijo Ana Holm el 6 de noviembre. La reunión es el 1 de diciembre.", "2018-11"),
    ],
)
def test_the_latest_report_gives_an_inferred_year_its_month(language: str, text: str, told_from: str) -> None:
    """Days on which somebody said something lie just behind; days that are to come say nothing of the article's."""
    year = dt.datetime(2018, 1, 1, tzinfo=dt.UTC)
    inferred = ArticleTime(at=year, precision=Precision.YEAR, signal=TimeSignal.INFERRED)
    zone = Zone(start=0, end=len(text), kind=ZoneKind.BODY, rule="test")
    anchor = find_anchor(text, [zone], inferred, language, None)
    assert anchor is not None
    assert (anchor.text, anchor.signal, anchor.certain) == (told_from, "inferred", False)


def test_a_name_is_no_time() -> None:
    """A month that is part of a person's or an outlet's name is dropped; the same word elsewhere stays."""
    text = "April Holm told USA Today on April 2."
    mentions = {"April Holm": "PERSON", "USA Today": "ORG"}
    entities = [
        Entity(
            id=name,
            name=name,
            label=label,
            salience=1,
            mentions=(
                Mention(start=text.index(name), end=text.index(name) + len(name), text=name, zone=ZoneKind.BODY),
            ),
        )
        for name, label in mentions.items()
    ]
    assert [time.text for time in drop_times_in_names(_find(text), entities)] == ["April 2"]


def test_a_language_without_a_grammar_has_no_times() -> None:
    """English rules are never run on another language's text."""
    assert _find("on Monday, 4 May 2020", language="pl") == ()


@given(
    st.sampled_from(sorted(load_grammars())),
    st.text(alphabet="0123456789 :.,/-'stpmamayjunJulioMontagil ya\n", max_size=120),
)
def test_any_text_gives_spans_in_order(language: str, text: str) -> None:
    """Whatever stands in a text, spans are in order, do not overlap, and hold what the record says."""
    reached = 0
    for time in _find(text, language):
        assert reached <= time.start < time.end <= len(text)
        assert text[time.start : time.end] == time.text
        reached = time.end
