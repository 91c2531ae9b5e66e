"""Follows the topic of corrections: read whole at the start, then whatever is new. No group, nothing to commit.

In: a log. Out: the table of corrections as of the call. Calls block; safe for threads.
"""

import threading
from typing import Final, Protocol

import structlog

from pipeline.corrections.table import NO_CORRECTIONS, Corrections
from pipeline.log.base import Log
from schemas.codec import decode
from schemas.corrections import EntityCorrection
from schemas.errors import Rejected
from schemas.message import Message
from schemas.topics import CORRECTIONS

_CHUNK: Final = 1000
_log = structlog.get_logger(__name__)


class CorrectionSource(Protocol):
    """Where a step gets the corrections from."""

    def read(self) -> Corrections:
        """Return the corrections, with every one whose sending was confirmed before this call.

        Raises:
            Unavailable: they cannot be read now; going on without them would undo what people said.
        """

    def close(self) -> None:
        """Release connections. Harmless when repeated."""


class CorrectionFollower:
    """A `CorrectionSource` on a log; costs one look at the end of the topic a call."""

    def __init__(self, log: Log, *, owns_log: bool = False) -> None:
        self._log = log
        self._owns_log = owns_log
        self._lock = threading.Lock()
        self._corrections = NO_CORRECTIONS
        self._next_offset = 0

    def read(self) -> Corrections:
        """Return the corrections up to now, see `CorrectionSource`."""
        with self._lock:
            while messages := self._log.read(CORRECTIONS.name, 0, self._next_offset, _CHUNK):
                for message in messages:
                    self._corrections = _add(self._corrections, message)
                self._next_offset = messages[-1].offset + 1
            return self._corrections

    def close(self) -> None:
        """Close the log when it is this follower's own."""
        if self._owns_log:
            self._log.close()


def _add(corrections: Corrections, message: Message) -> Corrections:
    try:
        correction = decode(EntityCorrection, message.value)
    except Rejected as error:
        # It was sent by something that is not ours; it must not keep anybody from working.
        _log.warning("correction-not-read", offset=message.offset, error=str(error)[:300])
        return corrections
    return corrections.with_correction(correction, message.timestamp_ms)
