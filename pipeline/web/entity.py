"""An entity's page: when it was in the news, with whom, what it said and what was said of it. Index in, record out."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from pipeline.search.highlight import split_words
from pipeline.web.article import read_stored
from pipeline.web.histogram import fit_buckets
from pipeline.web.site import Site
from schemas.article import EnrichedArticle
from schemas.base import Record, UtcDatetime
from schemas.errors import Rejected
from schemas.query import Facet, Filter, HistogramBucket, Hit, Interval, SearchPage, SearchQuery, Sort

EntityKind = Literal["person", "org", "place", "event", "other", "all"]
CO_KINDS: Final = ("person", "org", "place")
ALL_NAMES: Final = "entities.all"
_NEWEST: Final = 10
_READ: Final = 20
"""Articles that are read for quotes."""
_MAX_QUOTES: Final = 8


class QuoteShown(Record):
    """A quote with where it stands."""

    text: str
    speaker: str | None
    article_id: str
    title: str
    language: str | None
    source: str | None
    published_at: UtcDatetime | None


class EntityAnswer(Record):
    """What the index knows of one name. `together` counts other names in the same articles, by kind."""

    kind: EntityKind
    name: str
    articles: int
    stories: int | None
    histogram: tuple[HistogramBucket, ...]
    histogram_interval: Interval | None
    together: dict[str, tuple[Facet, ...]]
    sources: tuple[Facet, ...]
    quotes_by: tuple[QuoteShown, ...]
    quotes_about: tuple[QuoteShown, ...]
    newest: tuple[Hit, ...]


def load_entity(site: Site, kind: EntityKind, name: str) -> EntityAnswer:
    """Return the entity's profile; a name that nothing mentions has an empty one.

    Raises:
        Unavailable: the index does not answer.
    """
    page = _search(site, f"entities.{kind}", name, counts=True, limit=_NEWEST)
    buckets, interval = fit_buckets(page.histogram, page.histogram_interval or Interval.DAY)
    said_by = _read(site, _search(site, "quote_speakers", name, limit=_READ)) if page.total else []
    about = _read(site, _search(site, f"entities.{kind}", name, limit=_READ)) if page.total else []
    return EntityAnswer(
        kind=kind,
        name=name,
        articles=page.total,
        stories=page.stories,
        histogram=buckets,
        histogram_interval=interval if buckets else None,
        together={
            other: tuple(facet for facet in page.facets[f"entities.{other}"] if facet.value != name)
            for other in CO_KINDS
        },
        sources=page.facets["source.name"],
        quotes_by=_first(_quotes_by(said_by, name)),
        quotes_about=_first(_quotes_about(about, name)),
        newest=page.hits,
    )


def _search(site: Site, field: str, name: str, *, limit: int, counts: bool = False) -> SearchPage:
    """Return the articles that hold the name in `field`.

    A facet is not narrowed by its own filter. The field of all names is no facet here, so with it as a second filter
    names of the same kind are counted in these articles only.
    """
    filters = {field, ALL_NAMES} if counts else {field}
    return site.index.search(
        SearchQuery(
            now=site.now(),
            filters=tuple(Filter(each, (name,)) for each in sorted(filters)),
            sort=Sort.NEWEST,
            limit=limit,
            facets=(*(f"entities.{kind}" for kind in CO_KINDS), "source.name") if counts else (),
            histogram=Interval.DAY if counts else None,
            highlight=False,
        )
    )


def _read(site: Site, page: SearchPage) -> list[tuple[Hit, EnrichedArticle]]:
    found = []
    for hit in page.hits:
        stored = site.index.get(hit.article_id)
        if stored is None:
            continue
        try:
            found.append((hit, read_stored(stored)))
        except Rejected:
            continue  # written by a newer program: its quotes are left out, the article is still listed
    return found


def _quotes_by(articles: Sequence[tuple[Hit, EnrichedArticle]], name: str) -> Iterator[QuoteShown]:
    for hit, article in articles:
        ids = {entity.id for entity in article.entities if entity.name == name}
        for quote in article.quotes:
            if quote.speaker in ids:
                yield _shown(hit, quote.text, name)


def _quotes_about(articles: Sequence[tuple[Hit, EnrichedArticle]], name: str) -> Iterator[QuoteShown]:
    last = (split_words(name) or [name])[-1]
    for hit, article in articles:
        names = {entity.id: entity.name for entity in article.entities}
        for quote in article.quotes:
            speaker = names.get(quote.speaker or "")
            if speaker != name and last in split_words(quote.text):
                yield _shown(hit, quote.text, speaker)


def _shown(hit: Hit, text: str, speaker: str | None) -> QuoteShown:
    return QuoteShown(
        text=text,
        speaker=speaker,
        article_id=hit.article_id,
        title=hit.title,
        language=hit.language,
        source=hit.source,
        published_at=hit.published_at,
    )


def _first(quotes: Iterator[QuoteShown]) -> tuple[QuoteShown, ...]:
    """Return the first quotes, each text once: copies repeat them."""
    distinct: dict[str, QuoteShown] = {}
    for quote in quotes:
        distinct.setdefault(" ".join(quote.text.split()), quote)
        if len(distinct) == _MAX_QUOTES:
            break
    return tuple(distinct.values())
