"""What a pool process and its parent say to each other, as bytes. Pure.

Our own framing instead of pickle for what comes back: the child reads hostile content, so its parent believes bytes and
reason codes from it, never objects.
"""

import struct
from collections.abc import Mapping, Sequence
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from schemas.errors import NOT_AN_ARTICLE, NotAnArticle, Rejected

Answer = bytes | Rejected
"""What becomes of one value: its enriched form, or why there is none."""

REQUEST: Final = struct.Struct("<Bi")
"""What the parent asks of the template, and its answer: an `Ask` and a number, the process id or exit code."""

_LENGTH: Final = struct.Struct("<BI")
_SEPARATOR: Final = b"\x00"


class Ask(IntEnum):
    """What a parent wants of the template: a new process, with a socket for it, or that one ends."""

    FORK = 1
    END = 2


class Kind(IntEnum):
    """The first byte of a frame from the child, and of each part in it."""

    READY = 1
    ANSWERS = 2
    FAILED = 3
    FAILED_AND_ENDED = 4
    VALUE = 5
    REJECTED = 6
    COUNT = 7


def pack_values(values: Sequence[bytes]) -> bytes:
    """Return the frame with a batch of values."""
    return b"".join(part for value in values for part in (_LENGTH.pack(Kind.VALUE, len(value)), value))


def unpack_values(frame: bytes) -> list[bytes]:
    """Return the values of a batch, in order."""
    return [content for _, content in _parts(frame)]


def pack_answers(answers: Sequence[Answer], counts: Mapping[str, int] = MappingProxyType({})) -> bytes:
    """Return the frame with the answers to a batch, and what was counted during it."""
    parts = [bytes((Kind.ANSWERS,))]
    for answer in answers:
        if isinstance(answer, Rejected):
            kind, content = (
                Kind.REJECTED,
                _SEPARATOR.join((answer.reason.encode(), answer.detail.encode(errors="replace"))),
            )
        else:
            kind, content = Kind.VALUE, answer
        parts += (_LENGTH.pack(kind, len(content)), content)
    for name, number in counts.items():
        content = f"{name} {number}".encode()
        parts += (_LENGTH.pack(Kind.COUNT, len(content)), content)
    return b"".join(parts)


def unpack_counts(frame: bytes) -> dict[str, int]:
    """Return what was counted during a batch.

    Raises:
        ValueError: the frame makes no sense.
    """
    pairs = [content.decode().split(" ") for kind, content in _parts(frame[1:]) if kind == Kind.COUNT]
    return {name: int(number) for name, number in pairs}


def unpack_answers(frame: bytes) -> list[Answer]:
    """Return the answers to a batch, in order; `NotAnArticle` keeps its type.

    Raises:
        ValueError: the frame makes no sense.
    """
    parts = [(kind, content) for kind, content in _parts(frame[1:]) if kind != Kind.COUNT]
    return [_to_rejected(content) if kind == Kind.REJECTED else content for kind, content in parts]


def _to_rejected(content: bytes) -> Rejected:
    reason, _, detail = content.decode(errors="replace").partition("\x00")
    return NotAnArticle(detail) if reason == NOT_AN_ARTICLE else Rejected(reason, detail)


def _parts(frame: bytes) -> list[tuple[int, bytes]]:
    parts = []
    position = 0
    while position < len(frame):
        if position + _LENGTH.size > len(frame):
            msg = "a frame ends inside a part"
            raise ValueError(msg)
        kind, size = _LENGTH.unpack_from(frame, position)
        position += _LENGTH.size
        parts.append((kind, frame[position : position + size]))
        position += size
    return parts
