"""The pictures of an article, each with the caption and the credit that stand beside it. Pure."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urljoin

from pipeline.extract.body import chain
from pipeline.extract.outline import Outline, Picture
from pipeline.extract.page_zones import Placed
from pipeline.extract.pieces import Piece, is_picture_credit
from schemas.annotations import Image, ZoneKind

MAX_IMAGES: Final = 20
MAX_URL_CHARS: Final = 2000
NEAR_BLOCKS: Final = 3
"""A caption follows its picture within so many lines, where no element holds both."""
_FURNITURE: Final = re.compile(
    r"logo|icon|avatar|sprite|pixel|spacer|blank|gravatar|placeholder|tracking|badge|1x1|emoji|\.svg(?:$|\?)|/ads?/",
    re.IGNORECASE,
)
_NO_CREDIT_MARKS: Final = " ()[]|"


def find_images(
    outline: Outline, placed: Sequence[Placed], claimed: Sequence[str], base: str | None
) -> tuple[Image, ...]:
    """Return the pictures between the article's first and last piece; without any, the one that the page claims.

    A caption belongs to the nearest picture before it; one without a picture in the markup is an image without URL.
    """
    shown = [item for item in placed if item.position >= 0]
    if not shown:
        return tuple(Image(url=url) for url in _absolute(claimed[:1], base))
    first, last = shown[0].position, shown[-1].position
    pictures = [p for p in outline.pictures if first <= p.position <= last + 1 and not _FURNITURE.search(p.url)]
    captions = _captions(shown)
    images: list[Image] = []
    for picture in pictures:
        position = _caption_of(picture, captions, outline)
        caption, credit = captions.pop(position) if position is not None else (None, None)
        for url in _absolute([picture.url], base):
            if caption or credit or url not in {image.url for image in images}:
                images.append(Image(url=url, caption=caption, credit=credit))
    left = [Image(caption=caption, credit=credit) for caption, credit in captions.values()]
    if left and claimed and not images:
        lead = next(iter(_absolute(claimed[:1], base)), None)
        left[0] = Image(url=lead, caption=left[0].caption, credit=left[0].credit)
    found = (images + left)[:MAX_IMAGES]
    return tuple(found) or tuple(Image(url=url) for url in _absolute(claimed[:1], base))


def caption_and_credit(piece: Piece) -> tuple[str | None, str | None]:
    """Return the caption and the credit that one piece holds; the credit without the brackets around it."""
    if piece.kind is ZoneKind.CREDIT:
        return None, bare_credit(piece.text)
    if piece.tail_start is None:
        return piece.text, None
    return piece.text[: piece.tail_start].strip() or None, bare_credit(piece.text[piece.tail_start :])


def bare_credit(credit: str) -> str | None:
    """Return a credit line without brackets and blanks.

    >>> bare_credit("(Photo by Ada Holm)")
    'Photo by Ada Holm'
    """
    return credit.strip().strip(_NO_CREDIT_MARKS).strip() or None


def _captions(shown: Sequence[Placed]) -> dict[int, tuple[str | None, str | None]]:
    """Return caption and credit by position; a credit line right after a caption without one belongs to it."""
    found: dict[int, tuple[str | None, str | None]] = {}
    previous: int | None = None
    for item in shown:
        is_credit = is_picture_credit(item.piece)
        if is_credit and previous is not None and found[previous][1] is None:
            found[previous] = (found[previous][0], bare_credit(item.piece.text))
            previous = None
        elif is_credit or item.piece.kind is ZoneKind.CAPTION:
            found[item.position] = caption_and_credit(item.piece)
            previous = item.position
        else:
            previous = None
    return found


def _caption_of(picture: Picture, captions: dict[int, tuple[str | None, str | None]], outline: Outline) -> int | None:
    around = list(chain(picture.node))[:3]
    for position in captions:
        node = outline.blocks[position].node
        if position >= picture.position and any(shared in around for shared in list(chain(node))[:3]):
            return position
    near = [position for position in captions if picture.position <= position < picture.position + NEAR_BLOCKS]
    return near[0] if near else None


def _absolute(urls: Sequence[str], base: str | None) -> list[str]:
    found = []
    for url in urls:
        try:
            joined = urljoin(base or "", url.strip())
        except ValueError:
            continue
        if joined and len(joined) <= MAX_URL_CHARS and not joined.startswith(("data:", "javascript:")):
            found.append(joined)
    return found
