"""The date that an article is told from: its dateline, its publication, or what its own reports let infer; pure.

Dateline first, then the publication date in the source's zone, else nothing. Where only the year is known, and that
only inferred, the latest day on which somebody "said" something gives the month: news is told within days.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.time_grammar import load_grammars
from pipeline.enrich.time_reading import Anchor
from pipeline.enrich.times import find_times
from schemas.annotations import ArticleTime, Precision, TimeSignal, Zone, ZoneKind

REPORT_CHARS: Final = 80
"""How far before a day the verb may stand that makes it the day of a report."""

_PRECISIONS: Final = {
    Precision.SECOND: "day", Precision.MINUTE: "day", Precision.DAY: "day",
    Precision.MONTH: "month", Precision.YEAR: "year",
}  # fmt: skip


def find_anchor(
    text: str, zones: Sequence[Zone], published: ArticleTime, language: str | None, timezone: str | None
) -> Anchor | None:
    """Return the date that the article is told from: its dateline's, else that of its publication where it appeared."""
    publication = _publication_anchor(published, timezone)
    for day, _ in _days(text, zones, ZoneKind.DATELINE, language, publication):
        certain = publication is None or publication.certain
        return Anchor(day, "day", TimeSignal.DATELINE.value, certain)
    if publication is not None and publication.precision == "year" and not publication.certain:
        return _with_month(text, zones, language, publication)
    return publication


def _publication_anchor(published: ArticleTime, timezone: str | None) -> Anchor | None:
    if published.at is None or published.precision not in _PRECISIONS or "in-future" in published.problems:
        return None
    precision = _PRECISIONS[published.precision]
    moment = published.at
    # A day without a time of day is the day as written, wherever that was.
    if timezone and published.zone_known and published.precision in {Precision.SECOND, Precision.MINUTE}:
        try:
            moment = moment.astimezone(ZoneInfo(timezone))
        except (ZoneInfoNotFoundError, ValueError):
            moment = published.at
    certain = published.signal is not TimeSignal.INFERRED and "before-1990" not in published.problems
    return Anchor(moment.date(), precision, published.signal.value, certain)


def _with_month(text: str, zones: Sequence[Zone], language: str | None, year: Anchor) -> Anchor:
    """Return the month of the latest report that the article dates ("said on November 6"), as uncertain as the year."""
    grammar = load_grammars().get(language or "")
    if grammar is None:
        return year
    reported = [
        day
        for day, start in _days(text, zones, ZoneKind.BODY, language, year)
        if day.year == year.date.year and grammar.reported.search(text, max(0, start - REPORT_CHARS), start)
    ]
    return year._replace(date=max(reported).replace(day=1), precision="month") if reported else year


def _days(
    text: str, zones: Sequence[Zone], kind: ZoneKind, language: str | None, anchor: Anchor | None
) -> Iterator[tuple[dt.date, int]]:
    """Yield the calendar days that zones of a kind name, each with the offset at which it is named."""
    for zone in zones:
        if zone.kind is kind:
            for time in find_times(text, [Paragraph(zone.start, zone.end, zone.kind)], language, anchor):
                if time.value and len(time.value) == 10 and time.value[0].isdigit() and "W" not in time.value:
                    yield dt.date.fromisoformat(time.value), time.start
