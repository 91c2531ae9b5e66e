"""What each line of a page is: wording, markup and the body's extent together.

Blocks of a page, its `Body`, its title → labelled pieces in reading order, each with the block's position. Pure.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pipeline.extract.body import Body
from pipeline.extract.characters import letters_of
from pipeline.extract.credits import find_credit
from pipeline.extract.markup import Role
from pipeline.extract.moments import is_date_line
from pipeline.extract.outline import Block, Outline
from pipeline.extract.pieces import Piece, caption_piece
from pipeline.extract.titles import is_same_title
from pipeline.extract.zones import ZONE_RULES, Place, ZoneRule
from schemas.annotations import ZoneKind

_NEVER: Final = int(Role.HIDDEN | Role.COOKIES | Role.COMMENTS | Role.CHROME | Role.TAGS | Role.ADVERT)
AFTER_BODY: Final = 40
"""Blocks read after the body: corrections, notices and links stand there; then comes the rest of the site."""
BEFORE_BODY: Final = 15
"""Blocks read before the body when the page shows no title."""
MAX_RELATED: Final = 12
"""Lines of links to other stories that are kept after the body."""
MAX_BELOW: Final = {ZoneKind.BYLINE: 8, ZoneKind.PROMO: 12}
"""So many blocks below the body a byline or a promotion may still be the article's."""
_ALWAYS_BELOW: Final = frozenset(
    (ZoneKind.COPYRIGHT, ZoneKind.CORRECTION, ZoneKind.REPRINT_NOTICE, ZoneKind.RELATED, ZoneKind.BODY)
)
MIN_RELATED_WORDS: Final = 4
COPYRIGHT_LINES: Final = 30
"""A page's copyright line is among its last lines."""
HEAD_LINES: Final = 2
TAIL_LINES: Final = 4
MAX_BYLINE_WORDS: Final = 30
MAX_DATE_LINE_WORDS: Final = 12
MAX_STANDFIRST_WORDS: Final = 60
MAX_CAPTION_WORDS: Final = 120
MAX_PROMO_WORDS: Final = 70
MIN_LINK_SHARE: Final = 0.8
WHOLE_LINK_SHARE: Final = 0.95
SIGNATURE_SHARE: Final = 0.6
_BY_ROLE: Final = (
    (Role.CORRECTION, ZoneKind.CORRECTION, "correction-markup"),
    (Role.PROMO, ZoneKind.PROMO, "promo-markup"),
    (Role.RELATED, ZoneKind.RELATED, "related-markup"),
    (Role.COPYRIGHT, ZoneKind.COPYRIGHT, "copyright-markup"),
)
MIN_SUBHEAD_WORDS: Final = 4
"""A shorter heading under the title begins a part of the story: "Key points"."""
_CLOCK: Final = re.compile(r"\W{0,2}\d{1,2}[:.h]\d{2}(?!\d)")
"""How an entry of a live blog begins."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece and the position of its block; -1 for a title that the page does not show."""

    position: int
    piece: Piece


@dataclass(frozen=True, slots=True)
class _Spot:
    """A block where it stands. `is_lead`: no line of the body stands before it; `is_body`: the body's extent has it."""

    block: Block
    roles: int
    place: Place
    is_body: bool
    is_lead: bool
    after_related: bool

    @property
    def words(self) -> int:
        return self.block.text.count(" ") + 1


class PageZones:
    """Labels the blocks of one page."""

    def __init__(self, outline: Outline, body: Body, title: str, summary: str) -> None:
        self._blocks = outline.blocks
        self._pictured = {picture.node for picture in outline.pictures}
        self._picture_positions = {picture.position for picture in outline.pictures}
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
        counts: Counter[ZoneKind] = Counter()
        after_related = False
        related_amid = 0
        for position in self._region():
            if counts[ZoneKind.BODY] > HEAD_LINES and self._is_title_heading(position):
                break  # the page repeats its article for a machine
            spot = self._spot(position, counts[ZoneKind.BODY], after_related=after_related)
            piece = self._piece(position, spot)
            if piece is None:
                continue
            after_related = piece.kind is ZoneKind.RELATED
            below = position - self._order[-1] if self._order else 0
            if below > 0 and not _belongs_below(piece, below, others_began=counts[ZoneKind.RELATED] > related_amid):
                continue
            counts[piece.kind] += 1
            related_amid = counts[ZoneKind.RELATED] if below <= 0 else related_amid
            if not after_related or counts[ZoneKind.RELATED] - related_amid <= MAX_RELATED:
                placed.append(Placed(position, piece))
        if not counts[ZoneKind.COPYRIGHT]:
            placed += self._copyright(placed[-1].position if placed else -1)
        return self._with_tail_links(placed)

    def _is_title_heading(self, position: int) -> bool:
        block = self._blocks[position]
        return block.heading == "h1" and letters_of(block.text) == self._title_letters

    def _with_tail_links(self, placed: list[Placed]) -> list[Placed]:
        """Return the pieces with the links that end the body as what they are: ways to other stories."""
        body = [index for index, item in enumerate(placed) if item.piece.kind is ZoneKind.BODY]
        while len(body) > HEAD_LINES and self._blocks[placed[body[-1]].position].link_share >= WHOLE_LINK_SHARE:
            index = body.pop()
            piece = Piece(placed[index].piece.text, ZoneKind.RELATED, "related-tail")
            placed[index] = Placed(placed[index].position, piece)
        return placed

    def _copyright(self, last: int) -> list[Placed]:
        """Return the page's own copyright line, which stands in its footer."""
        for position in range(max(last + 1, len(self._blocks) - COPYRIGHT_LINES), len(self._blocks)):
            text = self._blocks[position].text
            rule = ZONE_RULES.find(text, Place.TAIL)
            if rule is not None and rule.kind is ZoneKind.COPYRIGHT:
                return [Placed(position, Piece(text, rule.kind, rule.id))]
        return []

    def _region(self) -> Iterator[int]:
        """Yield the positions to read: from the title to some lines after the body."""
        if not self._order:
            return iter(() if self._title_position is None else (self._title_position,))
        first = max(0, self._order[0] - BEFORE_BODY)
        if self._title_position is not None:
            is_amid = self._title_position > self._order[len(self._order) // 2]
            first = self._order[0] if is_amid else self._title_position
        return iter(range(first, min(len(self._blocks), self._order[-1] + 1 + AFTER_BODY)))

    def _find_title(self) -> int | None:
        """Return where the page shows its title: a heading, the last one before the body or else the first amid it."""
        if not self._title_letters:
            return None
        limit = self._order[-1] if self._order else len(self._blocks)
        same = [p for p, block in enumerate(self._blocks[: limit + 1]) if letters_of(block.text) == self._title_letters]
        headings = [p for p in same if self._blocks[p].heading] or same
        if not headings:
            return None
        first = self._order[0] if self._order else limit
        before = [p for p in headings if p <= first]
        return before[-1] if before else headings[0]

    def _spot(self, position: int, body_count: int, *, after_related: bool) -> _Spot:
        block = self._blocks[position]
        place = Place.HEAD if body_count < HEAD_LINES else Place.AMID
        if not self._order or position >= self._order[-TAIL_LINES:][0]:
            place |= Place.TAIL
        is_body = position in self._body.positions
        return _Spot(block, self._body.roles(block), place, is_body, body_count == 0, after_related)

    def _piece(self, position: int, spot: _Spot) -> Piece | None:
        text = spot.block.text
        if position == self._title_position:
            return Piece(text, ZoneKind.TITLE, "title-heading")
        if self._is_left_out(spot):
            return None
        if spot.is_body and spot.roles & Role.EMBED:
            return Piece(text, ZoneKind.BODY, "body-embed")
        rule = ZONE_RULES.find(text, spot.place)
        if rule is not None:
            return None if rule.is_chrome else _ruled_piece(text, rule)
        is_link = spot.block.link_share >= MIN_LINK_SHARE and spot.words >= MIN_RELATED_WORDS
        if is_link and (spot.after_related or _is_shout(spot)):
            return Piece(text, ZoneKind.RELATED, "related-list" if spot.after_related else "related-shout")
        piece = self._picture_piece(position, spot) or self._signing_piece(spot)
        return piece or _role_piece(spot) or (Piece(text, ZoneKind.BODY, "body") if spot.is_body else None)

    def _is_left_out(self, spot: _Spot) -> bool:
        """Whether a line is furniture, says nothing, or says the title again."""
        is_kept = spot.is_body and spot.roles & (Role.BODY | Role.EMBED)
        is_furniture = bool(spot.roles & _NEVER) and not is_kept
        return is_furniture or not letters_of(spot.block.text) or self._is_title_again(spot.block)

    def _is_title_again(self, block: Block) -> bool:
        letters = letters_of(block.text)
        return letters == self._title_letters or (bool(block.heading) and is_same_title(block.text, self._title))

    def _picture_piece(self, position: int, spot: _Spot) -> Piece | None:
        """Return a caption or credit, by markup or because a picture stands in the same element."""
        block, roles = spot.block, spot.roles
        is_below = bool(self._order) and position > self._order[-1]
        if spot.words > MAX_CAPTION_WORDS or (is_below and not self._picture_positions & {position, position - 1}):
            return None
        if block.node in self._pictured and find_credit(block.text) is not None:
            return caption_piece(block.text, "caption-beside-picture")
        if roles & Role.CREDIT:
            return Piece(block.text, ZoneKind.CREDIT, "credit-markup")
        if roles & Role.CAPTION or (roles & Role.FIGURE and not spot.is_body and block.link_share < MIN_LINK_SHARE):
            starts = [mark.start for mark in block.marks if mark.roles & (Role.CREDIT | Role.BYLINE)]
            return caption_piece(block.text, "caption-markup", min(starts, default=None))
        return None

    def _signing_piece(self, spot: _Spot) -> Piece | None:
        """Return what stands between title and body, or signs the article at its end: byline, date, standfirst."""
        text = spot.block.text
        is_signed = spot.place and (spot.roles & (Role.BYLINE | Role.DATE) or _is_signature(spot.block))
        if is_signed and spot.words <= MAX_DATE_LINE_WORDS:
            return Piece(text, ZoneKind.BYLINE, "byline-markup")
        if spot.is_lead and spot.words <= MAX_STANDFIRST_WORDS:
            is_summary = bool(self._summary_letters) and letters_of(text) == self._summary_letters
            is_subhead = spot.is_body and bool(spot.block.heading) and spot.words >= MIN_SUBHEAD_WORDS
            is_subhead = is_subhead and _CLOCK.match(text) is None
            if spot.roles & Role.STANDFIRST or is_subhead or (is_summary and not spot.is_body):
                return Piece(text, ZoneKind.TITLE, "standfirst")
        if is_signed and spot.words <= MAX_BYLINE_WORDS:
            return Piece(text, ZoneKind.BYLINE, "byline-markup")
        if spot.is_lead and spot.words <= MAX_DATE_LINE_WORDS and is_date_line(text):
            return Piece(text, ZoneKind.BYLINE, "date-line-bare")
        return None


def _belongs_below(piece: Piece, below: int, *, others_began: bool) -> bool:
    """Whether a piece below the body is the article's: where lists of other stories begin, their bylines are theirs."""
    if piece.kind in _ALWAYS_BELOW:
        return True
    if piece.rule == "credit-release-source":
        return not others_began
    return not others_began and below <= MAX_BELOW.get(piece.kind, 0)


def _is_signature(block: Block) -> bool:
    """Whether most of a line is in elements that name the author or the date."""
    marked = sum(mark.end - mark.start for mark in block.marks if mark.roles & (Role.BYLINE | Role.DATE))
    return marked >= SIGNATURE_SHARE * len(block.text)


def _is_shout(spot: _Spot) -> bool:
    """Whether a line that is a link is written in capitals: so some outlets put other stories amid the body."""
    return spot.block.text.isupper()


def _ruled_piece(text: str, rule: ZoneRule) -> Piece:
    return caption_piece(text, rule.id) if rule.kind is ZoneKind.CAPTION else Piece(text, rule.kind, rule.id)


def _role_piece(spot: _Spot) -> Piece | None:
    is_story = spot.block.link_share >= MIN_LINK_SHARE and spot.words >= MIN_RELATED_WORDS
    if is_story and spot.roles & (Role.PROMO | Role.RELATED):
        return Piece(spot.block.text, ZoneKind.RELATED, "related-card")
    for role, kind, rule in _BY_ROLE:
        if spot.roles & role and spot.words <= MAX_PROMO_WORDS and spot.block.link_share < MIN_LINK_SHARE:
            return Piece(spot.block.text, kind, rule)
    return None
