"""Wire formats' XML as pages: elements of NITF and XHTML → HTML that extraction reads. Pure; imports the safe parser.

Only what carries text is written, with fresh tags; attributes of the sender go, but for picture addresses.
"""

import html
from collections.abc import Iterator
from typing import Final

from lxml import etree

from pipeline.feeds.characters import one_line
from pipeline.feeds.limits import MAX_TEXT_CHARS
from pipeline.feeds.safe_xml import local_name

_BLOCKS: Final = {
    "p": "p", "h1": "h2", "h2": "h2", "h3": "h3", "h4": "h3", "h5": "h3", "h6": "h3", "hl2": "h3", "li": "li",
    "ul": "ul", "ol": "ol", "blockquote": "blockquote", "bq": "blockquote", "block": "div", "div": "div",
    "table": "table", "tr": "tr", "td": "td", "th": "th", "note": "aside", "pre": "pre", "dl": "dl", "dt": "dt",
    "dd": "dd", "figure": "figure", "figcaption": "figcaption", "media-caption": "figcaption",
}  # fmt: skip
_SKIPPED: Final = frozenset(
    {"script", "style", "head", "media-metadata", "media-object", "media-reference", "iframe", "object", "svg"}
)
_MAX_ELEMENTS: Final = 50_000


def to_html(element: etree._Element) -> str:
    """Return an element's text as HTML, cut at 1.5 million characters; unknown elements give their text only."""
    parts: list[str] = []
    size = 0
    for part in _parts(element):
        parts.append(part)
        size += len(part)
        if size > MAX_TEXT_CHARS:
            break
    return "".join(parts).strip()


def text_in(element: etree._Element | None, limit: int = 1000) -> str | None:
    """Return all text inside an element as one line, None without any."""
    if element is None:
        return None
    return one_line(" ".join("".join(part for part in element.itertext() if isinstance(part, str)).split()), limit)


def find(element: etree._Element, *path: str) -> etree._Element | None:
    """Return the first element under a path of local names, whatever their namespaces; None when there is none."""
    return next(find_all(element, *path), None)


def find_all(element: etree._Element, *path: str) -> Iterator[etree._Element]:
    """Yield the elements under a path of local names (children of children), in document order."""
    for child in element:
        if local_name(child) == path[0]:
            if len(path) == 1:
                yield child
            else:
                yield from find_all(child, *path[1:])


def _parts(element: etree._Element) -> Iterator[str]:
    """Yield HTML for what is inside, without recursion: documents may be nested as deep as the parser allows."""
    if element.text:
        yield html.escape(element.text, quote=False)
    stack: list[tuple[etree._Element, bool]] = [(child, False) for child in reversed(element)]
    count = 0
    while stack and count < _MAX_ELEMENTS:
        node, is_end = stack.pop()
        count += 1
        name = local_name(node)
        tag = _BLOCKS.get(name)
        if is_end:
            yield f"</{tag}>" if tag else ""
        elif name and name not in _SKIPPED:
            yield f"<{tag}>" if tag else ("<br>" if name == "br" else "")
            yield html.escape(node.text or "", quote=False)
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node))
            continue
        if node.tail:
            yield html.escape(node.tail, quote=False)
