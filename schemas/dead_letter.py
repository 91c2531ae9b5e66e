"""A dead letter: the original bytes plus headers that say what happened, where and why (DELIVERY.md section 5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

ERROR_MESSAGE_MAX_BYTES: Final = 1024
MAX_REPLAYS: Final = 5
HEADER_PREFIX: Final = "newswire-"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Why a message could not be used. Key and value travel beside it, unchanged unless `truncated`."""

    stage: str
    reason: str
    error_type: str
    error_message: str
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    failed_at: datetime
    attempts: int
    replays: int
    program_version: str
    status: int | None = None
    truncated: bool = False
    received_from: str | None = None
