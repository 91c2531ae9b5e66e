"""How `newswire sources show` prints a source: what the registry says, which lists say so, who reprints whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import typer

from pipeline.cli.workspace import Workspace
from pipeline.outlets.store import OutletStore
from pipeline.search.reprints import Reprints, find_reprints
from pipeline.sources.merge import Choice, Merged
from schemas.errors import NewswireError
from schemas.query import Facet, Filter, SearchQuery
from schemas.source import Source

MOST_NAMES: Final = 8
_LANGUAGES_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A source with what lists say of each of its domains, its articles, and the languages that these are in."""

    source: Source
    merged: tuple[Merged, ...]
    published: int
    languages: tuple[Facet, ...]
    reprints: Reprints

    def as_json(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        claims = {
            one.domain: {
                name: {"value": choice.value, "lists": choice.lists, "against": dict(choice.against)}
                for name, choice in one.choices.items()
            }
            for one in self.merged
        }
        return {
            **self.source.model_dump(mode="json"),
            "claims": claims,
            "articles_published": self.published,
            "articles_originated": self.reprints.made_for_others,
            "article_languages": {facet.value: facet.count for facet in self.languages},
            "reprints": self.reprints.model_dump(mode="json"),
        }


def load_shown(workspace: Workspace, wanted: str) -> Shown:
    """Return the source that a person means by an id, name or domain.

    Raises:
        NewswireError: the registry knows none.
    """
    registry = workspace.registry
    source = registry.find_any(wanted)
    if source is None:
        msg = f"the registry knows no source {wanted!r}; `newswire sources list` prints all"
        raise NewswireError(msg)
    path = workspace.settings.listed_sources_path
    merged: list[Merged] = []
    if path.exists():
        with OutletStore(path) as store:
            merged = [found for domain in source.domains if (found := store.merged(domain))]
    now = workspace.clock.now()
    # Articles of a provisional source bear its domain and no id.
    own = Filter("source.domain", source.domains) if source.provisional else Filter("source.id", (source.id,))
    published = workspace.index.search(SearchQuery(now=now, filters=(own,), limit=0, facets=("language",)))
    languages = tuple(published.facets.get("language", ()))[:_LANGUAGES_SHOWN]
    reprints = find_reprints(workspace.index, registry, source, now)
    return Shown(source, tuple(merged), published.total, languages, reprints)


def print_shown(shown: Shown) -> None:
    """Print a source for a person."""
    for name, value in shown.source.model_dump(mode="json").items():
        if value and not (name == "kind" and shown.source.provisional):
            typer.echo(f"{name:<11} {', '.join(value) if isinstance(value, list) else _said(value)}")
    for line in _describe_articles(shown):
        typer.echo(line)
    for merged in shown.merged:
        typer.echo(f"\nlists on {merged.domain}:")
        for name, choice in merged.choices.items():
            typer.echo(f"  {name:<9} {_agreement(choice)}")


def _describe_articles(shown: Shown) -> Iterator[str]:
    """Yield what the source takes from others, and they from it."""
    found = shown.reprints
    yield f"{'articles':<11} {shown.published:,} published, {found.made_for_others:,} of others name it as their origin"
    if shown.languages:
        yield f"{'written in':<11} {_names(shown.languages)}"
    if found.looked_at:
        of = "" if found.looked_at == found.articles else f" of the newest {found.looked_at:,}"
        yield f"{'reprinted':<11} {found.share:.0%}{of}: {found.reprinted:,}, {found.copies:,} known by their text"
    for name, facets in (("taken from", found.taken_from), ("origins", found.origins), ("taken by", found.taken_by)):
        if facets:
            yield f"{name:<11} {_names(facets[:MOST_NAMES])}"


def _names(facets: tuple[Facet, ...]) -> str:
    return ", ".join(f"{each.value} {each.count:,}" for each in facets)


def _said(value: object) -> str:
    return "yes, known only from its own feeds" if value is True else str(value)


def _agreement(choice: Choice) -> str:
    """Return the value with who says so and who says otherwise."""
    lists = len({*choice.lists, *(one for _, lists in choice.against for one in lists)})
    share = f"{len(choice.lists)} of {lists}: " if lists > 1 else ""
    others = "".join(f"; {value} ({', '.join(names)})" for value, names in choice.against)
    return f"{choice.value}  ({share}{', '.join(choice.lists)}){others}"
