"""Short articles for the fault tests, with what was confirmed: the oracle."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from pipeline.clock import epoch_ms
from pipeline.log.base import Log
from schemas.article import EnrichedArticle, Enrichment, RawArticle, SourceClaim
from schemas.codec import encode
from schemas.message import OutgoingMessage
from schemas.topics import ENRICHED, RAW

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TEXT = "Harbour master {name} opened quay {number} of Lindhaven to the public on Monday, {name} said."


def article_id(name: str | int) -> str:
    """Return the id of the article called `name`."""
    return sha256(str(name).encode()).hexdigest()[:32]


def raw_article(name: str | int, version: int = 1) -> OutgoingMessage:
    """Return a raw article for its topic; the version is that many seconds after the start."""
    at = START + timedelta(seconds=version)
    text = TEXT.format(name=f"Ada Holm {name}", number=version)
    article = RawArticle(
        article_id=article_id(name),
        version=epoch_ms(at),
        fetched_at=at,
        url=f"https://lindhaven.example/{name}",
        source=SourceClaim(domain="lindhaven.example"),
        channel="file",
        content=f"Quay {name} opens\n\n{text}\n\n{text}",
        content_type="text",
    )
    return OutgoingMessage(RAW.name, article.article_id.encode(), encode(article))


def enriched_article(name: str | int, version: int = 1, text: str | None = None) -> OutgoingMessage:
    """Return an enriched article for its topic, so that the index role can be tested without models."""
    at = START + timedelta(seconds=version)
    article = EnrichedArticle(
        article_id=article_id(name),
        version=epoch_ms(at),
        fetched_at=at,
        channel="file",
        title=f"Quay {name} opens",
        text=text or TEXT.format(name=f"Ada Holm {name}", number=version),
        language="en",
        enrichment=Enrichment(version=1),
    )
    return OutgoingMessage(ENRICHED.name, article.article_id.encode(), encode(article))


@dataclass
class Oracle:
    """What the log has confirmed: the highest version of each article."""

    versions: dict[str, int] = field(default_factory=dict)

    def send(self, log: Log, articles: Iterable[tuple[str | int, int]], *, enriched: bool = False) -> None:
        """Send (name, version) pairs, and note them once they are confirmed."""
        pairs = list(articles)
        make = enriched_article if enriched else raw_article
        log.send([make(name, version) for name, version in pairs])
        for name, version in pairs:
            key, number = article_id(name), epoch_ms(START + timedelta(seconds=version))
            self.versions[key] = max(number, self.versions.get(key, 0))

    def merge(self, others: Sequence["Oracle"]) -> None:
        """Take in what others have confirmed."""
        for other in others:
            for key, version in other.versions.items():
                self.versions[key] = max(version, self.versions.get(key, 0))
