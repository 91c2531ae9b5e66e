"""A list of outlets as CSV → what it claims of each domain, and the cells that cannot be used. Pure: lines in.

Two forms are read: that of `seeds/sources.csv`, and one domain a row, as public lists have it. Unlike in the registry's
own file (`rows`), a fault costs its cell or its row, and the rest goes on.
"""

import csv
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from pipeline.sources.countries import find_country
from pipeline.sources.domains import registered_domain
from pipeline.sources.urls import host_of
from schemas.errors import ConfigurationError
from schemas.source import OutletClaim

KINDS: Final = frozenset({"agency", "newspaper", "broadcaster", "magazine", "web", "government", "pr-wire"})
_MEDIA: Final = {"radio": "broadcaster", "tv": "broadcaster", "television": "broadcaster", "broadcast": "broadcaster"}
_MAX_CHARS: Final = 200
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z0-9]{2,8})*")
_NO_HOST = re.compile(r"[\s/]")
_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that cannot be used. `costs_row`: nothing of its row was taken."""

    line: int
    column: str
    message: str
    costs_row: bool = False

    def __str__(self) -> str:
        """Where it is, and what is wrong."""
        return f"line {self.line}" + (f", column {self.column}" if self.column else "") + f": {self.message}"


def read_claims(lines: Iterable[str], file_name: str, list_name: str) -> Iterator[OutletClaim | BadCell]:
    """Yield a claim for each domain of each row, in order, and what is wrong; an empty cell claims nothing.

    `list_name` is for rows without a cell `list`. A line number counts lines of the file, where the row ends.

    Raises:
        ConfigurationError: the first line names no column `domain` or `domains`.
    """
    reader = csv.DictReader(lines)
    try:
        names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    except csv.Error as error:
        raise ConfigurationError(f"{file_name} is no CSV: {error}") from error  # noqa: EM102 - said once
    if not {"domain", "domains"} & names.keys():
        msg = f"{file_name} is no list of outlets: its first line names no column domain (or domains)"
        raise ConfigurationError(msg)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadCell(reader.line_num, "", f"the rest of the file is no CSV: {error}", costs_row=True)
            return
        if None in row:
            yield BadCell(reader.line_num, "", f"more cells than the {len(names)} columns", costs_row=True)
            continue
        cells = {column: (row[name] or "").strip() for column, name in names.items()}
        yield from _read_row(cells, f"{file_name}:{reader.line_num}", reader.line_num, list_name)


def _read_row(cells: Mapping[str, str], place: str, line: int, list_name: str) -> Iterator[OutletClaim | BadCell]:
    facts: dict[str, Any] = {}
    for column, (field, read) in _READERS.items():
        if written := cells.get(column):
            try:
                value = read(written)
            except (ValueError, KeyError, OSError) as error:
                yield BadCell(
                    line, column, str(error) if isinstance(error, _Unusable) else f"{written[:60]!r} is unknown"
                )
                continue
            if value is not None and facts.get(field) is None:
                facts[field] = value
    column = "domains" if cells.get("domains") else "domain"
    facts["list_name"] = _text(cells.get("list") or list_name)
    aliases = tuple(text for part in cells.get("aliases", "").split("|") if (text := _text(part)))
    written_domains = [part.strip() for part in cells.get(column, "").split("|") if part.strip()]
    if not written_domains:
        yield BadCell(line, column, "the row names no domain", costs_row=True)
    for written in written_domains:
        host = host_of(written)
        if host is None or registered_domain("www." + host) is None or _NO_HOST.search(written):
            message = f"{written[:60]!r} is not a domain (harbour-post.example)"
            yield BadCell(line, column, message, costs_row=len(written_domains) == 1)
        else:
            yield OutletClaim(place=place, domain=host.removeprefix("www."), aliases=aliases, **facts)


class _Unusable(ValueError):
    """Says itself what is wrong."""


def _text(written: str) -> str | None:
    return " ".join(written.split())[:_MAX_CHARS] or None


def _identifier(written: str) -> str:
    if not _IDENTIFIER.fullmatch(written):
        raise _Unusable(f"{written[:60]!r} is no id (small letters, digits, - and .)")  # noqa: EM102 - said once
    return written


def _country(written: str) -> str:
    found = find_country(written)
    if found is None:
        raise _Unusable(f"{written[:60]!r} is no country")  # noqa: EM102 - said once
    return found


def _language(written: str) -> str:
    first = _LANGUAGE.fullmatch(written.split("|", maxsplit=1)[0].strip())  # the main one comes first
    if first is None:
        raise _Unusable(f"{written[:60]!r} is no code of a language")  # noqa: EM102 - said once
    return first[1].lower()


def _kind(written: str) -> str:
    if written.lower() not in KINDS:
        raise _Unusable(f"{written[:60]!r} is none of {', '.join(sorted(KINDS))}")  # noqa: EM102 - said once
    return written.lower()


def _medium(written: str) -> str | None:
    """Return the kind that a word for a medium means; other words ("local", "national") say nothing of it."""
    for word in written.lower().split():
        if (singular := word.removesuffix("s")) in {"newspaper", "magazine"}:
            return singular
        if word in _MEDIA:
            return _MEDIA[word]
    return None


def _timezone(written: str) -> str:
    ZoneInfo(written)
    return written


def _store(written: str) -> str:
    if written not in {"full", "excerpt"}:
        raise _Unusable(f"{written[:60]!r} is neither full nor excerpt")  # noqa: EM102 - said once
    return written


def _degrees(written: str) -> float:
    value = float(written)
    if not math.isfinite(value) or abs(value) > 180:
        raise _Unusable(f"{written[:60]!r} is no angle in degrees")  # noqa: EM102 - said once
    return value


_READERS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "id": ("id", _identifier),
    "name": ("name", _text),
    "kind": ("kind", _kind),
    "medium": ("kind", _medium),
    "country": ("country", _country),
    "language": ("language", _language),
    "timezone": ("timezone", _timezone),
    "owner": ("owner", _text),
    "licence": ("licence", _text),
    "store": ("store", _store),
    "region": ("region", _text),
    "city": ("city", _text),
    "lat": ("lat", _degrees),
    "lon": ("lon", _degrees),
}
