"""The CSV form of the registry: one row a source, checked cell by cell.

File → `Source` records, or an error that names line and column. Imports only `schemas` and the domain rules.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from pipeline.sources.domains import registered_domain
from pipeline.sources.urls import host_of
from schemas.errors import ConfigurationError
from schemas.source import Source

COLUMNS: Final = (
    "id", "name", "aliases", "domains", "kind", "country", "language", "timezone", "owner", "licence", "store",
)  # fmt: skip
_PLAIN_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
"""Nearly all domains: what needs no closer look, which would take half of the time of reading a registry."""
_LISTS: Final = ("aliases", "domains")


def read_sources(path: Path) -> list[Source]:
    """Read all rows of a registry, in order.

    `aliases` and `domains` hold several values between `|`; an empty cell means unknown, an empty `store` means full.

    Raises:
        ConfigurationError: with file, line and column of the first fault.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return list(_read_rows(path, csv.DictReader(lines, strict=True)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"{path} cannot be read as a source registry (CSV, UTF-8): {error}"
        raise ConfigurationError(msg) from error


def _read_rows(path: Path, reader: "csv.DictReader[str]") -> Iterator[Source]:
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        msg = f"{path}, line 1: column {missing[0]} is missing; the first line must be {','.join(COLUMNS)}"
        raise ConfigurationError(msg)
    line_of_id: dict[str, int] = {}
    for row in reader:
        place = f"{path}, line {reader.line_num}"
        source = _parse_row(place, row)
        if source.id in line_of_id:
            msg = f"{place}, column id: {source.id!r} is already used in line {line_of_id[source.id]}"
            raise ConfigurationError(msg)
        line_of_id[source.id] = reader.line_num
        yield source


def _parse_row(place: str, row: dict[str, str]) -> Source:
    values: dict[str, object] = {}
    for name in COLUMNS:
        cell = row.get(name)
        if cell is None:
            msg = f"{place}, column {name}: the row is too short"
            raise ConfigurationError(msg)
        if name in _LISTS:
            values[name] = tuple(part.strip() for part in cell.split("|") if part.strip())
        elif cell.strip():
            values[name] = cell.strip()
    if None in row:
        msg = f"{place}: the row has more cells than the {len(COLUMNS)} columns; quote cells that contain a comma"
        raise ConfigurationError(msg)
    try:
        source = Source.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        msg = f"{place}, column {first['loc'][0]}: {first['msg']}"
        raise ConfigurationError(msg) from error
    return _check(place, source)


def _check(place: str, source: Source) -> Source:
    domains = []
    for domain in source.domains:
        host = _host(domain)
        if host is None:
            msg = f"{place}, column domains: {domain!r} is not a domain (harbour-post.example)"
            raise ConfigurationError(msg)
        domains.append(host.removeprefix("www."))
    for column, value, length in (("country", source.country, 2), ("language", source.language, 2)):
        if value is not None and not (len(value) == length and value.isalpha()):
            msg = f"{place}, column {column}: {value!r} is not a code of {length} letters"
            raise ConfigurationError(msg)
    if source.timezone is not None:
        try:
            ZoneInfo(source.timezone)
        except (ValueError, OSError, KeyError) as error:
            msg = f"{place}, column timezone: {source.timezone!r} is not an IANA time zone"
            raise ConfigurationError(msg) from error
    return source.model_copy(update={"domains": tuple(domains)})


def _host(domain: str) -> str | None:
    """Return the host that is meant, None when it is no domain."""
    if _PLAIN_HOST.fullmatch(domain):
        return domain
    host = host_of(domain)
    return None if host is None or "/" in domain or registered_domain("www." + host) is None else host
