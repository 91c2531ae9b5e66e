"""Wire articles as searches need them: with names, publishers and dates, without the time that enrichment takes.

Names are runs of capitalised words, which have about the numbers and the spread of recognised ones.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final
from zlib import crc32

from benchmarks.corpus import WIRE, read_articles
from pipeline.index.base import IndexDocument
from pipeline.index.document import build_document
from schemas.annotations import ArticleTime, Entity, Precision, Zone, ZoneKind
from schemas.article import EnrichedArticle, Enrichment, RawArticle, SourceFacts

OUTLETS: Final = 40
MAX_NAMES: Final = 12
_NAME: Final = re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)+\b")
_LABELS: Final = ("PERSON", "ORG", "GPE")


def read_documents(count: int) -> Iterator[IndexDocument]:
    """Yield the first `count` dated wire articles as documents of the index."""
    dated = (article for article in read_articles(WIRE) if article.feed_entry.published)
    for raw in islice(dated, count):
        yield build_document(_enriched(raw))


def _enriched(raw: RawArticle) -> EnrichedArticle:
    at = datetime.fromisoformat(raw.feed_entry.published or "").astimezone(UTC)
    outlet = f"outlet-{crc32(raw.article_id.encode()) % OUTLETS}"
    names = dict.fromkeys(_NAME.findall(raw.content))
    return EnrichedArticle(
        article_id=raw.article_id,
        version=int(at.timestamp() * 1000),
        fetched_at=at,
        url=f"https://{outlet}.example/{raw.article_id}",
        channel="file",
        title=raw.feed_entry.title or "",
        text=raw.content,
        zones=(Zone(start=0, end=len(raw.content), kind=ZoneKind.BODY, rule="benchmark"),) if raw.content else (),
        language="en",
        published=ArticleTime(at=at, precision=Precision.SECOND),
        source=SourceFacts(id=outlet, name=outlet.title(), domain=f"{outlet}.example", country="US", kind="newspaper"),
        entities=tuple(_entity(name) for name in list(names)[:MAX_NAMES]),
        enrichment=Enrichment(version=1),
    )


def _entity(name: str) -> Entity:
    label = _LABELS[crc32(name.encode()) % len(_LABELS)]
    return Entity(id=f"{label}:{name}", name=name, label=label, salience=0.5, mentions=())
