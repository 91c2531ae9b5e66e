"""What polls came to → articles in the raw topic, and then the state of feeds. The order makes "sent once" hold.

Log first, ledger second, state last: a crash in between leaves articles in the log that the state does not know. They
are found at the next start, between how far the log was written when the state was and how far it is now, and noted,
before anything is polled. Knows the log only by its protocol. Blocking; one thread.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pipeline.clock import Clock
from pipeline.fetch.outcome import KnownItem, PollOutcome
from pipeline.fetch.reading import item_key
from pipeline.fetch.state import FeedStore
from pipeline.log.base import Log
from pipeline.outlets.noting import OutletNotes
from pipeline.producers.ledger import Ledger, Sent
from pipeline.producers.publish import Publisher, digest_article
from pipeline.sources.urls import article_id, canonical_url
from schemas.article import RawArticle
from schemas.codec import decode
from schemas.errors import Rejected, Unavailable
from schemas.topics import RAW

_READ_AT_ONCE: Final = 200


class FeedPublisher:
    """Carries out what polls came to. A context manager; opens files of its own.

    Args:
        log: where articles go.
        ledger_path: what producers have sent.
        state_path: the feeds.
        clock: the time.
        notes: takes what feeds say of their outlets; closed with this.
    """

    def __init__(
        self, log: Log, ledger_path: Path, state_path: Path, clock: Clock, notes: OutletNotes | None = None
    ) -> None:
        self._log = log
        self._clock = clock
        self._notes = notes
        self._ledger = Ledger(ledger_path)
        self._store = FeedStore(state_path)
        self._publisher = Publisher(log, self._ledger, clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()
        self._ledger.close()
        if self._notes:
            self._notes.close()

    def recover(self) -> int:
        """Note what the log holds and the state does not know, after a crash; return how many articles that were.

        Raises:
            Unavailable: log or state do not answer; nothing was noted, call again.
            ConfigurationError: the topic does not exist.
        """
        tail, ends = self._store.tail(), self._ends()
        articles = [] if not tail else list(self._read_since(tail, ends))
        if articles:
            self._ledger.record([_sent(article) for article in articles])
        outcomes = [outcome for article in articles if (outcome := self._recovered(article))]
        self._store.apply(outcomes, ends)
        return len(outcomes)

    def commit(self, outcomes: Sequence[PollOutcome]) -> None:
        """Send the articles, then write the state. Durable on return.

        Raises:
            Unavailable: log or state do not answer; call again with the same outcomes.
            ConfigurationError: the topic does not exist.
        """
        self._note_outlets(outcomes)
        articles = [article for outcome in outcomes for article in outcome.articles]
        try:
            if articles:
                self._publisher.publish(articles)
            self._store.apply(outcomes, self._ends() if articles else None)
        except Unavailable:
            # It may hold half a batch; the ledger knows what was sent of it.
            self._publisher = Publisher(self._log, self._ledger, self._clock)
            raise

    def _note_outlets(self, outcomes: Sequence[PollOutcome]) -> None:
        if self._notes is None:
            return
        wanted = [one for one in outcomes if self._notes.wants(one)]
        feeds = ((self._store.get(one.feed_id), one) for one in wanted)
        self._notes.note((feed, one) for feed, one in feeds if feed is not None)

    def _ends(self) -> dict[int, int]:
        return {partition: span.end for partition, span in self._log.offsets(RAW.name).items()}

    def _read_since(self, tail: Mapping[int, int], ends: Mapping[int, int]) -> Iterator[RawArticle]:
        for partition, end in ends.items():
            offset = tail.get(partition, end)
            while offset < end and (messages := self._log.read(RAW.name, partition, offset, _READ_AT_ONCE)):
                for message in messages:
                    offset = message.offset + 1
                    try:
                        article = decode(RawArticle, message.value or b"")
                    except Rejected:
                        continue  # another producer's; whoever reads the topic gives it its dead letter
                    if article.channel in {"feed", "sitemap"}:
                        yield article

    def _recovered(self, article: RawArticle) -> PollOutcome | None:
        feed = self._store.find(article.source.feed_url or "")
        if feed is None:
            return None
        id_ = bytes.fromhex(article.article_id)
        link = canonical_url(article.url)
        link_id = article_id(link) if link else article.article_id
        keys = {item_key(article.feed_entry.guid, link_id), item_key(None, link_id), item_key(None, article.article_id)}
        known = self._store.items.of_feed(feed.id)
        before = max((known[key].versions for key in keys if key in known), default=0)
        # Its digest is not known here: whatever the feed shows next is taken as what was sent.
        items = tuple(KnownItem(key, id_, b"", before + 1) for key in sorted(keys))
        owned = {id_: id_, bytes.fromhex(link_id): id_}
        changes = {"sent": feed.sent + 1, "last_new_at": article.fetched_at}
        return PollOutcome(feed.id, feed.given_url, article.fetched_at, changes, items=items, owned=owned)


def _sent(article: RawArticle) -> Sent:
    return Sent(article.article_id, digest_article(article), article.version, article.version)
