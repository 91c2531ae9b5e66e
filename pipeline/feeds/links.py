"""Which of an entry's many addresses is its page. Pure; imports only the URL rules.

Relative addresses are resolved as browsers do; anything that is no http or https address afterwards is no address.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urljoin

from pipeline.sources.urls import MAX_URL_CHARS, canonical_url

_BLANKS = re.compile(r"[\t\n\r]+")
_SLASHES = re.compile(r"(?i)\A(https?):[/\\]*(?=[^/\\])")
_MANY_SLASHES = re.compile(r"\A/{2,}")
_PAGE_TYPES: Final = frozenset({"", "text/html", "application/xhtml+xml", "text/plain", "html"})
# The URL Standard takes blanks and control characters off both ends; feeds add no-break blanks and byte order marks.
_EDGES: Final = "".join(map(chr, range(0x21))) + "\u00a0\ufeff"
_CONTROL_IN_HOST = re.compile(r"(?i)https?://[^/?#]*[\x00-\x20\x7f]")
_WEB = re.compile(r"(?i)https?://")


def resolve_url(url: object, base: str | None = None) -> str | None:
    """Return the absolute http or https address that a written one means, or None.

    Blanks around and line breaks within go, backslashes become slashes as in browsers (URL Standard, 4.4).

    >>> resolve_url(" /ferry ", "https://harbour-post.example/feed"), resolve_url("mailto:a@b.example")
    ('https://harbour-post.example/ferry', None)
    """
    if not isinstance(url, str) or not url.strip() or len(url) > MAX_URL_CHARS:
        return None
    written = _BLANKS.sub("", url.strip(_EDGES))
    path, mark, rest = written.partition("?")
    written = path.replace("\\", "/") + mark + rest
    try:
        written = _MANY_SLASHES.sub("//", written)
        if base and not _WEB.match(written):
            scheme = _SLASHES.match(written)
            same_scheme = scheme and base.lower().startswith(scheme[1].lower() + ":")
            # "http:page" is relative where the base has the same scheme, by an old rule that browsers keep.
            written = urljoin(base, written.partition(":")[2] if scheme and same_scheme else written)
        if not _WEB.match(written):
            written = _SLASHES.sub(r"\1://", written)
        if _CONTROL_IN_HOST.match(written):
            return None
        absolute = written.replace(" ", "%20")
    except ValueError:
        return None
    return absolute if canonical_url(absolute) is not None else None


def first_url(*urls: object, base: str | None = None) -> str | None:
    """Return the first that is an address, or None."""
    return next((found for url in urls if (found := resolve_url(url, base))), None)


def links_of(links: Iterable[Mapping[str, Any]], rel: str, base: str | None = None) -> list[str]:
    """Return the addresses of the links with this relation, in order, each once."""
    found = (resolve_url(link.get("href"), base) for link in links if rel in str(link.get("rel") or "").lower().split())
    return list(dict.fromkeys(url for url in found if url))


def page_link(links: Iterable[Mapping[str, Any]], base: str | None = None) -> str | None:
    """Return the page among an Atom entry's links: the first alternate that is a page, else any alternate, or None."""
    other = None
    for link in links:
        if str(link.get("rel") or "alternate").lower() != "alternate":
            continue
        url = resolve_url(link.get("href"), base)
        kind = str(link.get("type") or "").partition(";")[0].strip().lower()
        if url and kind in _PAGE_TYPES:
            return url
        other = other or url
    return other
