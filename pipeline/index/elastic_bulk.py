"""Sends operations in batches whose size follows what the server takes, and says for each what became of it.

In: operations, already encoded. Out: one `Answer` each, in order. Requests go one after the other: Elasticsearch has a
thread for each, and each thread begins a segment of its own after every refresh, which is merged with the others later.
One thread writes what a worker prepares; whoever wants more starts another worker. Sends nothing twice: what has to be
repeated is the caller's to decide. The client's bulk helpers are not used: they raise at the first failed item, and
never repeat what failed in transport.
"""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from elasticsearch import ApiError, Elasticsearch, TransportError, UnsupportedProductError

from pipeline.index.elastic_client import fault_message, translate_transport
from pipeline.index.elastic_faults import Verdict, judge, read_error
from pipeline.index.elastic_operation import Operation
from schemas.errors import ConfigurationError

_log = structlog.get_logger(__name__)

MAX_DOCUMENTS: Final = 500
MAX_BYTES: Final = 8 * 1024 * 1024
"""A batch of the index role is one request, not two: 3 MiB of enriched articles become 5.6 MiB of documents."""
MIN_DOCUMENTS: Final = 16
MIN_BYTES: Final = 64 * 1024
"""However hard the pressure: smaller requests would cost the server more than they spare it."""
GROWTH: Final = 1.1
"""After each batch that was taken whole: from a half back to the full size in 8 batches."""

_NOT_NOW: Final = frozenset({Verdict.BUSY, Verdict.UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an operation, and in words."""

    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True, slots=True)
class BatchSize:
    """How much is under way at once; a document above the limit of bytes goes alone."""

    documents: int = MAX_DOCUMENTS
    bytes: int = MAX_BYTES

    def halved(self) -> "BatchSize":
        """Return half of it."""
        return BatchSize(max(MIN_DOCUMENTS, self.documents // 2), max(MIN_BYTES, self.bytes // 2))

    def grown(self) -> "BatchSize":
        """Return a little more, up to where it began."""
        return BatchSize(
            min(MAX_DOCUMENTS, int(self.documents * GROWTH)),
            min(MAX_BYTES, int(self.bytes * GROWTH)),
        )


class BulkSender:
    """Sends operations, for one thread at a time; remembers between calls how much the server takes."""

    def __init__(self, client: Elasticsearch) -> None:
        self._client = client
        self._turn = threading.Lock()
        self.batch_size = BatchSize()

    def send(self, operations: Sequence[Operation]) -> list[Answer]:
        """Return one answer for each operation, in order; never `FAULTY`.

        When the server does not answer a request, or takes nothing of it, the batches behind are not sent but answered
        as unavailable: they will not fare better, and waiting is the caller's part.

        Raises:
            ConfigurationError: a person has to act; operations may have been carried out.
        """
        queue = deque(operations)
        answers: list[Answer] = []
        while queue:
            with self._turn:
                found = self._send_batch(self._take(queue))
                self._adapt(found)
            answers.extend(found)
            if all(answer.verdict in _NOT_NOW for answer in found):
                answers.extend(Answer(Verdict.UNAVAILABLE, found[-1].detail) for _ in queue)
                break
        return answers

    def _take(self, queue: deque[Operation]) -> list[Operation]:
        chunk = [queue.popleft()]
        size = chunk[0].size
        while queue and len(chunk) < self.batch_size.documents and size + queue[0].size <= self.batch_size.bytes:
            chunk.append(queue.popleft())
            size += chunk[-1].size
        return chunk

    def _send_batch(self, batch: Sequence[Operation]) -> list[Answer]:
        """Send the operations in one request, or in two halves when the server refuses it as a whole."""
        found = self._request(batch)
        if len(found) < len(batch):
            if found[0].verdict is Verdict.TOO_LARGE:
                self._shrink()
            middle = len(batch) // 2
            return self._send_batch(batch[:middle]) + self._send_batch(batch[middle:])
        return found

    def _request(self, batch: Sequence[Operation]) -> list[Answer]:
        """Return an answer for each operation, or a single one when the request has to be split."""
        lines = [line for operation in batch for line in (operation.action, operation.source)]
        try:
            body = self._client.bulk(operations=lines).body  # type: ignore[arg-type] # lines may be encoded already
        except ApiError as error:
            return _judge_request(error, len(batch))
        except TransportError as error:
            fault = translate_transport(error)
            if isinstance(fault, ConfigurationError):
                raise fault from error
            return [Answer(Verdict.UNAVAILABLE, str(fault))] * len(batch)
        return _read_items(body, batch)

    def _adapt(self, found: Sequence[Answer]) -> None:
        if any(answer.verdict is Verdict.BUSY for answer in found):
            self._shrink()
        elif all(answer.verdict is not Verdict.UNAVAILABLE for answer in found):
            self.batch_size = self.batch_size.grown()

    def _shrink(self) -> None:
        smaller = self.batch_size.halved()
        if smaller != self.batch_size:
            _log.info("index.batch-halved", documents=smaller.documents, bytes=smaller.bytes)
        self.batch_size = smaller


def _judge_request(error: ApiError, count: int) -> list[Answer]:
    kind, reason = read_error(error.body)
    status = error.meta.status
    verdict = judge(status, kind, reason)
    detail = f"Elasticsearch answered {status} {reason}".strip()
    if verdict is Verdict.FAULTY or isinstance(error, UnsupportedProductError):
        raise ConfigurationError(fault_message(status, kind, reason)) from error
    if verdict in {Verdict.TOO_LARGE, Verdict.REFUSED}:
        return [Answer(verdict, detail)]
    return [Answer(Verdict.BUSY if verdict is Verdict.BUSY else Verdict.UNAVAILABLE, detail)] * count


def _read_items(body: Mapping[str, Any], chunk: Sequence[Operation]) -> list[Answer]:
    items = body.get("items")
    if not isinstance(items, list) or len(items) != len(chunk):
        held = len(items) if isinstance(items, list) else "no"
        detail = f"{held} items in the answer to {len(chunk)} operations"
        return [Answer(Verdict.UNAVAILABLE, detail)] * len(chunk)
    return [_read_item(item, operation) for item, operation in zip(items, chunk, strict=True)]


def _read_item(item: Mapping[str, Any], operation: Operation) -> Answer:
    """Return what the item says.

    Raises:
        ConfigurationError: a person has to act.
    """
    result: Mapping[str, Any] = next(iter(item.values()), {})
    if result.get("_id") != operation.document_id:
        return Answer(Verdict.UNAVAILABLE, f"the answer names {result.get('_id')!r} in place of another document")
    status = result.get("status", 500)
    kind, reason = read_error(result.get("error", {}))
    verdict = judge(status, kind, reason)
    if verdict is Verdict.FAULTY:
        raise ConfigurationError(fault_message(status, kind, reason))
    return Answer(verdict, "" if verdict is Verdict.DONE else f"{status} {reason}")
