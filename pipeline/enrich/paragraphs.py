"""The paragraphs of a story: what recognition reads. Text and zones → spans; pure.

Only zones that tell the story count. A line is a paragraph; a line of unusual length (a page whose paragraphs were
lost) is cut at sentence ends, so that one paragraph never holds up a batch.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from schemas.annotations import STORY_ZONES, Zone, ZoneKind

MAX_PARAGRAPH_CHARS: Final = 3000
MAX_STORY_CHARS: Final = 100_000
"""Text beyond this is not read for names; about 17,000 words, four times the longest article measured."""

_LINE: Final = re.compile(r"[^\n\r\u2028\u2029]+")


class Paragraph(NamedTuple):
    """A stretch of the story, half-open in code points of the article's text."""

    start: int
    end: int
    zone: ZoneKind


def find_paragraphs(text: str, zones: Sequence[Zone]) -> tuple[Paragraph, ...]:
    """Return the story's paragraphs in text order, without surrounding blanks, up to `MAX_STORY_CHARS` in all."""
    found: list[Paragraph] = []
    left_chars = MAX_STORY_CHARS
    for zone in zones:
        if zone.kind not in STORY_ZONES:
            continue
        for start, end in _lines(text, zone.start, min(zone.end, len(text))):
            if end - start > left_chars:
                return tuple(found)
            left_chars -= end - start
            found.append(Paragraph(start, end, zone.kind))
    return tuple(found)


def story_chars(zones: Sequence[Zone]) -> int:
    """Return how long the story is, in code points, blanks included."""
    return sum(zone.end - zone.start for zone in zones if zone.kind in STORY_ZONES)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for line in _LINE.finditer(text, start, end):
        content = line.group()
        first = line.start() + len(content) - len(content.lstrip())
        last = line.start() + len(content.rstrip())
        while last - first > MAX_PARAGRAPH_CHARS:
            cut = _cut(text, first, first + MAX_PARAGRAPH_CHARS)
            yield first, cut
            first = cut + 1 if text[cut].isspace() else cut
        if first < last:
            yield first, last


def _cut(text: str, start: int, limit: int) -> int:
    """Return where to cut before `limit`: after a sentence, else at a blank, else anywhere."""
    for mark in (". ", "? ", "! ", "。", " "):
        place = text.rfind(mark, start + 1, limit)
        if place > start:
            return place + (0 if mark == " " else 1)
    return limit
