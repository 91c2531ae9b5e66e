"""Addresses within the site, and which addresses of the world may be linked to. Pure."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from pipeline.web.params import SearchParams, pairs_of


class SearchLinks:
    """The addresses of one search with changes; a page has hundreds, so what does not change is encoded once."""

    def __init__(self, params: SearchParams) -> None:
        self._params = params
        self._pieces = {name: _encode(name, getattr(params, name)) for name in SearchParams.model_fields}
        self._pieces["cursor"] = ""

    def to(self, form: str = "", **changes: object) -> str:
        """Return an address, of the first page: a cursor belongs to the search it came from. `form` as elsewhere."""
        changed = {name: _encode(name, value) for name, value in changes.items()}
        query = "&".join(filter(None, (self._pieces | changed).values()))
        path = f"/search.{form}" if form else "/"
        return f"{path}?{query}" if query else path

    def toggled(self, name: str, value: str) -> str:
        """Return the address with a facet's value selected, or no longer."""
        chosen: list[str] = getattr(self._params, name)
        rest = [one for one in chosen if one != value]
        changes: dict[str, Any] = {name: rest if len(rest) < len(chosen) else [*chosen, value]}
        return self.to(**changes)


def search_link(params: SearchParams, form: str = "", **changes: object) -> str:
    """Return the address of a search with changes; `form` is the format of a twin or export, such as `json`.

    >>> search_link(SearchParams(q="a b", cursor="x"), sort="newest")
    '/?q=a+b&sort=newest'
    """
    return SearchLinks(params).to(form, **changes)


def _encode(name: str, value: object) -> str:
    return "&".join(f"{known}={_quoted(text)}" for known, text in pairs_of(name, value))


# A chart's dates and the most frequent names stand on page after page.
@lru_cache(maxsize=2048)
def _quoted(text: str) -> str:
    return quote_plus(text)


def link(path: str, pairs: Iterable[tuple[str, str]] = ()) -> str:
    """Return a path of this site with a query string."""
    query = urlencode(list(pairs))
    return f"{path}?{query}" if query else path


def article_link(article_id: str) -> str:
    """Return the address of an article's page."""
    return f"/articles/{quote(article_id, safe='')}"


def story_link(story_id: str) -> str:
    """Return the address of a story's page."""
    return f"/stories/{quote(story_id, safe='')}"


def source_link(source: str) -> str:
    """Return the address of a publisher's page, by id or domain."""
    return link("/source", [("id", source)])


def entity_link(kind: str, name: str) -> str:
    """Return the address of an entity's page; the name may hold any sign, so it is a parameter."""
    return link("/entity", [("kind", kind), ("name", name)])


def web_address(url: str | None) -> str | None:
    """Return the address when a browser may be sent there: http or https with a host; None for anything else.

    >>> web_address("javascript:alert(1)") is None
    True
    """
    if not url or len(url) > 2048 or any(sign <= " " or sign == "\x7f" for sign in url):
        return None
    try:
        parts = urlsplit(url)
        known = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    return url if known and "\\" not in url else None


def host_shown(url: str) -> str:
    """Return the host of an address for people, without `www.`."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
