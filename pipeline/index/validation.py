"""Does a document fit the table of fields? What strict mappings do for Elasticsearch, for every index alike. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pipeline.index.base import IndexDocument
from schemas.annotations import Precision
from schemas.errors import INDEX_MAPPING, TOO_LARGE, Rejected
from schemas.fields import BY_NAME, INDEX_OWNED, IndexField, Kind

MAX_DOCUMENT_CHARS: Final = 16 * 1024 * 1024
"""Text and stored form together; far above any message that the topics let through."""
MAX_INTEGER: Final = 2**62
EARLIEST: Final = datetime(1678, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2262, 1, 1, tzinfo=UTC)
"""Times that every index can hold: 64-bit nanoseconds around 1970."""
_TEXTS: Final = frozenset({Kind.TEXT, Kind.KEYWORD})
_NUMBERS: Final = frozenset({Kind.INTEGER, Kind.FLOAT, Kind.STORED})
_OWNED: Final = {name: BY_NAME[name] for name in INDEX_OWNED}
_TEXT: Final = frozenset({str})
_WHOLE: Final = frozenset({int})


def find_fault(document: IndexDocument) -> Rejected | None:
    """Return why the document cannot be indexed, None when it can."""
    if not _is_sound(document.fields):
        for name, value in document.fields.items():
            if name not in INDEX_OWNED:
                return Rejected(INDEX_MAPPING, f"the index role has no field {name!r} to write")
            if reason := _value_fault(BY_NAME[name], value):
                return Rejected(INDEX_MAPPING, f"{name}: {reason}")
    size = len(document.stored) + sum(len(value) for value in document.fields.values() if isinstance(value, str))
    if reason := _string_fault([document.stored]):
        return Rejected(INDEX_MAPPING, f"stored: {reason}")
    if "first_seen_at" not in document.fields:
        return Rejected(INDEX_MAPPING, "first_seen_at: it is missing, and it decides where the document lives")
    if size > MAX_DOCUMENT_CHARS:
        return Rejected(TOO_LARGE, f"{size} characters, and an index takes {MAX_DOCUMENT_CHARS}")
    return None


def _is_sound(fields: Mapping[str, Any]) -> bool:
    """Return whether no field has a fault, told with a look at all texts and at all numbers together."""
    texts: list[Any] = []
    numbers: list[Any] = []
    for name, value in fields.items():
        field = _OWNED.get(name)
        if field is None or (field.many and not isinstance(value, list | tuple)):
            return False
        values = value if field.many else (value,)
        if field.kind in _TEXTS:
            texts += values
        elif field.kind in _NUMBERS and not isinstance(value, str):
            numbers += values
        elif _value_fault(field, value):
            return False
    return not _string_fault(texts) and not _number_fault(numbers)


def _value_fault(field: IndexField, value: Any) -> str | None:  # noqa: ANN401 - any JSON value is what is checked
    if not field.many:
        # Lists that are only stored hold numbers; single values, JSON.
        return _string_fault([value]) if field.kind is Kind.STORED else _items_fault(field.kind, (value,))
    if not isinstance(value, list | tuple):
        return f"needs a list, not {type(value).__name__}"
    return _items_fault(field.kind, value)


def _items_fault(kind: Kind, values: Sequence[Any]) -> str | None:
    """Return the first fault; texts and numbers, of which there are hundreds, are looked at all at once."""
    if kind in _TEXTS:
        return _string_fault(values)
    if kind in _NUMBERS:
        return _number_fault(values)
    return next(filter(None, map(_FAULT_OF_ONE[kind], values)), None)


def _string_fault(values: Sequence[Any]) -> str | None:
    strange = set(map(type, values)) - _TEXT
    if strange:
        return f"needs text, not {strange.pop().__name__}"
    text = "".join(values)
    if text.isascii():  # known without a look at the characters
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half a character (a lone surrogate)"
    return None


def _number_fault(values: Sequence[Any]) -> str | None:
    strange = set(map(type, values)) - _WHOLE
    if strange:
        return f"needs a whole number, not {strange.pop().__name__}"
    if values and not (-MAX_INTEGER < min(values) <= max(values) < MAX_INTEGER):
        return "holds a number beyond 62 bits"
    return None


def _date_fault(value: object) -> str | None:
    try:
        moment = parse_date(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        return f"needs a time with its zone, not {str(value)[:50]!r}"
    return None if EARLIEST <= moment <= LATEST else f"{moment.isoformat()} is outside {EARLIEST.year} to {LATEST.year}"


def _truth_fault(value: object) -> str | None:
    return None if isinstance(value, bool) else "needs true or false"


def _point_fault(value: object) -> str | None:
    if not isinstance(value, Mapping) or set(value) != {"lat", "lon"}:
        return "needs lat and lon"
    lat, lon = value["lat"], value["lon"]
    if not all(isinstance(number, int | float) for number in (lat, lon)) or not (abs(lat) <= 90 and abs(lon) <= 180):
        return f"{str(value)[:80]} is no place on earth"
    return None


_FAULT_OF_ONE: Final = {Kind.DATE: _date_fault, Kind.GEO_POINT: _point_fault, Kind.BOOLEAN: _truth_fault}


def comparable_date(fields: Mapping[str, Any]) -> str | None:
    """Return `published_at` where it is exact enough to count days with, else None.

    "2018" is stored as its first instant; ten days around that would be about nothing.
    """
    coarse = fields.get("published_precision") in {Precision.MONTH, Precision.YEAR, Precision.UNKNOWN}
    return None if coarse else fields.get("published_at")


def parse_date(value: str) -> datetime:
    """Return a document's time.

    Raises:
        ValueError: it is no ISO 8601 time with a zone.
    """
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        msg = f"{value} has no zone"
        raise ValueError(msg)
    return moment.astimezone(UTC)


def format_date(moment: datetime) -> str:
    """Return a time as documents hold it: UTC, milliseconds only when there are any.

    >>> format_date(datetime(2020, 1, 1, tzinfo=UTC))
    '2020-01-01T00:00:00Z'
    """
    utc = moment.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds" if utc.microsecond >= 1000 else "seconds").replace("+00:00", "Z")
