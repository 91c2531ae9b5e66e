"""The registry of sources as the query language asks it: a name, abbreviation or id → the outlet. Pure."""

from pipeline.search.aliases import Known
from pipeline.sources.registry import SourceRegistry


def find_outlet_in(registry: SourceRegistry, name: str) -> Known | None:
    """Return the outlet that bears this name, abbreviation or id, None when the registry knows none."""
    source = registry.find_any(name)
    return None if source is None or source.provisional else Known(source.id, source.name)
