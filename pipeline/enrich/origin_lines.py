"""The lines of an article with their zones: where origin rules look. Pure; imports only `schemas` and the extract type.

`ExtractedArticle` → `Line`s in text order, and the ones at which makers sign.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from pipeline.extract.extracted import ExtractedArticle
from schemas.annotations import ZoneKind

# Elsewhere than in these first and last lines, a body line that looks like a notice is part of the story.
EDGE_LINES: Final = 6
MAX_LINES: Final = 20_000
_NEVER: Final = frozenset({ZoneKind.PROMO, ZoneKind.CAPTION, ZoneKind.RELATED, ZoneKind.TITLE})
_STORY: Final = frozenset({ZoneKind.BODY, ZoneKind.DATELINE})


@dataclass(frozen=True, slots=True)
class Line:
    """One non-blank line: trimmed text, its start in the article's text, its zone and the rule that found the zone."""

    start: int
    text: str
    zone: ZoneKind
    rule: str = ""

    @property
    def signs(self) -> bool:
        """Whether the line may sign the story: extraction labels an agency's mark at the end as a credit of its own."""
        return self.zone is not ZoneKind.CREDIT or self.rule.startswith("sign-off")


@dataclass(frozen=True, slots=True)
class Layout:
    """The lines of one article that may name its maker.

    `notices`: where a reprint notice or copyright line may stand; `opening`: the first body lines; `closing`: the last
    lines of the story, last first; `bylines`: byline zones, or short lines above the story.
    """

    notices: tuple[Line, ...]
    opening: tuple[Line, ...]
    closing: tuple[Line, ...]
    bylines: tuple[Line, ...]


def read_layout(extracted: ExtractedArticle) -> Layout:
    """Sort the article's lines by what they may say about its maker."""
    lines = [line for line in _read_lines(extracted) if line.zone not in _NEVER]
    body = [line for line in lines if line.zone in _STORY]
    edges = {line.start for line in (*body[:EDGE_LINES], *body[-EDGE_LINES:])}
    signing = [line for line in lines if line.zone in _STORY or line.zone in {ZoneKind.BYLINE, ZoneKind.CREDIT}]
    labelled = [line for line in lines if line.zone is ZoneKind.BYLINE]
    return Layout(
        notices=tuple(line for line in lines if line.zone not in _STORY or line.start in edges),
        opening=tuple(body[:3]),
        closing=tuple(reversed(signing[-4:])),
        bylines=(*labelled, *(line for line in body[:4] if len(line.text) <= 80)),
    )


def _read_lines(extracted: ExtractedArticle) -> list[Line]:
    ends = [zone.end for zone in extracted.zones]
    lines: list[Line] = []
    position = 0
    for written in extracted.text.split("\n")[:MAX_LINES]:
        trimmed = written.strip()
        if trimmed:
            start = position + len(written) - len(written.lstrip())
            # The zone at the last character: a dateline zone covers only the beginning of its line.
            index = bisect_left(ends, start + len(trimmed))
            zone, rule = ZoneKind.BODY, ""
            if index < len(ends):
                zone, rule = extracted.zones[index].kind, extracted.zones[index].rule
            elif not ends and trimmed == extracted.title.strip():
                zone = ZoneKind.TITLE
            lines.append(Line(start, trimmed, zone, rule))
        position += len(written) + 1
    return lines
