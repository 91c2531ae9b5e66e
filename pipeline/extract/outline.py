"""From an HTML tree to its blocks: the lines a reader sees, in order, each with the elements around it.

HTML tree → `Outline`. One pass over the tree, without recursion, so that nesting depth costs nothing. Imports only
`characters` and `markup` of ours; no network.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from pipeline.extract.characters import clean_line, strip_controls
from pipeline.extract.markup import Role, roles_of

_BLOCK_TAGS: Final = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary",
    "table", "tbody", "tfoot", "thead", "title", "tr", "ul",
))  # fmt: skip
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_UNREADABLE: Final = frozenset((
    "audio", "button", "canvas", "datalist", "head", "iframe", "input", "map", "math", "meter", "noscript",
    "object", "option", "progress", "script", "select", "style", "svg", "template", "textarea", "video",
))  # fmt: skip
_SIGNATURE: Final = int(Role.BYLINE | Role.DATE)
_CELLS: Final = frozenset(("td", "th"))
_CHANGE: Final = re.compile(r"updat|modif|chang|aktualisiert|mise?-a-jour|actualizad", re.IGNORECASE)
MIN_LIST_LINK_CHARS: Final = 25
MAX_BLOCKS: Final = 6000
"""A page with more lines than this is a machine's; the rest is not read. The longest page of 181 has 1,900."""


@dataclass(slots=True, eq=False)
class Node:
    """An element around blocks: its tag, the roles that its names speak for, and its parent."""

    tag: str
    roles: int
    parent: "Node | None"
    depth: int
    weight: int = 0
    """Body letters inside, filled in once the body is known."""


@dataclass(slots=True)
class Mark:
    """An inline element inside a block: half-open code points of the block's text, and its roles."""

    start: int
    end: int
    roles: int


@dataclass(slots=True, eq=False)
class Block:
    """One line of a page. `link_chars` is how much of `text` is link text; `marks` are inline elements with roles."""

    text: str
    node: Node
    link_chars: int = 0
    marks: list[Mark] = field(default_factory=list)

    @property
    def link_share(self) -> float:
        """Share of the text that is link, 0 to 1."""
        return self.link_chars / len(self.text) if self.text else 0.0

    @property
    def heading(self) -> str:
        """The heading element, h1 to h6, that it stands in or directly below; empty when it is no heading."""
        for node in (self.node, self.node.parent):
            if node is not None and node.tag in _HEADINGS:
                return node.tag
        return ""


@dataclass(slots=True)
class Picture:
    """An `img`, and the node it stands in."""

    url: str
    node: Node
    position: int
    """Number of blocks before it."""


@dataclass(slots=True)
class TimeTag:
    """A `time` element's `datetime`, where it stands, and whether its names say that it tells of a change."""

    value: str
    node: Node
    position: int
    is_change: bool


@dataclass(slots=True)
class Outline:
    """All that is readable on a page, in order."""

    blocks: list[Block] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    times: list[TimeTag] = field(default_factory=list)


class _Reader:
    """Collects the text of one block after another."""

    def __init__(self) -> None:
        self.outline = Outline()
        self.node = Node("html", 0, None, 0)
        self._pieces: list[str] = []
        self._length = 0
        self._blank = True
        self._links = 0
        self._link_depth = 0
        self._marks: list[Mark] = []
        self._open: list[tuple[int, int]] = []

    def add(self, text: str | None) -> None:
        """Append text to the current block; a run of blanks counts as one."""
        if not text:
            return
        if not text.isascii():
            text = strip_controls(text)
        line = " ".join(text.split())
        if not line:
            if text:
                self.space()
            return
        if text[0].isspace():
            self.space()
        self._append(line)
        self._blank = False
        if self._link_depth:
            self._links += len(line)
        if text[-1].isspace():
            self.space()

    def space(self) -> None:
        """Append one blank, unless there is one already."""
        if not self._blank:
            self._append(" ")
            self._blank = True

    def _append(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)

    def open_link(self) -> None:
        """Begin a link. Links in a row are lines of a list, unless they are as short as words of a menu."""
        gap = self._length - (1 if self._blank else 0)
        if self._links >= MIN_LIST_LINK_CHARS and self._links == gap:
            self.flush()
        self._link_depth += 1

    def close_link(self) -> None:
        """End a link."""
        self._link_depth -= 1

    def open_mark(self, roles: int) -> None:
        """Begin an inline element with roles."""
        self._open.append((roles, self._length))

    def close_mark(self) -> None:
        """End the innermost inline element with roles."""
        roles, start = self._open.pop()
        if self._length > start:
            self._marks.append(Mark(start, self._length, roles))

    def flush(self) -> None:
        """End the current block; an open inline element goes on in the next one."""
        if self._length:
            self._marks += [Mark(start, self._length, roles) for roles, start in self._open if self._length > start]
            if len(self.outline.blocks) < MAX_BLOCKS:
                _keep(self.outline.blocks, "".join(self._pieces), self.node, self._links, self._marks)
            self._pieces, self._length, self._links, self._marks = [], 0, 0, []
        self._blank = True
        self._open = [(roles, 0) for roles, _ in self._open]


def _keep(blocks: list[Block], raw: str, node: Node, links: int, marks: list[Mark]) -> None:
    """Add a block, unless it is blank; marks are given up when cleaning moves characters."""
    text = raw.rstrip()
    cleaned = clean_line(text)
    if not cleaned:
        return
    kept = [Mark(m.start, min(m.end, len(text)), m.roles) for m in marks if m.start < len(text)]
    blocks.append(Block(cleaned, node, min(links, len(cleaned)), kept if len(cleaned) == len(text) else []))


def read_outline(tree: HtmlElement) -> Outline:
    """Return the blocks, pictures and times of an lxml HTML tree, in document order.

    A line break ends a block (but not a heading); a table row is one block. Scripts, forms' fields and the head are
    not read. The tree is left as it is.
    """
    reader = _Reader()
    walk = etree.iterwalk(tree, events=("start", "end"))
    ends: list[int] = []  # per open element what its end has to do, see the flags below
    for event, element in walk:
        if event == "start":
            if not isinstance(element.tag, str) or element.tag in _UNREADABLE:
                walk.skip_subtree()
                ends.append(_SKIPPED)
            else:
                ends.append(_start(reader, element))
        else:
            _end(reader, ends.pop())
            reader.add(element.tail)
    reader.flush()
    return reader.outline


_SKIPPED: Final = 0
_INLINE: Final = 1
_BLOCK: Final = 2
_MARKED: Final = 4
_LINK: Final = 8
_CELL: Final = 16


def _start(reader: _Reader, element: HtmlElement) -> int:
    tag = element.tag
    roles = roles_of(tag, element.items())
    kind = _INLINE
    if tag in _BLOCK_TAGS:
        reader.flush()
        reader.node = Node(tag, roles, reader.node, reader.node.depth + 1)
        kind = _BLOCK
    elif tag == "br":
        if reader.node.tag in _HEADINGS:
            reader.space()
        else:
            reader.flush()
    elif tag == "img":
        _add_picture(reader, element)
    else:
        if tag in _CELLS:
            reader.space()
            kind |= _CELL
        elif tag == "a":
            reader.open_link()
            kind |= _LINK
        elif tag == "time":
            _add_time(reader, element)
        if roles:
            if roles & _SIGNATURE:
                reader.space()  # "Reuters" and "22 Oct 2026" are two, however tight they are set
            reader.open_mark(roles)
            kind |= _MARKED
    reader.add(element.text)
    return kind


def _end(reader: _Reader, kind: int) -> None:
    if kind & _MARKED:
        reader.close_mark()
    if kind & _LINK:
        reader.close_link()
    if kind & _CELL:
        reader.space()
    if kind & _BLOCK:
        reader.flush()
        if reader.node.parent is not None:
            reader.node = reader.node.parent


def _add_picture(reader: _Reader, element: HtmlElement) -> None:
    url = element.get("src") or element.get("data-src") or ""
    if url and not url.startswith("data:"):
        reader.outline.pictures.append(Picture(url.strip(), reader.node, len(reader.outline.blocks)))


def _add_time(reader: _Reader, element: HtmlElement) -> None:
    value = element.get("datetime", "").strip()
    if not value:
        return
    parent = element.getparent()
    names = " ".join(e.get(key, "") for e in (element, parent) if e is not None for key in ("class", "itemprop"))
    is_change = _CHANGE.search(names[:300]) is not None
    reader.outline.times.append(TimeTag(value, reader.node, len(reader.outline.blocks), is_change))
