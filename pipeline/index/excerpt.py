"""Article → the same article with only an excerpt of its text, for publishers whose rights allow no more. Pure."""

from collections.abc import Iterable
from typing import Final, TypeVar

from schemas.annotations import Citation, Entity, Place, Span, Zone
from schemas.article import EnrichedArticle

EXCERPT_CHARS: Final = 400
"""About three sentences, what search engines show as well."""

S = TypeVar("S", bound=Span)


def cut_text(text: str, limit: int) -> str:
    """Return the beginning of `text`, at most `limit` characters, to a whole word where there is one.

    >>> cut_text("one two three", 9)
    'one two'
    """
    if len(text) <= limit:
        return text
    end = text.rfind(" ", limit // 2, limit + 1)
    return text[: end if end > 0 else limit].rstrip()


def keep_excerpt(article: EnrichedArticle) -> EnrichedArticle:
    """Return the article with `text` cut, and without every statement whose evidence lies in what was cut.

    Entities and places stay, since they are facts and no text; their mentions further down go.
    """
    text = cut_text(article.text, EXCERPT_CHARS)
    size = len(text)
    return article.model_copy(
        update={
            "text": text,
            "summary": cut_text(article.summary, EXCERPT_CHARS),
            "zones": tuple(_cut_zones(article.zones, size)),
            "entities": tuple(_cut_entity(entity, size) for entity in article.entities),
            "quotes": _inside(article.quotes, size),
            "citations": tuple(_cut_citations(article.citations, size)),
            "times": _inside(article.times, size),
            "places": tuple(_cut_place(place, size) for place in article.places),
            "images": tuple(
                image.model_copy(update={"caption": image.caption and cut_text(image.caption, EXCERPT_CHARS)})
                for image in article.images
            ),
            "origin": article.origin and article.origin.model_copy(update={"span": _kept(article.origin.span, size)}),
        }
    )


def _inside(spans: Iterable[S], size: int) -> tuple[S, ...]:
    return tuple(span for span in spans if span.end <= size)


def _kept(span: Span | None, size: int) -> Span | None:
    return span if span is not None and span.end <= size else None


def _cut_zones(zones: Iterable[Zone], size: int) -> Iterable[Zone]:
    for zone in zones:
        if zone.start < size:
            yield zone if zone.end <= size else zone.model_copy(update={"end": size})


def _cut_entity(entity: Entity, size: int) -> Entity:
    return entity.model_copy(update={"mentions": _inside(entity.mentions, size)})


def _cut_place(place: Place, size: int) -> Place:
    return place.model_copy(update={"mentions": _inside(place.mentions, size)})


def _cut_citations(citations: Iterable[Citation], size: int) -> Iterable[Citation]:
    return (citation for citation in citations if citation.span.end <= size)
