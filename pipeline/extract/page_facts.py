"""The facts about a page's article that are not its text: times, authors, images, rights, hints at who made it first.

Claims, blocks and pieces of one page → `ExtractedArticle`. Pure.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.extract.authors import Authors, find_authors
from pipeline.extract.characters import clean_line, letters_of
from pipeline.extract.claims import Claims
from pipeline.extract.dates import TimeClaim, choose_time, url_claims
from pipeline.extract.extracted import ExtractedArticle
from pipeline.extract.markup import Role
from pipeline.extract.outline import Outline
from pipeline.extract.page_zones import Placed
from pipeline.extract.pictures import find_images
from pipeline.extract.pieces import join_pieces, split_ends
from pipeline.extract.record_facts import clean_summary, is_month_first, modified_claims, published_claims, source_hints
from pipeline.extract.titles import title_from
from pipeline.extract.visible_times import dateline_claims, find_visible_times
from pipeline.sources.urls import canonical_url, domain_of
from schemas.annotations import ArticleTime, TimeSignal, ZoneKind
from schemas.article import RawArticle

MAX_KEYWORDS: Final = 40


def build_page_article(
    raw: RawArticle, claims: Sequence[Claims], outline: Outline, placed: Sequence[Placed], title: str
) -> ExtractedArticle:
    """Return the article. `claims` are those of JSON-LD, microdata and meta tags, in this order."""
    linked, _, meta = claims
    text, zones = join_pieces(split_ends([item.piece for item in placed]))
    language = next((c.language for c in (meta, linked) if c.language), "")
    language = language or raw.http.content_language or raw.feed_entry.language or ""
    published, modified = _times(raw, claims, outline, placed, language)
    canonical = _canonical(raw, claims)
    authors = _authors(raw, claims, outline, placed)
    is_free = next((c.is_free for c in claims if c.is_free is not None), None)
    base = raw.http.final_url or raw.url
    return ExtractedArticle(
        title=title or title_from(_first_text(placed, ZoneKind.BODY) or ""),
        text=text,
        zones=zones,
        summary=_summary(raw, claims, placed),
        published=published,
        modified=modified,
        authors=authors.people,
        section=next((c.section for c in claims if c.section), None),
        images=find_images(outline, placed, [url for c in claims for url in c.images], base),
        keywords=_keywords(raw, claims),
        language_claimed=language or None,
        rights=_rights(raw, claims, placed),
        paywalled=None if is_free is None else not is_free,
        site_name=next((c.site_name for c in (meta, linked) if c.site_name), None),
        canonical_url=canonical,
        source_hints=tuple(source_hints(raw, claims, canonical, authors.others)),
    )


def _times(
    raw: RawArticle, claims: Sequence[Claims], outline: Outline, placed: Sequence[Placed], language: str
) -> tuple[ArticleTime, ArticleTime]:
    linked, micro, meta = claims
    visible, changed = find_visible_times(outline, placed)
    published = [
        *published_claims(raw),
        *(TimeClaim(TimeSignal.JSON_LD, value) for value in (*linked.published, *micro.published)),
        *(TimeClaim(TimeSignal.META, value) for value in meta.published),
        *visible,
        *dateline_claims(_first_text(placed, ZoneKind.BODY)),
        *url_claims(raw.http.final_url or raw.url),
    ]
    modified = [
        *modified_claims(raw),
        *(TimeClaim(TimeSignal.JSON_LD, value) for value in (*linked.modified, *micro.modified)),
        *(TimeClaim(TimeSignal.META, value) for value in meta.modified),
        *changed,
    ]
    month_first = is_month_first(language)
    return (
        choose_time(published, raw.fetched_at, month_first=month_first),
        choose_time(modified, raw.fetched_at, month_first=month_first),
    )


def _first_text(placed: Sequence[Placed], kind: ZoneKind) -> str | None:
    return next((item.piece.text for item in placed if item.piece.kind is kind), None)


def _summary(raw: RawArticle, claims: Sequence[Claims], placed: Sequence[Placed]) -> str:
    standfirst = next((item.piece.text for item in placed if item.piece.rule == "standfirst"), "")
    title = next((letters_of(item.piece.text) for item in placed if item.piece.kind is ZoneKind.TITLE), "")
    described = [c.description for c in claims if c.description and letters_of(c.description) != title]
    return standfirst or clean_summary(next(iter(described), raw.feed_entry.summary))


def _rights(raw: RawArticle, claims: Sequence[Claims], placed: Sequence[Placed]) -> str | None:
    claimed = next((c.rights for c in claims if c.rights), None)
    return claimed or raw.feed_entry.rights or _first_text(placed, ZoneKind.COPYRIGHT)


def _keywords(raw: RawArticle, claims: Sequence[Claims]) -> tuple[str, ...]:
    named = [*(word for c in claims for word in c.keywords), *raw.feed_entry.categories]
    unique = {word.casefold(): word for word in reversed([clean_line(word) for word in named]) if word}
    return tuple(reversed(unique.values()))[:MAX_KEYWORDS]


def _canonical(raw: RawArticle, claims: Sequence[Claims]) -> str | None:
    """Return the address that the page prefers; a link element wins, and one to a front page is a fault of the site."""
    _, _, meta = claims
    for address in (*meta.canonical, *(url for c in claims for url in c.canonical)):
        url = canonical_url(address)
        if url and url.count("/") > 2 and url.partition("//")[2].partition("/")[2]:
            return url
    return canonical_url(raw.canonical_url) or canonical_url(raw.url)


def _authors(raw: RawArticle, claims: Sequence[Claims], outline: Outline, placed: Sequence[Placed]) -> Authors:
    linked, micro, meta = claims
    labels = [(domain_of(url) or "").partition(".")[0] for url in (raw.url, *(u for c in claims for u in c.canonical))]
    sites = [*(c.site_name for c in claims), raw.source.name, *labels]
    organisations = [name.value for c in claims for name in c.authors if name.is_organisation]
    people = [[name.value for name in c.authors if not name.is_organisation] for c in (linked, micro, meta)]
    printed = list(_printed(outline, placed))
    found = find_authors([*people, raw.feed_entry.authors, printed], sites)
    named = find_authors([organisations], sites)
    others = dict.fromkeys((*(clean_line(name) for name in organisations), *named.others, *found.others))
    return Authors(found.people, tuple(name for name in others if name))


def _printed(outline: Outline, placed: Sequence[Placed]) -> Iterator[str]:
    """Yield the names in byline pieces: what markup singles out inside a line, else the line if it says "by"."""
    for item in placed:
        if item.piece.kind is not ZoneKind.BYLINE or item.position < 0:
            continue
        block = outline.blocks[item.position]
        marked = [block.text[m.start : m.end] for m in block.marks if m.roles & Role.BYLINE and not m.roles & Role.DATE]
        if marked:
            yield from marked[-1:]
        elif item.piece.rule in {"byline-by", "byline-dotted", "byline-written", "byline-markup"}:
            yield item.piece.text
