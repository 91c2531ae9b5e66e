"""Scores time expressions on `time_meantime`: spans and ISO values, told from the document's date.

File → `Score`. Only the first six lines of each text are annotated, and only they are scored. Imports the pure step,
and dateparser for the baseline.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.time_reading import Anchor
from pipeline.enrich.times import find_times
from pipeline.evaluate.examples import excerpt, take_each
from pipeline.evaluate.gold_file import read_gold
from pipeline.evaluate.score import Score
from schemas.annotations import ZoneKind

_LINES: Final = 6
_DAY_CHARS: Final = 10


class Timed(NamedTuple):
    """A span and its value."""

    start: int
    end: int
    value: str | None


Finder = Callable[[str, Sequence[Paragraph], dt.date | None], list[Timed]]


def score(path: Path, limit: int | None = None) -> Score:
    """Score the expressions of each text.

    Figures: `relaxed_precision`, `relaxed_recall`, `relaxed_f1` (any overlap, one to one), `strict_f1` (same span),
    `value_accuracy` (same value, among the relaxed matches), `day_value_accuracy` (the same among gold values that are
    days). The baseline is dateparser's `search_dates` with the document's date as its base.

    Raises:
        ConfigurationError: the file is missing or has another form.
    """
    records = list(read_gold(path, limit))
    return Score("times", len(records), _figures(records, _find_ours), _figures(records, _find_by_dateparser))


def find_examples(path: Path, limit: int | None, count: int) -> Iterator[str]:
    """Yield at most `count` lines about each kind of fault: expressions missed, too many, and wrong values."""
    faults: dict[str, list[str]] = {"missed": [], "not in the gold": [], "value": []}
    for record in read_gold(path, limit):
        text = record["text"]
        gold = [Timed(one["start"], one["end"], one.get("value")) for one in record["timex"]]
        found = _find_ours(text, list(_paragraphs(text)), _day(record.get("dct")))
        pairs = list(_pair(gold, found))
        rights, mine = {right for right, _ in pairs}, {one for _, one in pairs}
        faults["missed"] += [f"{one.value} {excerpt(text, *one[:2])}" for one in gold if one not in rights]
        faults["not in the gold"] += [f"{one.value} {excerpt(text, *one[:2])}" for one in found if one not in mine]
        faults["value"] += [
            f"{right.value}, found {one.value} {excerpt(text, *right[:2])}"
            for right, one in pairs
            if right.value != one.value
        ]
    yield from take_each(faults, count)


def _find_ours(text: str, paragraphs: Sequence[Paragraph], day: dt.date | None) -> list[Timed]:
    anchor = Anchor(day, "day", "record", certain=True) if day else None
    return [Timed(one.start, one.end, one.value) for one in find_times(text, paragraphs, "en", anchor, "US")]


def _find_by_dateparser(text: str, paragraphs: Sequence[Paragraph], day: dt.date | None) -> list[Timed]:
    from dateparser.search import search_dates  # slow to import, and only the baseline needs it

    settings: dict[str, Any] = {"RELATIVE_BASE": dt.datetime.combine(day, dt.time())} if day else {}
    found: list[Timed] = []
    for paragraph in paragraphs:
        part = text[paragraph.start : paragraph.end]
        place = 0
        for words, moment in search_dates(part, languages=["en"], settings=settings) or ():
            start = part.find(words, place)
            if start >= 0:
                place = start + len(words)
                found.append(Timed(paragraph.start + start, paragraph.start + place, moment.date().isoformat()))
    return found


def _figures(records: Sequence[dict[str, Any]], find: Finder) -> dict[str, float]:
    gold_count = found_count = strict = values = days = day_values = 0
    matched = 0
    for record in records:
        gold = [Timed(one["start"], one["end"], one.get("value")) for one in record["timex"]]
        found = find(record["text"], list(_paragraphs(record["text"])), _day(record.get("dct")))
        gold_count, found_count = gold_count + len(gold), found_count + len(found)
        for right, mine in _pair(gold, found):
            matched += 1
            strict += right[:2] == mine[:2]
            values += right.value == mine.value
            if right.value and len(right.value) == _DAY_CHARS and right.value[0] in "12":
                days += 1
                day_values += right.value == mine.value
    return {
        "relaxed_precision": matched / max(1, found_count),
        "relaxed_recall": matched / max(1, gold_count),
        "relaxed_f1": 2 * matched / max(1, gold_count + found_count),
        "strict_f1": 2 * strict / max(1, gold_count + found_count),
        "value_accuracy": values / max(1, matched),
        "day_value_accuracy": day_values / max(1, days),
    }


def _pair(gold: Sequence[Timed], found: Sequence[Timed]) -> Iterator[tuple[Timed, Timed]]:
    free = list(found)
    for right in gold:
        mine = next((one for one in free if one.start < right.end and right.start < one.end), None)
        if mine is not None:
            free.remove(mine)
            yield right, mine


def _paragraphs(text: str) -> Iterator[Paragraph]:
    start = 0
    for line in text.split("\n")[:_LINES]:
        yield Paragraph(start, start + len(line), ZoneKind.BODY)
        start += len(line) + 1


def _day(written: str | None) -> dt.date | None:
    """Return the document's date; one document writes it day first."""
    if not written:
        return None
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        return dt.datetime.strptime(written, "%d-%m-%Y").replace(tzinfo=dt.UTC).date()
