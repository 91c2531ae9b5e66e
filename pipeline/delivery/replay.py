"""Sending dead letters back to where they came from. Dead letters in, what was sent and what was left alone out.

Safe to repeat: a version older than the indexed one changes nothing. Imports the log protocol, never a client.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.delivery.dead_letter import ReplayRefused, build_replay, parse_dead_letter
from pipeline.log.base import Log
from schemas.message import Message, OutgoingMessage, Position

BATCH = 100


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """How many were sent again, and which were left alone, with the reason in a sentence."""

    sent: int
    refused: tuple[tuple[Position, str], ...]


def replay(log: Log, letters: Iterable[Message], *, dry_run: bool = False) -> ReplayResult:
    """Send each dead letter to its topic of origin, under its key, and wait for the confirmation.

    Of several dead letters of the same message (it was replayed and refused again) only the last is sent, so that its
    count of replays keeps growing to the limit.

    Raises:
        Unavailable: the log does not answer; what was sent before stays sent, and repeating the call is harmless.
    """
    chosen, refused = _choose(list(letters))
    batch: list[OutgoingMessage] = []
    sent = 0
    for letter in chosen:
        try:
            batch.append(build_replay(letter))
        except ReplayRefused as error:
            refused.append((letter.position, str(error)))
            continue
        sent += 1
        if len(batch) == BATCH:
            _send(log, batch, dry_run=dry_run)
            batch = []
    _send(log, batch, dry_run=dry_run)
    return ReplayResult(sent, tuple(refused))


def _choose(letters: Sequence[Message]) -> tuple[list[Message], list[tuple[Position, str]]]:
    last: dict[tuple[str, bytes | None, bytes], Message] = {}
    refused = []
    for letter in letters:
        identity = (parse_dead_letter(letter).topic, letter.key, hashlib.sha256(letter.value or b"").digest())
        before = last.get(identity)
        if before is None:
            last[identity] = letter
            continue
        older, newer = sorted((before, letter), key=lambda message: parse_dead_letter(message).replays)
        last[identity] = newer
        refused.append((older.position, "the same message stands in a later dead letter, which is sent instead"))
    return list(last.values()), refused


def _send(log: Log, batch: Sequence[OutgoingMessage], *, dry_run: bool) -> None:
    if batch and not dry_run:
        log.send(batch)
