"""Sends articles to the raw topic, each content once, and bad inputs to the dead-letter topic.

Articles and bad inputs → messages in the log, entries in the ledger, counts. Knows the log only by its protocol.
Delivery is at least once: the ledger is written after the log confirmed.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pipeline.clock import Clock, epoch_ms
from pipeline.delivery.dead_letter import RECEIVED_FROM_HEADER, build_dead_letter
from pipeline.log.base import Log
from pipeline.producers.inputs import BadInput
from pipeline.producers.ledger import Ledger, Sent
from schemas.article import RawArticle
from schemas.codec import encode
from schemas.errors import BAD_INPUT, TOO_LARGE, Rejected
from schemas.message import Message, OutgoingMessage
from schemas.topics import RAW

STAGE: Final = "ingest"
FILE_TOPIC: Final = "file"
"""The topic named by dead letters of what never was in a topic; such a dead letter cannot be replayed."""
BATCH_RECORDS: Final = 500
BATCH_BYTES: Final = 4 * 1024 * 1024
# Room for the key, the header and the record's frame.
_FRAME_BYTES: Final = 2048
_RECEIVED_FROM_MAX_BYTES: Final = 512
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# What a fetch says of itself is no content: two fetches of one page are one version.
_NOT_CONTENT: Final = {"version", "fetched_at", "received_from", "http"}


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the inputs: `read` is the sum of the others."""

    read: int = 0
    sent: int = 0
    unchanged: int = 0
    bad: int = 0


class Publisher:
    """Sends in batches. Not for several threads at once.

    Args:
        log: where to.
        ledger: what was sent before.
        clock: dates dead letters.
        again: send what was sent before and has not changed, too (with the version it had).
        topic: the raw topic, or the one for back-fill.
        on_sent: called with what was sent, when log and ledger have it.
    """

    def __init__(
        self,
        log: Log,
        ledger: Ledger,
        clock: Clock,
        *,
        again: bool = False,
        topic: str = RAW.name,
        on_sent: Callable[[Sequence[Sent]], None] | None = None,
    ) -> None:
        self._log = log
        self._ledger = ledger
        self._clock = clock
        self._again = again
        self._topic = topic
        self._on_sent = on_sent
        self._program_version = version("newswire")
        self._counts = Counts()
        self._messages: list[OutgoingMessage] = []
        self._bytes = 0
        self._sent: dict[str, dict[bytes, Sent]] = {}
        self._refused: set[bytes] = set()

    @property
    def counts(self) -> Counts:
        """What was read so far, over all calls."""
        return self._counts

    def publish(self, items: Iterable[RawArticle | BadInput]) -> Counts:
        """Send all items and return the counts so far; what was counted as sent is in the log and in the ledger.

        A content that was sent before is counted `unchanged`; a changed one gets a higher version than all before. An
        article that is too large for the topic, like a bad input, becomes one dead letter, however often it is read.

        Raises:
            Unavailable: log or ledger do not answer; start again with a new publisher, which sends what is missing.
            ConfigurationError: the topics do not exist.
        """
        for item in items:
            if isinstance(item, BadInput):
                self._add_bad(item)
            else:
                self._add(item)
            if len(self._messages) >= BATCH_RECORDS or self._bytes >= BATCH_BYTES:
                self._flush()
        self._flush()
        return self._counts

    def _add(self, article: RawArticle) -> None:
        digest = digest_article(article)
        before = {one.content: one for one in self._ledger.sent(article.article_id)}
        before |= self._sent.get(article.article_id, {})
        known = before.get(digest)
        newest = max(before.values(), key=lambda one: one.version, default=None)
        unchanged = known is not None and (known is newest or article.version <= known.seen_version)
        if unchanged and not self._again:
            self._counts = replace(self._counts, read=self._counts.read + 1, unchanged=self._counts.unchanged + 1)
            return
        number = known.version if known is not None and unchanged else article.version
        if newest is not None and not unchanged:
            number = max(number, newest.version + 1)
        value = encode(_with_version(article, number))
        if len(value) + _FRAME_BYTES > RAW.max_message_bytes:
            self._add_refused(article, value)
            return
        self._sent.setdefault(article.article_id, {})[digest] = Sent(
            article.article_id, digest, number, max(article.version, known.seen_version if known else 0)
        )
        self._push(OutgoingMessage(self._topic, article.article_id.encode(), value, _headers(article.received_from)))
        self._counts = replace(self._counts, read=self._counts.read + 1, sent=self._counts.sent + 1)

    def _add_refused(self, article: RawArticle, value: bytes) -> None:
        detail = f"The article has {len(value):,} bytes, more than the {RAW.max_message_bytes:,} of topic {RAW.name}."
        received_from = article.received_from or article.url or ""
        self._dead_letter(
            Rejected(TOO_LARGE, detail), article.article_id.encode(), value, received_from, digest_article(article)
        )

    def _add_bad(self, bad: BadInput) -> None:
        digest = _digest_bad(bad)
        self._dead_letter(Rejected(BAD_INPUT, bad.detail), digest.hex().encode(), bad.value, bad.received_from, digest)

    def _dead_letter(self, error: Rejected, key: bytes, value: bytes, received_from: str, digest: bytes) -> None:
        """Queue the dead letter of an input, unless it was dead-lettered before."""
        self._counts = replace(self._counts, read=self._counts.read + 1, bad=self._counts.bad + 1)
        if not self._again and (digest in self._refused or self._ledger.was_refused(digest)):
            return
        self._refused.add(digest)
        now = self._clock.now()
        message = Message(FILE_TOPIC, 0, 0, epoch_ms(now), key, value, _headers(received_from))
        self._push(build_dead_letter(message, STAGE, error, attempts=1, now=now, program_version=self._program_version))

    def _push(self, message: OutgoingMessage) -> None:
        self._messages.append(message)
        self._bytes += len(message.value or b"")

    def _flush(self) -> None:
        if self._messages:
            self._log.send(self._messages)
        sent = [one for contents in self._sent.values() for one in contents.values()]
        if sent or self._refused:
            self._ledger.record(sent, self._refused)
            if self._on_sent:
                self._on_sent(sent)
        self._messages, self._bytes, self._sent, self._refused = [], 0, {}, set()


def _headers(received_from: str | None) -> tuple[tuple[str, bytes], ...]:
    if not received_from:
        return ()
    return ((RECEIVED_FROM_HEADER, received_from.encode("utf-8", "replace")[-_RECEIVED_FROM_MAX_BYTES:]),)


def _with_version(article: RawArticle, number: int) -> RawArticle:
    """Return the article under this version, fetched at that millisecond, as the record demands."""
    if number == article.version:
        return article
    return article.model_copy(update={"version": number, "fetched_at": _EPOCH + timedelta(milliseconds=number)})


def digest_article(article: RawArticle) -> bytes:
    """Return what tells one content of an article from another, as the ledger keeps it."""
    return hashlib.blake2b(article.model_dump_json(exclude=_NOT_CONTENT).encode(), digest_size=16).digest()


def _digest_bad(bad: BadInput) -> bytes:
    place = f"{Path(bad.path).absolute()}\x1f{bad.line}\x1f{bad.detail}\x1f"
    return hashlib.blake2b(place.encode("utf-8", "replace") + bad.value, digest_size=16).digest()
