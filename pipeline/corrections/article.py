"""A whole article, corrected: its entities, and all that refers to them. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.corrections.entities import CorrectedEntities, Setting, correct_entities
from pipeline.corrections.table import Corrections
from schemas.annotations import Citation, Entity, Place, Quote, Span
from schemas.article import EnrichedArticle
from schemas.corrections import AsFound


@dataclass(frozen=True, slots=True)
class Corrected:
    """An article as people say, and what it said before, None when nothing changed.

    `changed` and `revision` as in `CorrectedEntities`.
    """

    article: EnrichedArticle
    as_found: AsFound | None = None
    changed: tuple[str, ...] = ()
    revision: int = 0


def correct_article(article: EnrichedArticle, corrections: Corrections) -> Corrected:
    """Return the article, which is as it was found, with the corrections applied."""
    if not corrections.concern(article.entities):
        return Corrected(article)
    setting = Setting(article.article_id, article.source.domain)
    found = correct_entities(article.entities, corrections, setting)
    if not found.changed:
        return Corrected(article, revision=found.revision)
    corrected = article.model_copy(
        update={
            "entities": tuple(found.entities),
            "quotes": tuple(_correct_quote(quote, found) for quote in article.quotes),
            "citations": tuple(_correct_citation(citation, found) for citation in article.citations),
            "places": tuple(_correct_places(article.places, article.entities, found)),
        }
    )
    return Corrected(corrected, as_found(article), tuple(found.changed), found.revision)


def as_found(article: EnrichedArticle) -> AsFound:
    """Return the parts of the article that corrections may change."""
    return AsFound(entities=article.entities, quotes=article.quotes, citations=article.citations, places=article.places)


def restore(article: EnrichedArticle, before: AsFound) -> EnrichedArticle:
    """Return the article as it was found."""
    return article.model_copy(
        update={
            "entities": before.entities,
            "quotes": before.quotes,
            "citations": before.citations,
            "places": before.places,
        }
    )


def _correct_quote(quote: Quote, found: CorrectedEntities) -> Quote:
    source = None
    if quote.source_start is not None and quote.source_end is not None:
        source = Span(start=quote.source_start, end=quote.source_end)
    return quote.model_copy(update={"speaker": found.now(quote.speaker, source)})


def _correct_citation(citation: Citation, found: CorrectedEntities) -> Citation:
    chain = tuple(link.model_copy(update={"speaker": found.now(link.speaker, link)}) for link in citation.chain)
    return citation.model_copy(update={"chain": chain})


def _correct_places(places: Sequence[Place], entities: Sequence[Entity], found: CorrectedEntities) -> Iterator[Place]:
    """Yield the places: those of hidden entities go, those of merged ones are joined under the name of the target."""
    owners = {(mention.start, mention.end): entity for entity in entities for mention in entity.mentions}
    names = {entity.id: entity.name for entity in found.entities}
    joined: dict[str, Place] = {}
    for number, place in enumerate(places):
        owner = next((owners[at] for span in place.mentions if (at := (span.start, span.end)) in owners), None)
        if owner is None:
            joined[f"{number}"] = place
            continue
        now = found.now(owner.id)
        if now is None:
            continue
        renamed = place if owner.id not in found.changed else place.model_copy(update={"name": names[now]})
        other = joined.get(now)
        if other is None:
            joined[now] = renamed
            continue
        spans = {(span.start, span.end): span for span in (*other.mentions, *place.mentions)}
        # The point is that of the place whose own name this is.
        own = renamed if owner.id == now else other
        joined[now] = own.model_copy(update={"mentions": tuple(spans[at] for at in sorted(spans))})
    yield from joined.values()
