"""JSON-LD: the article object among a page's `application/ld+json` scripts, broken ones included.

Script texts → `Claims`. https://schema.org/NewsArticle, https://www.w3.org/TR/json-ld11/#embedding-json-ld-in-html-documents.
Pure; imports only `claims` and `characters` of ours.
"""

import html
import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.extract.characters import clean_line
from pipeline.extract.claims import Claims, Name

MAX_SCRIPT_CHARS: Final = 500_000
MAX_OBJECTS: Final = 400
MAX_BODY_CHARS: Final = 300_000
MAX_VALUES: Final = 40
_ARTICLE: Final = re.compile(r"(?:^|[a-z])(?:Article|BlogPosting|LiveBlogPosting|NewsBlog|Report)$|^Article$|^Report$")
_OPINION_OF: Final = frozenset(("WebPage", "ItemPage", "VideoObject", "CreativeWork"))
_BRACKET: Final = re.compile(r"\[\s*[{\[]|\{")
_AFTER_LAST: Final = re.compile(r"[^}\]]{0,100}$")
_LONGEST_TAIL_CHARS: Final = 110
"""More than `_AFTER_LAST` can match."""
_TRAILING_COMMA: Final = re.compile(r",\s*([}\]])")
_FALSE: Final = frozenset(("false", "http://schema.org/false", "https://schema.org/false", "no", "0"))
_TRUE: Final = frozenset(("true", "http://schema.org/true", "https://schema.org/true", "yes", "1"))


def read_json_ld(scripts: Sequence[str]) -> Claims:
    """Return what the page's best article object claims; without one, an empty `Claims`.

    An object of an article type wins over a web page with a headline; among several, the one that says most.
    """
    objects = [found for script in scripts for found in _objects(script)][:MAX_OBJECTS]
    candidates = [found for found in objects if _rank(found) > (0, 0)]
    by_id = {key: found for found in objects if isinstance(key := found.get("@id"), str) and len(found) > 1}
    claims = _claims_of(max(candidates, key=_rank), by_id) if candidates else Claims()
    claims.kinds = tuple(kind for found in objects for kind in _types(found))
    if not claims.site_name:
        claims.site_name = next((_text(f.get("name")) for f in objects if "WebSite" in _types(f)), "")
    return claims


def _objects(script: str) -> Iterator[dict[str, object]]:
    """Yield every object that can be an article: top level, in lists, in `@graph` and as a page's main entity."""
    waiting: list[object] = list(_parsed(script))
    seen = 0
    while waiting and seen < MAX_OBJECTS:
        value = waiting.pop(0)
        seen += 1
        if isinstance(value, list):
            waiting[:0] = value[:MAX_OBJECTS]
        elif isinstance(value, dict):
            yield value
            waiting += [
                value[key] for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement") if key in value
            ]


def _parsed(script: str) -> Iterator[object]:
    """Yield the JSON values of a script; mends what is commonly broken and keeps what stands before the fault."""
    found_start = _BRACKET.search(script)
    if found_start is None:
        return
    text = script[found_start.start() : MAX_SCRIPT_CHARS]
    end = max(0, len(text) - _LONGEST_TAIL_CHARS)  # looked for from the very beginning, it takes a millisecond
    text = text[:end] + _AFTER_LAST.sub("", text[end:])
    decoder = json.JSONDecoder(strict=False)
    for attempt in _mended(text):
        position, found = 0, []
        try:
            while position < len(attempt):
                value, position = decoder.raw_decode(attempt, position)
                found.append(value)
                while position < len(attempt) and attempt[position] in " \t\r\n;,":
                    position += 1
        except (ValueError, RecursionError):
            if not found:
                continue
        yield from found
        return


def _mended(text: str) -> Iterator[str]:
    """Yield the text as it is, then with its common faults mended."""
    yield text
    yield _TRAILING_COMMA.sub(r"\1", text)
    yield _TRAILING_COMMA.sub(r"\1", html.unescape(text))


def _types(value: dict[str, object]) -> list[str]:
    kinds = value.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return [name.rpartition("/")[2].rpartition(":")[2] for name in names if isinstance(name, str)]


def _rank(value: dict[str, object]) -> tuple[int, int]:
    kinds = _types(value)
    said = sum(key in value for key in ("headline", "datePublished", "author", "articleBody", "publisher", "image"))
    if any(_ARTICLE.search(kind) for kind in kinds):
        return (2, said)
    if said >= 2 and "headline" in value and any(kind in _OPINION_OF for kind in kinds):
        return (1, said)
    return (0, 0) if said < 3 or kinds else (1, said)


def _resolved(value: object, by_id: dict[str, dict[str, object]]) -> list[object]:
    """Return a value's items, each mere reference (`{"@id": …}`) replaced by the object that it names."""
    items = (value if isinstance(value, list) else [value])[:MAX_VALUES]
    return [
        by_id.get(str(item.get("@id")), item) if isinstance(item, dict) and len(item) == 1 else item for item in items
    ]


def _claims_of(value: dict[str, object], by_id: dict[str, dict[str, object]]) -> Claims:
    publisher = _resolved(value.get("publisher"), by_id)
    is_article = _rank(value)[0] == 2
    claims = Claims(
        is_article=is_article,
        titles=_texts(value, "headline", "name", "alternativeHeadline") if is_article else _texts(value, "headline"),
        description=_text(value.get("description")),
        published=_texts(value, "datePublished", "dateCreated", "uploadDate"),
        modified=_texts(value, "dateModified"),
        authors=[name for name in _names(_resolved(value.get("author") or value.get("creator"), by_id)) if name.value],
        section=next(iter(_texts(value, "articleSection")), ""),
        keywords=_keywords(value.get("keywords")),
        language=_text(value.get("inLanguage")),
        rights=_text(value.get("license")) or _text(value.get("copyrightNotice")) or _text(value.get("usageInfo")),
        images=_urls(value.get("image")) or _urls(value.get("thumbnailUrl")),
        site_name=next((name.value for name in _names(publisher)), ""),
        canonical=[address for address in _urls(value.get("url")) + _urls(value.get("mainEntityOfPage")) if address],
        is_free=_truth(value.get("isAccessibleForFree")),
        body=str(value["articleBody"])[:MAX_BODY_CHARS] if isinstance(value.get("articleBody"), str) else "",
    )
    for key in ("sourceOrganization", "isBasedOn", "isBasedOnUrl", "provider", "copyrightHolder"):
        claims.sources += [("json-ld-source", named) for named in _who(value.get(key)) if named]
    claims.sources += [("json-ld-publisher", named) for named in _who(publisher) if named]
    return claims


def _text(value: object) -> str:
    """Return a value's text, of a list the first, of an object its name or address."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = next((value[key] for key in ("name", "@value", "url") if isinstance(value.get(key), str)), None)
    if not isinstance(value, str):
        return ""
    return clean_line(html.unescape(value[:5000]))


def _texts(value: dict[str, object], *keys: str) -> list[str]:
    found = (_text(value.get(key)) for key in keys)
    return [text for text in found if text]


def _names(value: object) -> list[Name]:
    names = []
    for item in (value if isinstance(value, list) else [value])[:MAX_VALUES]:
        kinds = _types(item) if isinstance(item, dict) else []
        if isinstance(item, dict) and isinstance(item.get("name"), list):
            names += [Name(_text(part)) for part in item["name"][:MAX_VALUES]]
        elif text := _text(item):
            names.append(Name(text, any("Organization" in kind for kind in kinds)))
    return names


def _who(value: object) -> list[str]:
    """Return name and address of each one named: either may tell who it is."""
    found = []
    for item in (value if isinstance(value, list) else [value])[:MAX_VALUES]:
        if isinstance(item, dict):
            found += [_text(item.get("name")), _text(item.get("url"))]
        else:
            found.append(_text(item))
    return found


def _urls(value: object) -> list[str]:
    addresses = [_address(item) for item in (value if isinstance(value, list) else [value])[:MAX_VALUES]]
    return [address.strip() for address in addresses if address.startswith(("http", "/"))]


def _address(item: object) -> str:
    if isinstance(item, dict):
        item = item.get("url") or item.get("contentUrl") or item.get("@id")
    if isinstance(item, list):
        item = item[0] if item else None
    return item if isinstance(item, str) else ""


def _keywords(value: object) -> list[str]:
    items = value if isinstance(value, list) else re.split(r"[,;]", value) if isinstance(value, str) else []
    return [text for item in items[:MAX_VALUES] if (text := _text(item))]


def _truth(value: object) -> bool | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, bool):
        return value
    lowered = str(value).strip().casefold()
    if lowered in _FALSE:
        return False
    return True if lowered in _TRUE else None
