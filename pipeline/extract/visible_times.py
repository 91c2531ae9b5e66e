"""Times that a reader sees on a page: `time` elements and date lines around the headline, and the dateline. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from pipeline.extract.dateline import find_dateline
from pipeline.extract.dates import TimeClaim
from pipeline.extract.markup import Role
from pipeline.extract.moments import parse_moment
from pipeline.extract.outline import Outline
from pipeline.extract.page_zones import Placed
from schemas.annotations import TimeSignal, ZoneKind

AROUND_TITLE: Final = 6
"""Lines before the headline and after the first body line in which a time is taken for the article's."""
LINES_ABOVE: Final = 3
MAX_DATE_CHARS: Final = 60
_CHANGE: Final = re.compile(
    r"^\W*(?:last )?(?:updated|modified|mise? à jour|aktualisiert|stand|actualizad[oa])\b", re.IGNORECASE
)
_CHANGE_INSIDE: Final = re.compile(r"\b(?:updated|mise? à jour|aktualisiert|actualizad[oa])\b", re.IGNORECASE)


def find_visible_times(outline: Outline, placed: Sequence[Placed]) -> tuple[list[TimeClaim], list[TimeClaim]]:
    """Return the visible claims of publication and of change."""
    shown = [item.position for item in placed if item.position >= 0]
    body = [item.position for item in placed if item.piece.kind is ZoneKind.BODY]
    if not shown:
        return [], []
    first, last = shown[0] - AROUND_TITLE, (body[0] if body else shown[-1]) + 1
    published = [tag.value for tag in outline.times if first <= tag.position <= last and not tag.is_change][:1]
    changed = [tag.value for tag in outline.times if first <= tag.position <= last and tag.is_change][:1]
    lines = [item.piece.text for item in placed if item.piece.kind is ZoneKind.BYLINE]
    if not published:
        published = _before_title(outline, shown[0])
    found_published, found_changed = split_dated(lines)
    published += found_published[:1] if not published else []
    changed += found_changed[:1] if not changed else []
    return _claims(published), _claims(changed)


def split_dated(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the lines that say when a text was published, and those that say when it was changed.

    A line that says both is cut at the word for change.
    """
    published: list[str] = []
    changed: list[str] = []
    for line in lines:
        if _CHANGE.search(line):
            changed += [line] if parse_moment(line) else []
            continue
        split = _CHANGE_INSIDE.search(line)
        before, after = (line[: split.start()], line[split.start() :]) if split else (line, "")
        published += [before] if parse_moment(before) else []
        changed += [after] if after and parse_moment(after) else []
    return published, changed


def dateline_claims(first_body_line: str | None) -> list[TimeClaim]:
    """Return the date of a dateline, if it names its year: without the year it needs an anchor, which is not ours."""
    line = find_dateline(first_body_line) if first_body_line else None
    return [TimeClaim(TimeSignal.DATELINE, line.date)] if line and parse_moment(line.date) else []


def _claims(values: Sequence[str]) -> list[TimeClaim]:
    return [TimeClaim(TimeSignal.VISIBLE, value.strip(" ,;|–—-")) for value in values if value]


def _before_title(outline: Outline, title: int) -> list[str]:
    """Return the date line right above the title. Without a time of day it may be today's date in the page's head."""
    for block in outline.blocks[max(0, title - LINES_ABOVE) : max(0, title)]:
        moment = (
            parse_moment(block.text) if len(block.text) <= MAX_DATE_CHARS and block.node.roles & Role.DATE else None
        )
        if moment and moment.is_exact:
            return [block.text]
    return []
