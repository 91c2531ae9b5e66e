"""An article's text → blocks for a page: each zone for what it is, with names and quotes marked in it. Pure.

Everything stays text: templates escape it. Spans that are out of order, overlap or lie outside the text cost nothing.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final, TypeVar

from pipeline.index.entity_fields import ENTITY_GROUPS
from pipeline.web.names import ZONES
from schemas.annotations import Quote
from schemas.article import EnrichedArticle

MAX_SHOWN_CHARS: Final = 200_000
"""A book is cut here; the JSON twin has all of it."""


@dataclass(frozen=True, slots=True)
class Named:
    """A mention: the entity's name and the group it belongs to in the index."""

    start: int
    end: int
    name: str
    kind: str


M = TypeVar("M", Named, Quote)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and the entity that it names."""

    text: str
    named: Named | None


@dataclass(frozen=True, slots=True)
class Run:
    """Pieces within one quote, or outside of any."""

    pieces: tuple[Piece, ...]
    quote: Quote | None
    speaker: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph. `label` says what it is when it is not the story itself; `rule` how that is known."""

    kind: str
    label: str | None
    rule: str
    runs: tuple[Run, ...]


def build_blocks(article: EnrichedArticle) -> tuple[Block, ...]:
    """Return the paragraphs of the text in order, without the headline, which the page shows itself."""
    marks = _Marks.build(article)
    text = article.text[:MAX_SHOWN_CHARS]
    return tuple(
        Block(kind, ZONES.get(kind), rule, marks.runs(text, start, end))
        for kind, rule, zone_start, zone_end in _zones(article, len(text))
        for start, end in _lines(text, zone_start, zone_end)
        if not (kind == "title" and text[start:end].strip() == article.title.strip())
    )


def _zones(article: EnrichedArticle, length: int) -> Iterator[tuple[str, str, int, int]]:
    """Yield every zone in order, and what lies between them as body: nothing of the text is left out."""
    at = 0
    for zone in sorted(article.zones, key=lambda each: each.start):
        start, end = max(zone.start, at), min(zone.end, length)
        if end <= start:
            continue
        if start > at:
            yield "body", "unlabelled", at, start
        yield zone.kind.value, zone.rule, start, end
        at = end
    if at < length:
        yield "body", "unlabelled", at, length


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the paragraphs of a stretch without the blanks around them."""
    at = start
    for line in text[start:end].split("\n"):
        left = at + len(line) - len(line.lstrip())
        right = at + len(line.rstrip())
        if left < right:
            yield left, right
        at += len(line) + 1


@dataclass(frozen=True, slots=True)
class _Marks:
    """Mentions and quotes of an article, each in order and apart from each other."""

    names: tuple[Named, ...]
    quotes: tuple[Quote, ...]
    speakers: dict[str, str]

    @classmethod
    def build(cls, article: EnrichedArticle) -> "_Marks":
        mentions = [
            Named(mention.start, mention.end, entity.name, ENTITY_GROUPS[entity.label])
            for entity in article.entities
            if entity.label in ENTITY_GROUPS
            for mention in entity.mentions
        ]
        names = {entity.id: entity.name for entity in article.entities}
        return cls(tuple(_apart(mentions)), tuple(_apart(article.quotes)), names)

    def runs(self, text: str, start: int, end: int) -> tuple[Run, ...]:
        """Return the stretch cut at every mark."""
        names = _within(self.names, start, end)
        quotes = _within(self.quotes, start, end)
        cuts = {start, end}
        spans = [*((name.start, name.end) for name in names), *((quote.start, quote.end) for quote in quotes)]
        for first, last in spans:
            cuts |= {max(first, start), min(last, end)}
        places = sorted(cuts)
        cut = [(_at(quotes, left), Piece(text[left:right], _at(names, left))) for left, right in pairwise(places)]
        return tuple(
            Run(
                tuple(piece for _, piece in group),
                quote,
                self.speakers.get(quote.speaker or "") if quote else None,
            )
            for quote, group in groupby(cut, key=lambda each: each[0])
        )


def _apart(marks: Sequence[M]) -> list[M]:
    """Return the marks in order; of two that overlap the longer one stays."""
    kept: list[M] = []
    for mark in sorted(marks, key=lambda each: (each.start, -each.end)):
        if mark.end > mark.start and (not kept or mark.start >= kept[-1].end):
            kept.append(mark)
    return kept


def _within(marks: Sequence[M], start: int, end: int) -> list[M]:
    first = bisect_left([mark.end for mark in marks], start + 1)
    found = []
    for mark in marks[first:]:
        if mark.start >= end:
            break
        found.append(mark)
    return found


def _at(marks: Sequence[M], place: int) -> M | None:
    return next((mark for mark in marks if mark.start <= place < mark.end), None)
