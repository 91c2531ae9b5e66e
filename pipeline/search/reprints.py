"""Who reprints whom: of one source's newest articles, what it took from others and what others took from it.

Index and registry in, record out. A copy is counted for the publisher of its original; an article that only names where
it is from, for whom it names. Imports the index protocol, never an engine.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pipeline.index.base import ArticleIndex
from pipeline.sources.registry import SourceRegistry
from pipeline.stories.story import StoryArticle, from_document
from schemas.base import Record
from schemas.query import Facet, Filter, Hit, SearchQuery, Sort
from schemas.source import Source

MOST_READ: Final = 1000
"""Articles that are looked at, the newest; a year of a small outlet, some days of an agency."""


class Reprints(Record):
    """What was found among the `looked_at` newest articles of a source. Lists are of names, most first.

    `copies` counts those in which another publisher's text was recognised, `reprinted` those and all that name another
    origin; `share` is its part of what was looked at. `origins` are whom its articles name as where they are from.
    `taken_by` counts copies that others published, and articles of others that name the source.
    """

    articles: int
    looked_at: int
    copies: int
    reprinted: int
    share: float
    taken_from: tuple[Facet, ...]
    origins: tuple[Facet, ...]
    taken_by: tuple[Facet, ...]
    made_for_others: int


@dataclass
class _Flows:
    """Articles by id, each with the other publisher."""

    taken_from: dict[str, str] = field(default_factory=dict)
    taken_by: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)


def find_reprints(index: ArticleIndex, registry: SourceRegistry, source: Source, now: datetime) -> Reprints:
    """Return who takes what from whom.

    Raises:
        Unavailable: the index does not answer.
    """
    total, own = _newest(index, Filter("source.id", (source.id,)), now)
    made, naming = _newest(index, Filter("origin.id", (source.id,)), now)
    flows = _Flows()
    for hit in own:
        if hit.origin is not None and hit.origin != source.name:
            flows.named[hit.article_id] = hit.origin
    for hit in naming:
        if hit.source_id != source.id:
            flows.taken_by[hit.article_id] = hit.source or "unknown"
    _follow_copies(index, own, source.id, registry, flows)
    reprinted = flows.taken_from.keys() | flows.named.keys()
    return Reprints(
        articles=total,
        looked_at=len(own),
        copies=len(flows.taken_from),
        reprinted=len(reprinted),
        share=round(len(reprinted) / len(own), 3) if own else 0.0,
        taken_from=_counted(flows.taken_from.values()),
        origins=_counted(flows.named.values()),
        taken_by=_counted(flows.taken_by.values()),
        made_for_others=made,
    )


def _newest(index: ArticleIndex, chosen: Filter, now: datetime) -> tuple[int, Sequence[Hit]]:
    page = index.search(
        SearchQuery(now=now, filters=(chosen,), sort=Sort.NEWEST, limit=MOST_READ, collapse=False, highlight=False)
    )
    return page.total, page.hits


def _follow_copies(
    index: ArticleIndex, own: Sequence[Hit], source_id: str, registry: SourceRegistry, flows: _Flows
) -> None:
    """Add, from the stories of the source's articles, whose text it printed and who printed its own."""

    def name_of(article: StoryArticle) -> str:
        known = registry.get(article.source) if article.source else None
        return known.name if known else article.source or "unknown"

    ids = {hit.article_id for hit in own}
    documents = index.story_documents(sorted({hit.story_id for hit in own if hit.story_id}))
    for document in documents.values():
        articles = {one.article_id: one for one in from_document(document).articles}
        for one in articles.values():
            original = articles.get(one.copy_of) if one.copy_of else None
            if original is None or original.source == one.source:
                continue
            if one.article_id in ids:
                flows.taken_from[one.article_id] = name_of(original)
            elif original.source == source_id:
                flows.taken_by[one.article_id] = name_of(one)


def _counted(names: Iterable[str]) -> tuple[Facet, ...]:
    return tuple(Facet(value=name, count=number) for name, number in Counter(names).most_common())
