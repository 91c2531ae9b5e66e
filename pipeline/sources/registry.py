"""The registry of sources: who publishes under a domain or a name.

CSV file → `SourceRegistry` → `Source`, `SourceFacts`. Pure but for reading its one file; imports no client. What larger
lists say stands behind it, as a protocol: `outlets.store` keeps them.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pipeline.sources.domains import parent_hosts
from pipeline.sources.names import Found, NameScanner, normalise_name
from pipeline.sources.rows import read_sources
from pipeline.sources.urls import host_of
from schemas.article import SourceFacts
from schemas.errors import ConfigurationError
from schemas.source import Source


def seeds_folder() -> Path:
    """Return the folder with what the project ships: beside the packages in a checkout, else `share/newswire/seeds`.

    Raises:
        ConfigurationError: the installation is incomplete.
    """
    checkout = Path(__file__).resolve().parents[2] / "seeds"
    installed = Path(sys.prefix) / "share" / "newswire" / "seeds"
    for folder in (checkout, installed):
        if (folder / "sources.csv").is_file():
            return folder
    msg = f"the seeds are missing: neither {checkout} nor {installed} has sources.csv; install newswire again"
    raise ConfigurationError(msg)


@dataclass(frozen=True, slots=True)
class Listed:
    """What lists say of a domain; `stronger` are the facts of lists that are trusted more than what is shipped."""

    source: Source
    stronger: Mapping[str, Any] = field(default_factory=dict)


class ListedSources(Protocol):
    """The outlets of larger lists. Any method may raise `Unavailable`."""

    def at(self, host: str) -> Listed | None:
        """Return what stands under exactly this host name."""

    def get(self, source_id: str) -> Source | None:
        """Return the source with this id."""

    def find_name(self, name: str) -> Source | None:
        """Return the source that bears this name, None when there is none or several do."""


class SourceRegistry:
    """All known outlets and agencies, by domain and by name. Cheap to share, under 1 µs to 100 µs a question.

    When two sources claim one name or domain, the earlier row keeps it; a name proper is stronger than an alias. What
    stands in the registry's own file wins over lists, but for facts of lists that are trusted more. Listed names are
    not looked for in texts: many are ordinary words, and nobody has read them one by one.
    """

    def __init__(self, sources: Iterable[Source], listed: ListedSources | None = None) -> None:
        self._sources = tuple(sources)
        self._listed = listed
        self._by_id = {source.id: source for source in self._sources}
        self._by_domain: dict[str, Source] = {}
        self._by_name: dict[str, Source] = {}
        written: list[tuple[str, Source]] = []
        for source in self._sources:
            for domain in source.domains:
                self._by_domain.setdefault(domain, source)
            self._by_name.setdefault(normalise_name(source.name), source)
            written.append((source.name, source))
        for source in self._sources:
            for alias in source.aliases:
                self._by_name.setdefault(normalise_name(alias), source)
                written.append((alias, source))
        self._scanner = NameScanner(_with_bare_names(written))

    @classmethod
    def load(cls, path: Path | None = None, listed: ListedSources | None = None) -> "SourceRegistry":
        """Read a registry from CSV (the format of `seeds/sources.csv`); the one that is shipped when no path is given.

        Raises:
            ConfigurationError: the file cannot be read, or a row is wrong: names file, line and column.
        """
        return cls(read_sources(path or seeds_folder() / "sources.csv"), listed)

    @property
    def sources(self) -> Sequence[Source]:
        """The sources of the registry's own file, in its order."""
        return self._sources

    def get(self, source_id: str) -> Source | None:
        """Return the source with this id; a provisional one has none yet."""
        found = self._by_id.get(source_id) or (self._listed.get(source_id) if self._listed else None)
        return None if found is None or found.provisional else found

    def publisher(self, domain: str | None = None, name: str | None = None, url: str | None = None) -> Source | None:
        """Return who publishes there: by the URL's host, then by the domain, then by the name; None if unknown.

        A sub-domain belongs to its parent unless it has a row of its own. A `name` may itself be a domain. A name that
        only a list gives counts where there is no address.
        """
        provisional = None
        for address in (url, domain, name if name and "." in name else None):
            found = self._by_host(host_of(address))
            if found is not None and not found.provisional:
                return found
            provisional = provisional or found
        named = self.find_name(name) if name else None
        if named is None and name and self._listed and not (url or domain):
            return self._listed.find_name(name)
        return named or provisional

    def find_any(self, wanted: str) -> Source | None:
        """Return the source that a person means by an id, a domain, a name or an alias, listed ones too."""
        found = self._by_id.get(wanted) or self.publisher(domain=wanted) or self.find_name(wanted) or self.get(wanted)
        return found or (self._listed.find_name(wanted) if self._listed else None)

    def find_name(self, text: str) -> Source | None:
        """Return the source that bears exactly this name or alias, whatever the case, "The" or hyphens."""
        return self._by_name.get(normalise_name(text))

    def names_in(self, text: str) -> list[tuple[int, int, Source]]:
        """Return where names and aliases stand in the text: (start, end, source), in order, without overlap.

        Case counts, because many outlets are named after ordinary words; the caller judges by the context.
        """
        return [(found.start, found.end, found.value) for found in self._scanner.scan(text)]

    def name_at(self, text: str, start: int) -> Found[Source] | None:
        """Return the longest name that begins exactly at `start`, or None; case counts."""
        return self._scanner.at(text, start)

    def _by_host(self, host: str | None) -> Source | None:
        if host is None:
            return None
        for candidate in dict.fromkeys((host, *parent_hosts(host))):
            listed = self._listed.at(candidate) if self._listed else None
            own = self._by_domain.get(candidate)
            if own is not None:
                return own.model_copy(update=dict(listed.stronger)) if listed and listed.stronger else own
            if listed is not None:
                return listed.source
        return None


def facts(source: Source | None, domain: str | None = None, name: str | None = None) -> SourceFacts:
    """Return what an article carries about its publisher; of an unknown one, just the domain and name it claims.

    `domain` is where the article was found: kept for a known source too when it is one of its domains.
    """
    if source is None:
        return SourceFacts(domain=domain, name=name or domain)
    if source.provisional:  # what its feeds say is better than nothing, and no identity
        return SourceFacts(
            domain=domain, name=source.name, country=source.country, language=source.language, store=source.store
        )
    first = source.domains[0] if source.domains else domain
    return SourceFacts(
        id=source.id,
        name=source.name,
        domain=domain if domain in source.domains else first,
        country=source.country,
        language=source.language,
        kind=source.kind,
        owner=source.owner,
        licence=source.licence,
        store=source.store,
    )


def _with_bare_names(written: Iterable[tuple[str, Source]]) -> Iterable[tuple[str, Source]]:
    """Add "Associated Press" beside "The Associated Press", unless too little remains to be a name ("Sun", "i")."""
    for name, source in written:
        yield name, source
        bare = name.removeprefix("The ")
        if bare != name and " " in bare:
            yield bare, source
