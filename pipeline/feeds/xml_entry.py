"""One entry of feedparser → `Entry`: which of its fields is text, teaser, page, maker and picture. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pipeline.feeds.characters import one_line, visible_length, whole
from pipeline.feeds.entry import Entry
from pipeline.feeds.limits import MAX_TEXT_CHARS, MAX_TITLE_CHARS, MAX_VALUES
from pipeline.feeds.links import first_url, links_of, page_link, resolve_url
from pipeline.feeds.media import read_images
from pipeline.feeds.teaser import is_full_text
from schemas.article import ContentType

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>|&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,31});")
# feedparser takes endings of up to four letters for whole ones, and leaves the rest of the address to the name.
_MAIL = re.compile(r"(?:mailto:)?[^\s<>()\[\],;@]{1,100}@[^\s<>()\[\],;@]{1,200}")
_UNREADABLE: Final = ("image/", "audio/", "video/", "application/pdf", "application/zip")
_DATES: Final = {"published": ("published", "created"), "updated": ("updated",)}


def fields_of(parsed: Mapping[str, Any]) -> dict[str, Any]:
    """Return feedparser's dictionary as a plain one: its own answers for absent keys with those of others."""
    return dict(dict.items(parsed)) if isinstance(parsed, dict) else {}


def read_entry(parsed: Mapping[str, Any], position: int, base: str | None) -> Entry:
    """Return the entry; relative addresses that feedparser left are resolved against `base`."""
    fields = fields_of(parsed)
    links = [fields_of(link) for link in fields.get("links") or ()]
    summary, content, is_content = _read_texts(fields)
    title = one_line(fields.get("title"), MAX_TITLE_CHARS)
    source = fields_of(fields.get("source") or {})
    body = content or summary or title or ""
    return Entry(
        position=position,
        title=title,
        link=_read_link(fields, links, base),
        canonical_link=first_url(fields.get("feedburner_origlink"), *links_of(links, "canonical", base), base=base),
        guid=one_line(fields.get("id"), MAX_TITLE_CHARS),
        summary=summary,
        content=body,
        content_type=_type_of(body),
        has_full_text=is_full_text(content or summary, is_content=is_content, summary=summary),
        authors=read_authors(fields),
        published=_read_date(fields, "published"),
        updated=_read_date(fields, "updated"),
        categories=read_categories(fields),
        rights=one_line(fields.get("rights")) or one_line(fields.get("dc_rights")),
        language=one_line(fields.get("language"), 40) or _content_language(fields),
        source_name=one_line(source.get("title")) or one_line(fields.get("dc_source")),
        source_url=first_url(source.get("href"), source.get("link"), source.get("url"), source.get("id"), base=base),
        images=read_images(fields, links, base),
        enclosures=tuple(links_of(links, "enclosure", base))[:MAX_VALUES],
    )


def read_authors(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of all authors as written, an address alone where there is no name."""
    found: list[str] = []
    single = one_line(fields.get("author"))
    for author in fields.get("authors") or ():
        person = fields_of(author)
        name, mail = one_line(person.get("name")), one_line(person.get("email"))
        if name and mail and single and mail in single and _is_cut(name, mail, single):
            name = _MAIL.sub("", single).strip(" ()<>") or single
        if name or mail:
            found.append(name or mail or "")
    if single and not found:
        found.append(single)
    return tuple(dict.fromkeys(found))[:MAX_VALUES]


def _is_cut(name: str, mail: str, written: str) -> bool:
    """Whether a part of the address stands in the name."""
    return "mailto:" in name or mail not in (found.removeprefix("mailto:") for found in _MAIL.findall(written))


def read_categories(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the categories, by the label for people where there is one."""
    tags = (fields_of(tag) for tag in fields.get("tags") or ())
    names = (one_line(tag.get("label")) or one_line(tag.get("term")) for tag in tags)
    return tuple(dict.fromkeys(name for name in names if name))[:MAX_VALUES]


def _read_texts(fields: Mapping[str, Any]) -> tuple[str | None, str | None, bool]:
    """Return summary, content, and whether the content was offered as such."""
    summary = whole(fields.get("summary"), MAX_TEXT_CHARS) or whole(fields.get("subtitle"), MAX_TEXT_CHARS)
    contents = [
        text
        for part in _contents(fields)
        if (text := whole(part.get("value"), MAX_TEXT_CHARS)) and _is_readable(str(part.get("type") or "text/html"))
    ]
    content = max(contents, key=visible_length, default=None)
    if content is None:
        encoded = whole(fields.get("encoded"), MAX_TEXT_CHARS)
        return summary, encoded, encoded is not None
    # Some feeds put the article into the description and a sentence into the content.
    if summary and visible_length(summary) > 2 * visible_length(content):
        return summary, summary, False
    return summary, content, True


def _contents(fields: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for part in fields.get("content") or ():
        yield fields_of(part)


def _is_readable(content_type: str) -> bool:
    return not content_type.lower().startswith(_UNREADABLE)


def _type_of(text: str) -> ContentType:
    return "html" if _TAG.search(text) else "text"


def _read_link(fields: Mapping[str, Any], links: Sequence[Mapping[str, Any]], base: str | None) -> str | None:
    """Return the page: `link`, the alternate of Atom, else a guid that is an address."""
    link = page_link(links, base) or resolve_url(fields.get("link"), base)
    if link is None and not str(fields.get("id") or "").startswith("/"):
        guid = fields.get("id")
        link = resolve_url(guid) if isinstance(guid, str) and guid.lower().startswith(("http:", "https:")) else None
    return link


def _read_date(fields: Mapping[str, Any], name: str) -> str | None:
    return next((line for key in _DATES[name] if (line := one_line(fields.get(key), 200))), None)


def _content_language(fields: Mapping[str, Any]) -> str | None:
    """Return the language that the entry's parts say (`xml:lang`), which feedparser keeps with each of them."""
    details = [*_contents(fields), fields_of(fields.get("title_detail") or {})]
    return next((line for part in details if (line := one_line(part.get("language"), 40))), None)
