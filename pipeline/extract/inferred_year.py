"""The year of a text that bears no date, from what the text itself says; marked as inferred, precise to the year.

A news text names days without a year ("on November 6") and means the year it was written in. If the latest full date
that it mentions, say that of its photo, precedes all those days in the year, and none lies further back, that is the
year. Anything else stays unknown: never today's year. Pure.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Final

from pipeline.extract.moments import MONTHS
from pipeline.extract.pieces import Piece
from schemas.annotations import STORY_ZONES, ArticleTime, Precision, TimeSignal

MAX_TEXT_CHARS: Final = 20_000
_WORD: Final = r"([^\W\d_]{3,10})\.?"
_MONTH_DAY: Final = re.compile(
    rf"(?<![^\W\d_]){_WORD} (\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}}))?(?![\d:])", re.IGNORECASE
)
_DAY_MONTH: Final = re.compile(
    rf"(?<![\d.])(\d{{1,2}})(?:er|\.|st|nd|rd|th)? (?:de |of )?{_WORD}(?:,? (?:de |del )?(\d{{4}}))?(?!\d)",
    re.IGNORECASE,
)
_ARCHIVE: Final = re.compile(r"\b(?:file|archiv\w*|files|stock)\b", re.IGNORECASE)
_MONTH_YEAR: Final = re.compile(rf"(?<![^\W\d_]){_WORD} (?:de |of )?((?:19|20)\d{{2}})(?!\d)", re.IGNORECASE)


def infer_year(pieces: Sequence[Piece], fetched_at: datetime) -> ArticleTime:
    """Return the year in which a text was most probably written, as a time of signal `inferred`; unknown if unsure.

    `raw` is the full date that the year was taken from. Needs one full date and one day without a year.
    """
    lines = [piece.text for piece in pieces if piece.kind in STORY_ZONES and not _ARCHIVE.search(piece.text[-80:])]
    text = "\n".join(lines)[:MAX_TEXT_CHARS]
    full: list[tuple[date, str]] = []
    days: list[tuple[int, int]] = []
    for day, month, year, written in _days(text):
        if year is None:
            days.append((month, day))
        elif found := _date(year, month, day):
            full.append((found, written))
    if not full or not days:
        return ArticleTime()
    latest, written = max(full)
    years = [int(found[2]) for found in _MONTH_YEAR.finditer(text) if found[1].lower() in MONTHS]
    if max(years, default=0) > latest.year or latest.year > fetched_at.year:
        return ArticleTime()
    if any(day < (latest.month, latest.day) for day in days):
        return ArticleTime()
    return ArticleTime(
        at=datetime(latest.year, 1, 1, tzinfo=UTC), precision=Precision.YEAR, signal=TimeSignal.INFERRED, raw=written
    )


def _days(text: str) -> Iterator[tuple[int, int, int | None, str]]:
    """Yield day, month, year or None, and the words, of every day that the text names."""
    for pattern, day_group, month_group in ((_MONTH_DAY, 2, 1), (_DAY_MONTH, 1, 2)):
        for found in pattern.finditer(text):
            month = MONTHS.get(found[month_group].lower())
            day = int(found[day_group])
            if month and 1 <= day <= 31:
                yield day, month, int(found[3]) if found[3] else None, found[0]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
