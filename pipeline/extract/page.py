"""An HTML page → `ExtractedArticle`: parses once, shares the tree, and puts the parts together. Pure, no network.

`read_page` does all that the content alone decides, at nearly all of the cost; `extract_page` adds the record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree, html
from lxml.html import HtmlElement

from pipeline.extract.body import Body
from pipeline.extract.boilerplate import find_body_lines
from pipeline.extract.characters import weight_of
from pipeline.extract.claims import Claims
from pipeline.extract.extracted import ExtractedArticle
from pipeline.extract.json_ld import read_json_ld
from pipeline.extract.meta_tags import read_meta, read_microdata
from pipeline.extract.not_article import PageFacts, find_refusal
from pipeline.extract.outline import Outline, read_outline
from pipeline.extract.page_facts import build_page_article
from pipeline.extract.page_zones import PageZones, Placed
from pipeline.extract.titles import choose_title
from schemas.annotations import ZoneKind
from schemas.article import RawArticle
from schemas.errors import BAD_INPUT, NotAnArticle, Rejected

MAX_PAGE_CHARS: Final = 4_000_000
"""A raw article holds at most 2 MiB; what is longer did not come from a producer of ours."""
MAX_TITLE_CHARS: Final = 500
_DROPPED: Final = (
    "script", "style", "svg", "template", "canvas", "iframe", "object", "noscript", "nav", "select", "button", "input",
    "source", "link",
)  # fmt: skip
"""Subtrees without text of the article; the tree is copied several times later, so they go first."""
_PARSER_OPTIONS: Final = {
    "collect_ids": False,
    "default_doctype": False,
    "remove_comments": True,
    "remove_pis": True,
    "no_network": True,
    "huge_tree": False,
}
HEADLINE_WORDS: Final = 5
PROSE_WEIGHT: Final = 100


@dataclass(frozen=True, slots=True)
class Page:
    """A page as read: structured data by signal, blocks in order, which of them are the body, its title element."""

    linked: Claims
    meta: Claims
    micro: Claims
    outline: Outline
    body: Body
    title_element: str

    @property
    def claims(self) -> tuple[Claims, Claims, Claims]:
        """The claims, most trusted first."""
        return (self.linked, self.micro, self.meta)


def read_page(content: str) -> Page:
    """Return what a page says, whatever its address and whoever delivered it. Can be pickled.

    Raises:
        NotAnArticle: the page is empty.
        Rejected: `bad-input`, the content cannot be read as HTML.
    """
    tree = _parse(content)
    scripts = [script.text or "" for script in tree.iter("script") if "ld+json" in (script.get("type") or "").lower()]
    title = tree.find(".//title")
    linked, meta, micro = read_json_ld(scripts), read_meta(tree), read_microdata(tree)
    etree.strip_elements(tree, *_DROPPED, with_tail=False)  # what no reader sees
    outline = read_outline(tree)
    lines = find_body_lines(tree) + [line for line in linked.body.split("\n") if line.strip()]
    return Page(
        linked=linked,
        meta=meta,
        micro=micro,
        outline=outline,
        body=Body(outline.blocks, lines),
        title_element=(title.text_content() if title is not None else "")[:MAX_TITLE_CHARS],
    )


def extract_page(raw: RawArticle, page: Page) -> ExtractedArticle:
    """Return the parts of the article on a page, read from the record's content.

    Raises:
        NotAnArticle: a home or index page, an error page, a cookie wall, or too little text; says which.
    """
    title = _title(page, raw)
    summary = next((claims.description for claims in page.claims if claims.description), "")
    placed = PageZones(page.outline, page.body, title, summary).label()
    refusal = find_refusal(_facts(page, placed, title, raw))
    if refusal:
        raise NotAnArticle(refusal)
    return build_page_article(raw, page.claims, page.outline, placed, title)


def _parse(content: str) -> HtmlElement:
    if len(content) > MAX_PAGE_CHARS:
        raise Rejected(BAD_INPUT, f"The page has {len(content):,} characters; {MAX_PAGE_CHARS:,} are the limit.")
    markup = content.encode("utf-8", "ignore").replace(b"\0", b"")
    if not markup.strip():
        msg = "The page is empty."
        raise NotAnArticle(msg)
    try:
        tree = html.document_fromstring(markup, parser=html.HTMLParser(encoding="utf-8", **_PARSER_OPTIONS))
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise Rejected(BAD_INPUT, f"The page cannot be read as HTML: {str(error)[:200]}.") from error
    return tree


def _title(page: Page, raw: RawArticle) -> str:
    headings = _headings(page.outline)
    cards = (
        len(set(page.micro.titles)) > 1
    )  # microdata of several headlines is of teasers: any of them may be another's
    claimed = [title for claims in (page.linked, page.meta) for title in claims.titles]
    claimed += [] if cards else page.micro.titles
    if raw.feed_entry.title:
        claimed.append(raw.feed_entry.title)
    sites = [name for claims in page.claims if (name := claims.site_name)]
    if raw.source.name:
        sites.append(raw.source.name)
    if raw.source.domain:
        sites.append(raw.source.domain.removeprefix("www.").partition(".")[0])
    return choose_title(headings, claimed, page.title_element, sites)[:MAX_TITLE_CHARS].strip()


def _headings(outline: Outline) -> list[str]:
    first = [block.text for block in outline.blocks if block.heading == "h1"]
    return first or [block.text for block in outline.blocks if block.heading == "h2"][:1]


def _facts(page: Page, placed: Sequence[Placed], title: str, raw: RawArticle) -> PageFacts:
    lines = [item.piece.text for item in placed if item.piece.kind is ZoneKind.BODY]
    shown = {item.position for item in placed}
    links = [
        block
        for position, block in enumerate(page.outline.blocks)
        if position not in shown and block.link_share > 0.8 and len(block.text.split()) >= HEADLINE_WORDS
    ]
    return PageFacts(
        title=title or page.title_element,
        body=" ".join(lines),
        body_weight=sum(weight_of(line) for line in lines),
        prose_lines=sum(weight_of(line) >= PROSE_WEIGHT for line in lines),
        headline_links=len(links),
        headline_link_weight=sum(weight_of(block.text) for block in links),
        is_marked=any(claims.is_article for claims in page.claims),
        kinds=page.linked.kinds + page.meta.kinds,
        url=raw.http.final_url or raw.url,
        status=raw.http.status,
    )
