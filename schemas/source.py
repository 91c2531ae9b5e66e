"""A source as the registry holds it: an outlet, an agency, a government body or a PR wire."""

from typing import Literal

from schemas.base import Record

SourceKind = Literal["agency", "newspaper", "broadcaster", "magazine", "web", "government", "pr-wire"]


class Source(Record):
    """One row of the registry. `country` ISO 3166 alpha-2, `language` ISO 639-1, `timezone` an IANA name."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    kind: SourceKind
    country: str | None = None
    language: str | None = None
    timezone: str | None = None
    owner: str | None = None
    licence: str | None = None
    store: Literal["full", "excerpt"] = "full"
