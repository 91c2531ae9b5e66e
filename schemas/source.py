"""A source as the registry holds it: an outlet, an agency, a government body or a PR wire."""

from typing import Literal

from schemas.base import Record

SourceKind = Literal["agency", "newspaper", "broadcaster", "magazine", "web", "government", "pr-wire"]


class Source(Record):
    """One row of the registry. `country` ISO 3166 alpha-2, `language` ISO 639-1, `timezone` an IANA name.

    A `provisional` one is known only from its own feeds: nobody has listed it.
    """

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
    provisional: bool = False


class OutletClaim(Record):
    """What one list says of one domain: a claim, which another list may contradict.

    `list_name` is the list, `place` where in it (file and line, or a feed's address). Codes as in `Source`; None and an
    empty tuple mean that the list says nothing. `lat` and `lon` in degrees.
    """

    list_name: str
    place: str
    domain: str
    id: str | None = None
    name: str | None = None
    aliases: tuple[str, ...] = ()
    kind: SourceKind | None = None
    country: str | None = None
    language: str | None = None
    timezone: str | None = None
    owner: str | None = None
    licence: str | None = None
    store: Literal["full", "excerpt"] | None = None
    region: str | None = None
    city: str | None = None
    lat: float | None = None
    lon: float | None = None
