"""Points in time as publishers write them, in the languages supported: ISO 8601, RFC 2822, epoch, words, digits.

String → `Moment`, or None. Never guesses: no current year, no local zone, nothing filled in from today. A moment
without a zone is returned as if it were UTC and says so. Pure but for reading its table of months.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files
from typing import Final

from schemas.annotations import Precision

MAX_RAW_CHARS: Final = 200
_TABLE: Final = tomllib.loads(files("pipeline.extract").joinpath("months.toml").read_text(encoding="utf-8"))
MONTHS: Final[dict[str, int]] = {
    name: int(number) for language in _TABLE.values() for number, names in language.items() for name in names.split()
}
"""Number of a month by its name in any of the languages of `months.toml`, lower case."""

# Abbreviations that name one offset where news is written; IST, BST and CST are each several, the usual one is taken.
_ZONES: Final = {
    "utc": 0, "gmt": 0, "z": 0, "wet": 0, "bst": 60, "ist": 330, "cet": 60, "mez": 60, "cest": 120, "mesz": 120,
    "eet": 120, "eest": 180, "msk": 180, "sast": 120, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420,
    "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "hst": -600, "jst": 540, "kst": 540, "hkt": 480, "sgt": 480,
    "aest": 600, "aedt": 660, "awst": 480, "nzst": 720, "nzdt": 780, "pkt": 300, "brt": -180,
}  # fmt: skip
_ISO: Final = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2})(?:(?:T|\s+|T\s)(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}(?!\d))?)?)?(?![\d-])",
    re.IGNORECASE,
)
_COMPACT: Final = re.compile(
    r"^(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?P<zone>Z)?)?$"
)
_EPOCH: Final = re.compile(r"^(\d{9,10})(\d{3})?(?:\.\d+)?$")
_WORD_MONTH: Final = rf"(?P<word>[^\W\d_]{{2,{max(map(len, MONTHS))}}})\.?"
_DAY_FIRST: Final = re.compile(
    rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?[\s-]+(?:de\s+|of\s+)?{_WORD_MONTH},?[\s-]+(?:de[l]?\s+)?(?P<year>\d{{4}})(?!\d)",
    re.IGNORECASE,
)
_MONTH_FIRST: Final = re.compile(
    rf"(?<![^\W\d_]){_WORD_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?!\d)", re.IGNORECASE
)
_MONTH_ONLY: Final = re.compile(
    rf"(?<![^\W\d_]){_WORD_MONTH},?\s+(?:de\s+)?(?P<year>(?:19|20)\d{{2}})(?!\d)", re.IGNORECASE
)
_DIGITS: Final = re.compile(
    r"(?<!\d)(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4})(?!\d)"
)
_EAST_ASIAN: Final = re.compile(
    r"(?P<year>\d{4})\s*[年년./-]\s*(?P<month>\d{1,2})\s*[月월./-]\s*(?P<day>\d{1,2})(?!\d)"
)
_CLOCK: Final = re.compile(
    r"(?<![\d:+-])(?P<hour>\d{1,2})(?:\s?[:h]\s?|\.(?=\d\d(?:\s*(?:uhr|gmt|bst|h\b)|$)))(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"\s*(?P<half>(?:a\.?m\.?|p\.?m\.?)(?![a-z]))?(?:\s*(?:uhr|hrs|hours|h)\b)?\s*(?P<zone>[+-]\d{2}:?\d{2}|\(?(?:UTC|GMT)\s?[+-]\d{1,2}(?::?\d{2})?|\(?[A-Z]{1,4}T?Z?\b)?",
    re.IGNORECASE,
)
_HOUR: Final = re.compile(
    r"(?<!\d)(?P<hour>\d{1,2})\s*(?P<half>a\.?m\.?|p\.?m\.?)(?=\W|$)\s*(?P<zone>[A-Z]{2,4})?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A parsed time: aware, in UTC; `zone_known` False when the zone was not written. `start`: where it was found."""

    at: datetime
    zone_known: bool
    precision: Precision

    @property
    def is_exact(self) -> bool:
        """Whether it names a time of day."""
        return self.precision in {Precision.SECOND, Precision.MINUTE}


def parse_moment(raw: str, *, month_first: bool = False) -> Moment | None:
    """Return the first time that a string names, None without one. `month_first`: how to read 03/04/2026.

    >>> parse_moment("Nov. 4, 2026 5:15 a.m. CST").at.isoformat()
    '2026-11-04T11:15:00+00:00'
    >>> parse_moment("am 16. Oktober").__class__.__name__
    'NoneType'
    """
    text = raw[:MAX_RAW_CHARS].strip()
    try:
        return _numeric(text) or _worded(text, month_first)
    except (ValueError, OverflowError):  # a 31st of February, a year 0, an offset of 99 hours
        return None


def _numeric(text: str) -> Moment | None:
    if epoch := _EPOCH.match(text):
        return Moment(datetime.fromtimestamp(int(epoch[1]), UTC), zone_known=True, precision=Precision.SECOND)
    found = _COMPACT.match(text) or _ISO.search(text)
    if found is None:
        return None
    parts = found.groupdict()
    if parts["day"] is None:
        return _day(int(parts["year"]), int(parts["month"]), 1, Precision.MONTH)
    if parts["hour"] is None:
        rest = text[found.end() :]
        return _timed(int(parts["year"]), int(parts["month"]), int(parts["day"]), rest)
    zone = _offset(parts["zone"]) if parts["zone"] else _offset(text[found.end() :].strip()[:8])
    return _moment(
        (int(parts["year"]), int(parts["month"]), int(parts["day"])),
        (int(parts["hour"]), int(parts["minute"]), int(parts["second"]) if parts["second"] else None),
        zone,
    )


def _worded(text: str, month_first: bool) -> Moment | None:
    for pattern in (_DAY_FIRST, _MONTH_FIRST):
        for found in pattern.finditer(text):
            month = MONTHS.get(found["word"].lower())
            if month:
                return _timed(int(found["year"]), month, int(found["day"]), text[found.end() :], text[: found.start()])
    if asian := _EAST_ASIAN.search(text):
        return _timed(int(asian["year"]), int(asian["month"]), int(asian["day"]), text[asian.end() :])
    if digits := _DIGITS.search(text):
        return _ambiguous(digits, text, month_first)
    for found in _MONTH_ONLY.finditer(text):
        month = MONTHS.get(found["word"].lower())
        if month:
            return _day(int(found["year"]), month, 1, Precision.MONTH)
    return None


def _ambiguous(found: re.Match[str], text: str, month_first: bool) -> Moment:
    day, month = int(found["first"]), int(found["second"])
    if month > 12 or (month_first and day <= 12 and found["mark"] != "."):
        day, month = month, day
    return _timed(int(found["year"]), month, day, text[found.end() :], text[: found.start()])


def _timed(year: int, month: int, day: int, after: str, before: str = "") -> Moment:
    """Return the day, with the time of day that stands right after it or, else, before it."""
    clock = _CLOCK.search(after[:40]) or _HOUR.search(after[:30]) or _CLOCK.search(before[-24:])
    if clock is None:
        return _day(year, month, day, Precision.DAY)
    parts = clock.groupdict()
    hour, minute = int(parts["hour"]), int(parts.get("minute") or 0)
    half = (parts.get("half") or "").lower()[:1]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    second = int(parts["second"]) if parts.get("second") else None
    if hour > 23 or minute > 59:
        return _day(year, month, day, Precision.DAY)
    return _moment((year, month, day), (hour, minute, second), _offset(parts["zone"] or ""))


def _day(year: int, month: int, day: int, precision: Precision) -> Moment:
    return Moment(datetime(year, month, day, tzinfo=UTC), zone_known=False, precision=precision)


def _moment(day: tuple[int, int, int], clock: tuple[int, int, int | None], offset: int | None) -> Moment:
    zone = UTC if offset is None else timezone(timedelta(minutes=offset))
    at = datetime(*day, clock[0] % 24, clock[1], clock[2] or 0, tzinfo=zone).astimezone(UTC)
    precision = Precision.MINUTE if clock[2] is None else Precision.SECOND
    return Moment(at, zone_known=offset is not None, precision=precision)


def _offset(zone: str) -> int | None:
    """Return a zone's distance from UTC in minutes, None when it is not written or not known."""
    name = zone.strip(" ()").lower()
    found = re.match(r"(?:utc|gmt)?\s?([+-])(\d{1,2}):?(\d{2})?$", name)
    if found:
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return -minutes if found[1] == "-" else minutes
    return _ZONES.get(re.split(r"[^a-z]", name, maxsplit=1)[0]) if name else None


def is_date_line(text: str) -> bool:
    """Whether a short line says a date and hardly anything else.

    >>> is_date_line("Τρίτη, 17 Νοεμβρίου 2026"), is_date_line("In May 2026 it rained for days.")
    (True, False)
    """
    return parse_moment(text) is not None and sum(char.isdigit() for char in text) * 5 >= len(text)
