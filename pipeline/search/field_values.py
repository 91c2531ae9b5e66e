"""`field:value` → expression, or why it cannot be read. Pure; imports only `schemas` and the moments.

Every function returns an expression, or a sentence for the hint when the value does not fit the field.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from pipeline.search.moments import EXAMPLES, parse_moment
from schemas.fields import (
    BY_NAME,
    LANGUAGE_ALIASES,
    QUERY_FIELDS,
    QUERY_RANGES,
    QUERY_SPECIAL,
    QUERY_TEXT_FIELDS,
    TEXT_LANGUAGES,
    Kind,
)
from schemas.query import Exists, Expression, FieldTerm, Near, Not, Phrase, Prefix, Range, Word

Locate = Callable[[str], tuple[float, float] | None]
"""Name of a place → latitude and longitude, degrees."""

NAMES: Final = frozenset({*QUERY_FIELDS, *QUERY_TEXT_FIELDS, *QUERY_RANGES, *QUERY_SPECIAL})
MIN_PREFIX_CHARS: Final = 2
MAX_VALUE_CHARS: Final = 300
MAX_QUOTED_CHARS: Final = 40
"""Of a value, in a hint."""
DEFAULT_RADIUS_KM: Final = 50.0
MAX_RADIUS_KM: Final = 20_040.0
"""Half the way around the earth."""
KM_PER_MILE: Final = 1.609344

_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")
_POINT: Final = re.compile(
    r"(-?[0-9]{1,3}(?:\.[0-9]{1,12})?)[,;](-?[0-9]{1,3}(?:\.[0-9]{1,12})?)"
    r"(?:[,;]([0-9]{1,5}(?:\.[0-9]{1,6})?)(km|mi)?)?"
)
_RADIUS: Final = re.compile(r"(.{1,200}?)[,;]([0-9]{1,5}(?:\.[0-9]{1,6})?)(km|mi)?")
_LANGUAGE_NAMES: Final = {name.lower(): code for code, name in TEXT_LANGUAGES.items()}


def build_field_expression(
    name: str, value: str, *, quoted: bool, now: datetime, locate: Locate | None
) -> Expression | str:
    """Return what `name:value` asks for, or one sentence why it cannot. `name` is one of `NAMES`."""
    value = value.strip()[:MAX_VALUE_CHARS]
    if name in QUERY_TEXT_FIELDS:
        return _text(QUERY_TEXT_FIELDS[name], value, quoted=quoted)
    if name in QUERY_FIELDS:
        return _keyword(name, value, quoted=quoted)
    if name in QUERY_RANGES:
        return _range(name, QUERY_RANGES[name], value, now)
    if name in {"since", "until"}:
        return _bound(name, value, now)
    if name == "near":
        return _near(value, locate)
    return _flag(name, value.lower())


def has_letters(text: str) -> bool:
    """Whether there is anything in `text` that an index could hold."""
    return any(letter.isalnum() for letter in text)


def _text(field: str, value: str, *, quoted: bool) -> Expression | str:
    if not has_letters(value):
        return f"{field}: needs a word"
    if quoted:
        return Phrase(value, field)
    if value.endswith("*"):
        stem = value.rstrip("*")
        return Prefix(stem, field) if len(stem) >= MIN_PREFIX_CHARS else f"{field}: needs two letters before the star"
    return Word(value, field)


def _keyword(name: str, value: str, *, quoted: bool) -> Expression | str:
    fields = QUERY_FIELDS[name]
    if value == "*" and not quoted:
        return Exists(name, fields)
    prefix = value.endswith("*") and not quoted
    value = value.rstrip("*") if prefix else value
    if not has_letters(value):
        return f"{name}: needs a value"
    if prefix and len(value) < MIN_PREFIX_CHARS:
        return f"{name}: needs two letters before the star"
    if name == "lang":
        value = _LANGUAGE_NAMES.get(value.lower(), value)
        value = LANGUAGE_ALIASES.get(value.lower(), value)
    return FieldTerm(name, fields, value, prefix)


def _flag(name: str, value: str) -> Expression | str:
    copy = FieldTerm("is", ("is_copy",), "true")
    readings: dict[tuple[str, str], Expression] = {
        ("is", "copy"): copy,
        ("is", "original"): Not(copy),
        ("has", "quotes"): Range("quote_count", 1, None),
    }
    known = " or ".join(f"{name}:{other}" for field, other in readings if field == name)
    return readings.get((name, value), f"{name}:{_quote(value)} is not known; there is {known}")


def _quote(value: str) -> str:
    """Return the beginning of what was typed for a hint, on one line."""
    line = " ".join(value.split())
    return line if len(line) <= MAX_QUOTED_CHARS else f"{line[:MAX_QUOTED_CHARS]}…"


def _bound(name: str, value: str, now: datetime) -> Expression | str:
    span = parse_moment(value, now)
    if span is None:
        return f"{name}: needs a date such as {EXAMPLES}"
    if name == "since":
        return Range("published_at", span.start, None)
    return Range("published_at", None, span.end)


def _range(name: str, field: str, value: str, now: datetime) -> Expression | str:
    kind = BY_NAME[field].kind
    example = EXAMPLES.partition(",")[0] if kind is Kind.DATE else "500"
    unread = f"{name}: needs a value or a range such as {example}, {example}..* or >{example}"
    operator = next((sign for sign in (">=", "<=", ">", "<") if value.startswith(sign)), "")
    if operator:
        span = _span(value[len(operator) :], kind, now)
        return unread if span is None else _compared(field, operator, *span)
    lower_text, dots, upper_text = value.partition("..")
    lower = _span(lower_text, kind, now)
    upper = _span(upper_text, kind, now) if dots else lower
    open_lower, open_upper = dots and lower_text in {"", "*"}, dots and upper_text in {"", "*"}
    if (lower is None and not open_lower) or (upper is None and not open_upper) or (open_lower and open_upper):
        return unread
    return Range(
        field,
        None if lower is None or open_lower else lower[0],
        None if upper is None or open_upper else upper[1],
        include_upper=kind is not Kind.DATE or (not dots and upper is not None and upper[0] == upper[1]),
    )


def _span(text: str, kind: Kind, now: datetime) -> tuple[datetime, datetime] | tuple[float, float] | None:
    if kind is Kind.DATE:
        return parse_moment(text, now)
    if _NUMBER.fullmatch(text.strip()) is None:
        return None
    return float(text), float(text)


def _compared(field: str, operator: str, start: datetime | float, end: datetime | float) -> Range:
    is_instant = start == end
    if operator == ">":
        return Range(field, end, None, include_lower=not is_instant)
    if operator == ">=":
        return Range(field, start, None)
    if operator == "<":
        return Range(field, None, start)
    return Range(field, None, end, include_upper=is_instant)


def _near(value: str, locate: Locate | None) -> Expression | str:
    match = _POINT.fullmatch(value.replace(" ", ""))
    if match is not None:
        lat, lon, radius, unit = match.groups()
        return _circle(float(lat), float(lon), radius, unit)
    unread = "near: needs latitude and longitude such as 48.85,2.35 or 48.85,2.35,100km"
    if locate is None:
        return unread
    named = _RADIUS.fullmatch(value)
    place, radius, unit = named.groups() if named else (value, None, None)
    point = locate(place.strip())
    return f"near: does not know a place called {_quote(place)!r}" if point is None else _circle(*point, radius, unit)


def _circle(lat: float, lon: float, radius: str | None, unit: str | None) -> Expression | str:
    if abs(lat) > 90 or abs(lon) > 180:
        return "near: latitude goes from -90 to 90 and longitude from -180 to 180"
    radius_km = DEFAULT_RADIUS_KM if radius is None else float(radius) * (KM_PER_MILE if unit == "mi" else 1.0)
    return Near(lat, lon, min(radius_km, MAX_RADIUS_KM))
