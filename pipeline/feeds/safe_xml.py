"""XML from strangers made harmless: no entities, DTD or external access, bounded nesting. Text → text or tree. Pure.

Parsers of any kind have forms of input on which they take minutes (100,000 attributes, 200,000 open elements); these
are refused before a parser sees them. The limits are far above every feed of the test suites of five feed readers.
"""

import re
from html.entities import html5
from typing import Final

from lxml import etree

from pipeline.feeds.limits import MAX_DEPTH
from schemas.errors import BAD_INPUT, Rejected

MAX_TAG_CHARS: Final = 256 * 1024
MAX_ATTRIBUTES: Final = 300
MAX_TAGS: Final = 600_000
MAX_STRAYS: Final = 2000
"""Angle brackets that open no tag."""
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9._-]{0,31});")
_NUMBERED = re.compile(r"&#(?:([0-9]{1,12})|[xX]([0-9A-Fa-f]{1,12}));")
_DECLARED_ENTITY = re.compile(r"<!ENTITY\s{1,20}([A-Za-z][\w.-]{0,31})\s{1,20}[\"']([^\"'&%<>]{0,32})[\"']\s{0,20}>")
_SUBSET_END = re.compile(r"\]\s{0,20}>")
_PROLOG_CHARS: Final = 256 * 1024
_MAX_SUBSET_CHARS: Final = 64 * 1024
_MARKUP: Final = frozenset("<>&\"'")
_NAME = re.compile(r"/?[A-Za-z_:][\w:.-]{0,200}")
# HTML elements that never end; feeds with bare markup are full of them.
_VOID: Final = frozenset({"br", "img", "hr", "input", "meta", "wbr", "source", "area", "col", "embed", "p", "li"})
_PARSER_OPTIONS: Final = {
    "recover": True, "resolve_entities": False, "no_network": True, "load_dtd": False, "dtd_validation": False,
    "huge_tree": False, "remove_comments": True, "remove_pis": True,
}  # fmt: skip


def clean_xml(text: str) -> str:
    """Return the document without DOCTYPE, with named entities as characters, without characters that XML forbids.

    Of the document's own entities only short ones of plain text count; all others stay as written. A document can
    therefore grow to about ten times its size, and never more.
    """
    text = _ILLEGAL.sub("", text).lstrip("\ufeff \t\r\n")
    text, own = _drop_doctype(text)

    def character(match: re.Match[str]) -> str:
        name = match[1]
        if name in own:
            return own[name]
        value = html5.get(name + ";", "")
        return match[0] if not value or _MARKUP.intersection(value) else value

    return _NUMBERED.sub(_legal_number, _ENTITY.sub(character, text))


def check_markup(text: str) -> None:
    """Refuse a document on which parsers take too long; linear in its length.

    Raises:
        Rejected: `bad-input`, with the limit that was passed.
    """
    depth: list[str] = []
    position = tags = strays = 0
    while (start := text.find("<", position)) >= 0:
        skipped = _skip_section(text, start)
        if skipped is not None:
            position = skipped
            continue
        name = _NAME.match(text, start + 1)
        end = text.find(">", start, start + MAX_TAG_CHARS) if name else -1
        if name and end < 0 and len(text) - start > MAX_TAG_CHARS:
            raise Rejected(BAD_INPUT, f"A tag has more than {MAX_TAG_CHARS:,} characters.")
        if name is None or end < 0:
            strays += 1
            position = start + 1
            if strays > MAX_STRAYS:
                raise Rejected(BAD_INPUT, f"It is no usable XML: more than {MAX_STRAYS:,} brackets open no tag.")
            continue
        tags += 1
        if tags > MAX_TAGS:
            raise Rejected(BAD_INPUT, f"It has more than {MAX_TAGS:,} tags.")
        tag = text[start : end + 1]
        _check_tag(tag)
        _follow(depth, name[0].lower(), is_closed=tag.endswith("/>"))
        position = end + 1


def parse_tree(text: str) -> etree._Element:
    """Return the root of a document, mended where it is not well-formed; without DTD, entities, comments.

    Raises:
        Rejected: `bad-input`, there is no element, or the markup is hostile.
    """
    cleaned = clean_xml(text)
    check_markup(cleaned)
    parser = etree.XMLParser(encoding="utf-8", **_PARSER_OPTIONS)
    cleaned = _DECLARATION.sub("", cleaned, count=1)
    try:
        root = etree.fromstring(cleaned.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError) as error:
        raise Rejected(BAD_INPUT, f"It is no XML: {str(error)[:200]}.") from error
    if root is None:
        raise Rejected(BAD_INPUT, "It is no XML: there is no element.")
    return root


def _legal_number(match: re.Match[str]) -> str:
    """Return a numeric reference as written, U+FFFD for one to a character that XML forbids."""
    number = int(match[1]) if match[1] else int(match[2], 16)
    is_legal = number <= 0x10FFFF and (number >= 0x20 or number in {9, 10, 13}) and not _ILLEGAL.match(chr(number))
    return match[0] if is_legal else "\ufffd"


_DECLARATION = re.compile(r"\A\s{0,100}<\?xml[^<>]{0,400}\?>")
_BARE_AMPERSAND = re.compile(r"&(?!(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});)")


def escape_ampersands(text: str) -> str:
    """Return the document with ampersands that begin no entity written as `&amp;`: the commonest fault of all.

    >>> escape_ampersands('<a href="?a=1&b=2">Wafer &amp; Wire</a>')
    '<a href="?a=1&amp;b=2">Wafer &amp; Wire</a>'
    """
    return _BARE_AMPERSAND.sub("&amp;", text)


def local_name(element: etree._Element) -> str:
    """Return the name of an element without namespace, in lower case; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _skip_section(text: str, start: int) -> int | None:
    """Return where a CDATA section, comment or instruction ends, None when none begins here."""
    for opening, closing in (("<![CDATA[", "]]>"), ("<!--", "-->"), ("<?", ">"), ("<!", ">")):
        if text.startswith(opening, start):
            end = text.find(closing, start + len(opening))
            return end + len(closing) if end >= 0 else len(text)
    return None


def _check_tag(tag: str) -> None:
    if tag.count("=") > MAX_ATTRIBUTES and len(tag.split()) > MAX_ATTRIBUTES:
        raise Rejected(BAD_INPUT, f"A tag has more than {MAX_ATTRIBUTES} attributes.")
    if tag.count("<") > MAX_ATTRIBUTES:
        raise Rejected(BAD_INPUT, "A tag that is never closed holds hundreds of others.")


def _follow(open_names: list[str], name: str, *, is_closed: bool) -> None:
    if name.startswith("/"):
        bare = name[1:]
        if bare in open_names[-MAX_DEPTH:]:
            while open_names.pop() != bare:
                pass
    elif not is_closed and name not in _VOID:
        open_names.append(name)
        if len(open_names) > MAX_DEPTH:
            raise Rejected(BAD_INPUT, f"Its elements are nested more than {MAX_DEPTH} deep.")


def _drop_doctype(text: str) -> tuple[str, dict[str, str]]:
    """Return the text without its DOCTYPE, and the short plain entities that it declares."""
    found = re.search(r"<!DOCTYPE", text[:_PROLOG_CHARS], re.IGNORECASE)
    if found is None or re.search(r"<[A-Za-z]", text[: found.start()]):
        return text, {}
    start, after = found.start(), found.end()
    close, bracket = text.find(">", after), text.find("[", after)
    if close < 0:
        return text[:start], {}
    if bracket < 0 or close < bracket:
        return text[:start] + text[close + 1 :], {}
    end = _SUBSET_END.search(text, bracket)
    if end is None:
        return text[:start] + text[close + 1 :], {}
    declared = _DECLARED_ENTITY.findall(text[bracket : min(end.start(), bracket + _MAX_SUBSET_CHARS)])
    return text[:start] + text[end.end() :], dict(declared)
