"""What each line of a page is: wording, markup and the body's extent together.

Blocks of a page, its `Body`, its title → labelled pieces in reading order, each with the block's position. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.extract.body import Body
from pipeline.extract.characters import letters_of
from pipeline.extract.markup import Role
from pipeline.extract.moments import parse_moment
from pipeline.extract.outline import Block
from pipeline.extract.pieces import Piece, caption_piece
from pipeline.extract.titles import is_same_title
from pipeline.extract.zones import ZONE_RULES, Place, ZoneRule
from schemas.annotations import ZoneKind

_NEVER: Final = int(Role.HIDDEN | Role.COOKIES | Role.COMMENTS | Role.CHROME | Role.TAGS | Role.ADVERT)
_UNLESS_BODY: Final = int(Role.KICKER | Role.ASIDE)
AFTER_BODY: Final = 40
"""Blocks read after the body: corrections, notices and links stand there; then comes the rest of the site."""
BEFORE_BODY: Final = 15
"""Blocks read before the body when the page shows no title."""
MAX_RELATED: Final = 20
HEAD_LINES: Final = 2
TAIL_LINES: Final = 4
MAX_BYLINE_WORDS: Final = 30
MAX_DATE_LINE_WORDS: Final = 12
MAX_CAPTION_WORDS: Final = 120
MAX_PROMO_WORDS: Final = 70
MIN_LINK_SHARE: Final = 0.8


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece and the position of its block; -1 for a title that the page does not show."""

    position: int
    piece: Piece


class PageZones:
    """Labels the blocks of one page."""

    def __init__(self, blocks: Sequence[Block], body: Body, title: str, summary: str) -> None:
        self._blocks = blocks
        self._body = body
        self._title = title
        self._title_letters = letters_of(title)
        self._summary_letters = letters_of(summary)
        self._order = sorted(body.positions)
        self._title_position = self._find_title()

    def label(self) -> list[Placed]:
        """Return the pieces, the title first found or put before all others; furniture of the page is left out."""
        placed: list[Placed] = []
        if self._title_position is None and self._title:
            placed.append(Placed(-1, Piece(self._title, ZoneKind.TITLE, "title-claimed")))
        related = 0
        after_related = False
        for position in self._region():
            block = self._blocks[position]
            piece = self._piece(position, block, after_related=after_related)
            if piece is None:
                continue
            is_related = piece.kind is ZoneKind.RELATED
            after_related = is_related and (after_related or not block.link_chars)
            related += is_related
            if not is_related or related <= MAX_RELATED:
                placed.append(Placed(position, piece))
        return placed

    def _region(self) -> Iterator[int]:
        if not self._order:
            return iter(() if self._title_position is None else (self._title_position,))
        first = max(0, self._order[0] - BEFORE_BODY)
        if self._title_position is not None:
            first = self._title_position
        last = min(len(self._blocks), self._order[-1] + 1 + AFTER_BODY)
        return iter(range(min(first, self._order[0]), last))

    def _find_title(self) -> int | None:
        """Return where the page shows its title: a heading before or amid the body, the last one before it."""
        if not self._title_letters:
            return None
        limit = self._order[-1] if self._order else len(self._blocks)
        same = [p for p, block in enumerate(self._blocks[: limit + 1]) if letters_of(block.text) == self._title_letters]
        headings = [p for p in same if self._blocks[p].is_heading] or same
        if not headings:
            return None
        first = self._order[0] if self._order else limit
        before = [p for p in headings if p <= first]
        return before[-1] if before else headings[0]

    def _place(self, position: int) -> Place:
        if not self._order:
            return Place.EDGE
        place = Place.AMID
        if position <= self._order[:HEAD_LINES][-1]:
            place |= Place.HEAD
        if position >= self._order[-TAIL_LINES:][0]:
            place |= Place.TAIL
        return place

    def _piece(self, position: int, block: Block, *, after_related: bool) -> Piece | None:
        if position == self._title_position:
            return Piece(block.text, ZoneKind.TITLE, "title-heading")
        is_body = position in self._body.positions
        roles = self._body.roles(block)
        if self._is_title_again(block) or (roles & _NEVER and not (is_body and roles & Role.BODY)):
            return None
        place = self._place(position)
        rule = ZONE_RULES.find(block.text, place)
        if rule is not None:
            return None if rule.is_chrome else _ruled_piece(block.text, rule)
        if after_related and block.link_share >= MIN_LINK_SHARE:
            return Piece(block.text, ZoneKind.RELATED, "related-list")
        return self._by_markup(block, roles, place, is_body=is_body)

    def _is_title_again(self, block: Block) -> bool:
        letters = letters_of(block.text)
        return letters == self._title_letters or (block.is_heading and is_same_title(block.text, self._title))

    def _by_markup(self, block: Block, roles: int, place: Place, *, is_body: bool) -> Piece | None:
        words = len(block.text.split())
        piece = _picture_piece(block, roles, words, is_body=is_body) or self._head_piece(
            block, roles, words, place, is_body=is_body
        )
        if piece is not None:
            return piece
        for role, kind, rule in _BY_ROLE:
            if roles & role and words <= MAX_PROMO_WORDS:
                return Piece(block.text, kind, rule)
        return Piece(block.text, ZoneKind.BODY, "body") if is_body else None

    def _head_piece(self, block: Block, roles: int, words: int, place: Place, *, is_body: bool) -> Piece | None:
        """Return what stands between title and body, or signs the article at its end: standfirst, byline, date."""
        is_summary = bool(self._summary_letters) and letters_of(block.text) == self._summary_letters
        if place & Place.HEAD and (roles & Role.STANDFIRST or (is_summary and not is_body)):
            return Piece(block.text, ZoneKind.TITLE, "standfirst")
        if roles & (Role.BYLINE | Role.DATE) and words <= MAX_BYLINE_WORDS and place:
            return Piece(block.text, ZoneKind.BYLINE, "byline-markup")
        if is_body and place & Place.HEAD and words <= MAX_DATE_LINE_WORDS and _is_date_line(block.text):
            return Piece(block.text, ZoneKind.BYLINE, "date-line-bare")
        return None


def _ruled_piece(text: str, rule: ZoneRule) -> Piece:
    return caption_piece(text, rule.id) if rule.kind is ZoneKind.CAPTION else Piece(text, rule.kind, rule.id)


def _picture_piece(block: Block, roles: int, words: int, *, is_body: bool) -> Piece | None:
    if words > MAX_CAPTION_WORDS:
        return None
    if roles & Role.CREDIT:
        return Piece(block.text, ZoneKind.CREDIT, "credit-markup")
    if roles & Role.CAPTION or (roles & Role.FIGURE and not is_body and block.link_share < MIN_LINK_SHARE):
        starts = [mark.start for mark in block.marks if mark.roles & (Role.CREDIT | Role.BYLINE)]
        return caption_piece(block.text, "caption-markup", min(starts, default=None))
    return None


_BY_ROLE: Final = (
    (Role.CORRECTION, ZoneKind.CORRECTION, "correction-markup"),
    (Role.PROMO, ZoneKind.PROMO, "promo-markup"),
    (Role.RELATED, ZoneKind.RELATED, "related-markup"),
    (Role.COPYRIGHT, ZoneKind.COPYRIGHT, "copyright-markup"),
)


def _is_date_line(text: str) -> bool:
    """Whether a short line says a date and hardly anything else."""
    moment = parse_moment(text)
    return moment is not None and sum(char.isdigit() for char in text) * 5 >= len(text)
