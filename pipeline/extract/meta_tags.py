"""Meta tags, Open Graph, Dublin Core, link elements and microdata.

HTML tree → one `Claims` for the head and one for the microdata. Pure; imports only `claims`, `characters` of ours.
"""

import itertools
from collections import defaultdict
from typing import Final

from lxml.html import HtmlElement

from pipeline.extract.characters import clean_line
from pipeline.extract.claims import Claims, Name

MAX_META: Final = 400
MAX_DEPTH: Final = 12
MAX_VALUE_CHARS: Final = 3000
_TITLES: Final = (
    "og:title",
    "twitter:title",
    "dc.title",
    "dcterms.title",
    "parsely-title",
    "sailthru.title",
    "headline",
    "title",
)
_DESCRIPTIONS: Final = (
    "og:description",
    "description",
    "twitter:description",
    "dc.description",
    "sailthru.description",
)
_PUBLISHED: Final = (
    "article:published_time", "article:published", "og:published_time", "og:article:published_time", "datepublished",
    "date_published", "publication_date", "publish_date", "publish-date", "publishdate", "pubdate", "parsely-pub-date",
    "sailthru.date", "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date.created", "dc.date",
    "dcterms.date", "article_date_original", "originalpublicationdate", "cxenseparse:recs:publishtime",
    "rnews:datepublished", "displaydate",
    "citation_publication_date", "date",
)  # fmt: skip
_MODIFIED: Final = (
    "article:modified_time", "og:updated_time", "article:modified", "datemodified", "date_modified", "dcterms.modified",
    "dc.date.modified", "lastmod", "last-modified", "lastmodified", "revised",
)  # fmt: skip
_AUTHORS: Final = (
    "author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl", "authors",
    "article:author_name", "cxenseparse:author",
)  # fmt: skip
_SECTIONS: Final = ("article:section", "section", "parsely-section", "cxenseparse:recs:articlesection", "dc.subject")
_KEYWORDS: Final = ("news_keywords", "keywords", "article:tag", "parsely-tags", "sailthru.tags")
_SITES: Final = ("og:site_name", "application-name", "dc.publisher", "publisher")
_LANGUAGES: Final = ("content-language", "language", "og:locale", "dc.language", "dcterms.language")
_RIGHTS: Final = ("copyright", "dc.rights", "dcterms.rights", "rights", "dcterms.license")
_IMAGES: Final = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_SOURCES: Final = ("original-source", "syndication-source", "dc.source", "dcterms.source", "article:source")
_LOCKED: Final = frozenset(("locked", "metered", "paid", "premium", "subscriber"))


def read_meta(tree: HtmlElement) -> Claims:
    """Return what the head of the page claims."""
    values = _values(tree)

    def first(*names: str) -> str:
        return next((found[0] for name in names if (found := values.get(name))), "")

    def every(*names: str) -> list[str]:
        return list(dict.fromkeys(value for name in names for value in values.get(name, ())))

    tier = first("article:content_tier").casefold()
    keywords = [part for name in _KEYWORDS if name in values for value in values[name] for part in value.split(",")]
    claims = Claims(
        is_article=first("og:type").casefold() in {"article", "news", "newsarticle", "og:article"},
        kinds=(first("og:type").casefold(),),
        titles=every(*_TITLES),
        description=first(*_DESCRIPTIONS),
        published=every(*_PUBLISHED),
        modified=every(*_MODIFIED),
        authors=[Name(value) for name in _AUTHORS for value in values.get(name, ())],
        section=first(*_SECTIONS),
        keywords=list(dict.fromkeys(stripped for part in keywords if (stripped := part.strip()))),
        language=(
            tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or first(*_LANGUAGES)
        ).strip(),
        rights=first(*_RIGHTS),
        images=every(*_IMAGES),
        site_name=first(*_SITES),
        is_free=None if not tier else tier not in _LOCKED,
        sources=[("meta-source", value) for value in every(*_SOURCES)],
    )
    _read_links(tree, claims)
    claims.canonical += every("og:url")
    return claims


def _values(tree: HtmlElement) -> dict[str, list[str]]:
    values: dict[str, list[str]] = defaultdict(list)
    for count, meta in enumerate(tree.iter("meta")):
        if count >= MAX_META:
            break
        content = clean_line((meta.get("content") or "")[:MAX_VALUE_CHARS])
        if not content:
            continue
        names = {(meta.get(key) or "").strip().lower() for key in ("property", "name", "itemprop", "http-equiv")}
        for name in names:
            if name:
                values[name].append(content)
    return values


def _read_links(tree: HtmlElement, claims: Claims) -> None:
    for link in tree.iter("link"):
        relation, address = (link.get("rel") or "").lower().split(), (link.get("href") or "").strip()
        if not address:
            continue
        if "canonical" in relation:
            claims.canonical.insert(0, address)
        elif "license" in relation and not claims.rights:
            claims.rights = address


def read_microdata(tree: HtmlElement) -> Claims:
    """Return what `itemprop` attributes claim: https://html.spec.whatwg.org/multipage/microdata.html."""
    claims = Claims()
    for element in tree.xpath("//*[@itemprop]")[: MAX_META * 2]:
        if element.tag == "meta" and element.getparent() is not None and element.getparent().tag == "head":
            continue
        if not _is_of_comment(element):
            _read_property(claims, element)
    kinds = tree.xpath("//@itemtype")
    claims.is_article = any("Article" in kind or "BlogPosting" in kind for kind in kinds)
    return claims


def _is_of_comment(element: HtmlElement) -> bool:
    """Whether a property belongs to a reader's comment: those bear dates and authors too."""
    return any(
        "Comment" in (around.get("itemtype") or "")
        or "comment" in (around.get("id") or "") + (around.get("class") or "")
        for around in (element, *itertools.islice(element.iterancestors(), MAX_DEPTH))
        if around.tag != "body"
    )


def _read_property(claims: Claims, element: HtmlElement) -> None:
    for name in (element.get("itemprop") or "").split():
        if name == "headline":
            claims.titles.append(_value(element))
        elif name == "datePublished":
            claims.published.append(_value(element))
        elif name == "dateModified":
            claims.modified.append(_value(element))
        elif name in {"author", "creator"}:
            named = element.xpath(".//*[@itemprop='name']")
            claims.authors += [
                Name(_value(inner), "Organization" in (element.get("itemtype") or ""))
                for inner in named[:10] or [element]
            ]
        elif name == "isAccessibleForFree":
            claims.is_free = _value(element).casefold() not in {
                "false",
                "http://schema.org/false",
                "https://schema.org/false",
            }
        elif name == "articleSection" and not claims.section:
            claims.section = _value(element)


def _value(element: HtmlElement) -> str:
    value = element.get("content") or element.get("datetime") or "".join(element.itertext())
    return clean_line(str(value)[:MAX_VALUE_CHARS])
