"""Labelled lines of an article, and how they become its text and zones.

A page and a plain text are read differently, but both end as pieces; this module owns the invariant that they make:
zones in text order, without overlap, over every non-blank character. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipeline.extract.characters import letters_of
from pipeline.extract.credits import find_credit
from pipeline.extract.dateline import find_dateline, find_sign_off
from schemas.annotations import Zone, ZoneKind

MIN_STORY_CHARS: Final = 15
"""What must remain of a line after its dateline or before its sign-off."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One line and what it is: before `head_end` a dateline, from `tail_start` on a credit."""

    text: str
    kind: ZoneKind
    rule: str
    head_end: int = 0
    head_rule: str = ""
    tail_start: int | None = None
    tail_rule: str = ""


def is_picture_credit(piece: Piece) -> bool:
    """Whether a credit piece speaks of a picture: an agency's sign-off and a release's source speak of the text."""
    return piece.kind is ZoneKind.CREDIT and not piece.rule.startswith(("sign-off", "credit-release"))


def caption_piece(text: str, rule: str, credit_start: int | None = None) -> Piece:
    """Return a caption whose credit, at its end, is a zone of its own; a credit alone when there is no caption.

    `credit_start` is where markup says that the credit begins; without it the wording decides.
    """
    start = find_credit(text) if credit_start is None else credit_start
    if start is None:
        return Piece(text, ZoneKind.CAPTION, rule)
    if not letters_of(text[:start]):
        return Piece(text, ZoneKind.CREDIT, rule)
    return Piece(text, ZoneKind.CAPTION, rule, tail_start=start, tail_rule="credit-in-caption")


def split_ends(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces with the dateline of the first body line and the sign-off of the last one set apart."""
    body = [position for position, piece in enumerate(pieces) if piece.kind is ZoneKind.BODY]
    split = list(pieces)
    if not body:
        return split
    first, last = body[0], body[-1]
    line = find_dateline(split[first].text)
    if line and len(split[first].text) - line.end >= MIN_STORY_CHARS:
        split[first] = replace(split[first], head_end=line.end, head_rule=line.rule)
    start = find_sign_off(split[last].text)
    if start == 0 and first != last:
        split[last] = Piece(split[last].text, ZoneKind.CREDIT, "sign-off-agency")
    elif start is not None and start - split[last].head_end >= MIN_STORY_CHARS:
        split[last] = replace(split[last], tail_start=start, tail_rule="sign-off-agency")
    return split


def join_pieces(pieces: Iterable[Piece]) -> tuple[str, tuple[Zone, ...]]:
    """Return the text, one piece a line, and its zones."""
    lines: list[str] = []
    zones: list[Zone] = []
    offset = 0
    for piece in pieces:
        zones += _zones_of(piece, offset)
        lines.append(piece.text)
        offset += len(piece.text) + 1
    return "\n".join(lines), tuple(zones)


def _zones_of(piece: Piece, offset: int) -> list[Zone]:
    end = len(piece.text) if piece.tail_start is None else piece.tail_start
    parts = [(piece.head_end, end, piece.kind, piece.rule)]
    if piece.head_end:
        parts.insert(0, (0, piece.head_end, ZoneKind.DATELINE, piece.head_rule))
    if piece.tail_start is not None:
        parts.append((piece.tail_start, len(piece.text), ZoneKind.CREDIT, piece.tail_rule))
    zones = []
    for start, stop, kind, rule in parts:
        part = piece.text[start:stop]
        left, right = start + len(part) - len(part.lstrip()), start + len(part.rstrip())
        if left < right:
            zones.append(Zone(start=offset + left, end=offset + right, kind=kind, rule=rule))
    return zones
