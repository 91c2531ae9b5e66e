"""A plain text → `ExtractedArticle`: lines of files, feeds' texts and reprints, told apart by wording. Pure.

`read_text` labels the lines by what content and title say; `extract_text` adds the rest of the record.
"""

from collections.abc import Sequence
from typing import Final

from pipeline.extract.authors import find_authors
from pipeline.extract.characters import clean_line, letters_of, weight_of
from pipeline.extract.credits import find_credit, find_glued_credit, is_caption_with_credit
from pipeline.extract.dateline import find_dateline
from pipeline.extract.dates import TimeClaim, choose_time, url_claims
from pipeline.extract.extracted import ExtractedArticle
from pipeline.extract.inferred_year import infer_year
from pipeline.extract.moments import is_date_line
from pipeline.extract.not_article import MIN_TEXT_WEIGHT
from pipeline.extract.paragraphs import split_paragraphs
from pipeline.extract.pictures import bare_credit, caption_and_credit
from pipeline.extract.pieces import Piece, caption_piece, is_picture_credit, join_pieces, split_ends
from pipeline.extract.record_facts import clean_summary, is_month_first, modified_claims, published_claims, source_hints
from pipeline.extract.titles import title_from
from pipeline.extract.visible_times import dateline_claims, split_dated
from pipeline.extract.zones import ZONE_RULES, Place
from pipeline.sources.urls import canonical_url
from schemas.annotations import ArticleTime, Image, TimeSignal, ZoneKind
from schemas.article import RawArticle
from schemas.errors import BAD_INPUT, NotAnArticle, Rejected

MAX_TEXT_CHARS: Final = 4_000_000
HEAD_PARAGRAPHS: Final = 8
"""Captions, bylines and notices that lead a text stand among its first paragraphs."""
TAIL_PARAGRAPHS: Final = 4
MAX_TITLE_CHARS: Final = 220
MAX_TITLE_WORDS: Final = 32


def read_text(content: str, record_title: str) -> list[Piece]:
    """Return the labelled lines of a text. `record_title` is the title that came beside it, clean; "" when none did.

    Raises:
        NotAnArticle: there is no text.
        Rejected: `bad-input`, too long to be an article.
    """
    if len(content) > MAX_TEXT_CHARS:
        raise Rejected(BAD_INPUT, f"The text has {len(content):,} characters; {MAX_TEXT_CHARS:,} are the limit.")
    paragraphs = _unglue(split_paragraphs(content))
    if not paragraphs:
        msg = "The text is empty."
        raise NotAnArticle(msg)
    return split_ends(_label(paragraphs, record_title))


def extract_text(raw: RawArticle, pieces: Sequence[Piece]) -> ExtractedArticle:
    """Return the parts of an article that came as plain text, whose labelled lines are `pieces`.

    Raises:
        NotAnArticle: there is next to no text.
    """
    body = [piece.text for piece in pieces if piece.kind is ZoneKind.BODY]
    if weight_of(" ".join(body)[: MIN_TEXT_WEIGHT * 20]) < MIN_TEXT_WEIGHT:
        msg = "The text has no body: nothing but a title, promotion or notices."
        raise NotAnArticle(msg)
    text, zones = join_pieces(pieces)
    title = next((piece.text for piece in pieces if piece.kind is ZoneKind.TITLE), "") or title_from(body[0])
    printed = [piece.text for piece in pieces if piece.rule in {"byline-by", "byline-dotted"}]
    authors = find_authors([raw.feed_entry.authors, printed], [raw.source.name])
    published, modified = _times(raw, pieces, body)
    copyright_line = next((piece.text for piece in pieces if piece.kind is ZoneKind.COPYRIGHT), None)
    canonical = canonical_url(raw.canonical_url) or canonical_url(raw.url)
    return ExtractedArticle(
        title=title,
        text=text,
        zones=zones,
        summary=clean_summary(raw.feed_entry.summary),
        published=published,
        modified=modified,
        authors=authors.people,
        images=_images(pieces),
        keywords=tuple(dict.fromkeys(clean_line(word) for word in raw.feed_entry.categories if word.strip())),
        language_claimed=raw.feed_entry.language or raw.http.content_language,
        rights=raw.feed_entry.rights or copyright_line,
        canonical_url=canonical,
        source_hints=tuple(source_hints(raw, (), canonical, authors.others)),
    )


def _unglue(paragraphs: Sequence[str]) -> list[str]:
    """Return the paragraphs, those of the head cut after a caption's credit that other text follows on one line."""
    cut: list[str] = []
    for paragraph in paragraphs[:HEAD_PARAGRAPHS]:
        glued = find_glued_credit(paragraph)
        cut += [paragraph[: glued[1]], paragraph[glued[1] :].lstrip()] if glued else [paragraph]
    return [*cut, *paragraphs[HEAD_PARAGRAPHS:]]


def _label(paragraphs: Sequence[str], record_title: str) -> list[Piece]:
    """Return the labelled paragraphs; the record's title is put first when the text does not show it."""
    wanted = letters_of(record_title)
    pieces: list[Piece] = []
    has_title = has_body = False
    for position, paragraph in enumerate(paragraphs):
        if not letters_of(paragraph):
            continue  # a row of stars or dashes says nothing
        is_head = position < HEAD_PARAGRAPHS and not has_body
        if is_head and wanted and letters_of(paragraph) == wanted and not has_title:
            pieces.append(Piece(paragraph, ZoneKind.TITLE, "title-record"))
            has_title = True
            continue
        place = (Place.HEAD if is_head else Place.AMID) | (
            Place.TAIL if position >= len(paragraphs) - TAIL_PARAGRAPHS else Place.AMID
        )
        piece = _by_wording(paragraph, place, is_head=is_head)
        if (
            piece is None
            and is_head
            and not wanted
            and not has_title
            and _is_title(paragraph, paragraphs[position + 1 :])
        ):
            piece = Piece(paragraph, ZoneKind.TITLE, "title-line")
            has_title = True
        if piece is None:
            piece = Piece(paragraph, ZoneKind.BODY, "body")
            has_body = True
        pieces.append(piece)
    if wanted and not has_title:
        pieces.insert(0, Piece(record_title, ZoneKind.TITLE, "title-record"))
    return pieces


def _by_wording(paragraph: str, place: Place, *, is_head: bool) -> Piece | None:
    rule = ZONE_RULES.find(paragraph, place)
    if rule is not None:
        return (
            caption_piece(paragraph, rule.id) if rule.kind is ZoneKind.CAPTION else Piece(paragraph, rule.kind, rule.id)
        )
    if is_caption_with_credit(paragraph, is_head=is_head):
        return caption_piece(paragraph, "caption-with-credit")
    if is_head and is_date_line(paragraph):
        return Piece(paragraph, ZoneKind.BYLINE, "date-line-bare")
    if is_head and find_credit(paragraph) == 0 and len(paragraph) < 160:
        return Piece(paragraph, ZoneKind.CREDIT, "credit-line")
    return None


def _is_title(paragraph: str, following: Sequence[str]) -> bool:
    """Whether a head paragraph is the title: short, no sentence, no dateline, and followed by longer text."""
    if len(paragraph) > MAX_TITLE_CHARS or len(paragraph.split()) > MAX_TITLE_WORDS or not following:
        return False
    if paragraph.endswith((".", ":", ";", ",")) and not paragraph.endswith(
        ("...", "U.S.", "U.N.", "D.C.", "Jr.", "Inc.")
    ):
        return False
    if find_dateline(paragraph) and not paragraph.isupper():
        return False
    return max(len(line) for line in following[:6]) > len(paragraph)


def _times(raw: RawArticle, pieces: Sequence[Piece], body: Sequence[str]) -> tuple[ArticleTime, ArticleTime]:
    bylines = [piece.text for piece in pieces if piece.kind is ZoneKind.BYLINE]
    published, changed = split_dated(bylines)
    claims = [
        *published_claims(raw),
        *(TimeClaim(TimeSignal.VISIBLE, line) for line in published[:1]),
        *dateline_claims(body[0]),
        *url_claims(raw.http.final_url or raw.url),
    ]
    month_first = is_month_first(raw.feed_entry.language)
    found = choose_time(claims, raw.fetched_at, month_first=month_first)
    if not claims:
        found = infer_year(pieces, raw.fetched_at)
    changes = [*modified_claims(raw), *(TimeClaim(TimeSignal.VISIBLE, line) for line in changed[:1])]
    return found, choose_time(changes, raw.fetched_at, month_first=month_first)


def _images(pieces: Sequence[Piece]) -> tuple[Image, ...]:
    """Return one picture per caption; a credit line after a caption without one belongs to it."""
    images: list[Image] = []
    previous = None
    for piece in pieces:
        if piece.kind is ZoneKind.CAPTION:
            caption, credit = caption_and_credit(piece)
            images.append(Image(caption=caption, credit=credit))
        elif is_picture_credit(piece):
            credit = bare_credit(piece.text)
            if previous is ZoneKind.CAPTION and images and images[-1].credit is None:
                images[-1] = Image(caption=images[-1].caption, credit=credit)
            else:
                images.append(Image(credit=credit))
        previous = piece.kind
    return tuple(images)
