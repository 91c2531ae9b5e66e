"""The registry as every step sees it: what is shipped, and behind it what lists and feeds say. Settings in."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.outlets.store import OutletStore
from pipeline.settings import Settings
from pipeline.sources.registry import Listed, SourceRegistry
from schemas.source import Source


def registry_of(settings: Settings) -> SourceRegistry:
    """Return the registry that the settings name.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    return open_registry(settings.sources, settings.listed_sources_path)


def open_registry(sources: Path | None, listed: Path | None) -> SourceRegistry:
    """Return the registry of a file, None for what is shipped, with the file of listed outlets behind it, if any.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    return SourceRegistry.load(sources, ListedFile(listed) if listed else None)


class ListedFile:
    """The file of listed outlets, which may not exist yet: then nothing is listed, until it does.

    It is open from the first question on, not before: a process that was forked may ask, but must open it itself.
    """

    def __init__(self, path: Path) -> None:
        """Check the file, if there is one.

        Raises:
            ConfigurationError: it cannot be read.
        """
        self._path = path
        self._opened: OutletStore | None = None
        if path.exists():
            OutletStore(path).close()

    def at(self, host: str) -> Listed | None:
        """Return what stands under exactly this host name."""
        store = self._store()
        return store.at(host) if store else None

    def get(self, source_id: str) -> Source | None:
        """Return the source with this id."""
        store = self._store()
        return store.get(source_id) if store else None

    def find_name(self, name: str) -> Source | None:
        """Return the source that bears this name, None when there is none or several do."""
        store = self._store()
        return store.find_name(name) if store else None

    def _store(self) -> OutletStore | None:
        if self._opened is None and self._path.exists():
            self._opened = OutletStore(self._path)
        return self._opened


def all_sources(registry: SourceRegistry, listed: Path) -> Iterator[Source]:
    """Yield the registry's own sources, then the listed and provisional ones under domains that it does not have.

    Raises:
        ConfigurationError: the file of listed outlets cannot be read.
    """
    own = {domain for source in registry.sources for domain in source.domains}
    for source in registry.sources:
        found = registry.publisher(domain=source.domains[0]) if source.domains else None
        yield found if found and found.id == source.id else source  # with the facts of lists that are trusted more
    if listed.exists():
        with OutletStore(listed) as store:
            yield from (source for source in store.all() if not own.issuperset(source.domains))
