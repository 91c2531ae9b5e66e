"""Bytes of an XML or JSON document → characters, and single lines made clean. Pure.

What the document declares is often wrong, so UTF-8 that is valid wins over every declaration.
"""

import codecs
import re
from typing import Final

from charset_normalizer import from_bytes

from pipeline.feeds.limits import MAX_LINE_CHARS

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The first characters of a document in an encoding of two or four bytes that has no mark (XML 1.0, appendix F).
_MARKS: Final = (
    (b"\x00\x00\x00<", "utf-32-be"), (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<\x00", "utf-16-be"), (b"<\x00", "utf-16-le"), (b"\x00{\x00", "utf-16-be"), (b"{\x00", "utf-16-le"),
)  # fmt: skip
# WHATWG Encoding Standard: documents that say the left mean the right.
_MEANT: Final = {
    "iso-8859-1": "windows-1252", "latin-1": "windows-1252", "latin1": "windows-1252", "us-ascii": "windows-1252",
    "ascii": "windows-1252", "iso-8859-9": "windows-1254", "gb2312": "gb18030", "gbk": "gb18030",
    "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "shift_jis": "cp932", "x-sjis": "cp932", "tis-620": "cp874",
}  # fmt: skip
# Encodings whose bytes are all ASCII: valid UTF-8 that means something else.
_ESCAPED: Final = frozenset({"iso-2022-jp", "hz-gb-2312", "hz", "utf-7", "iso-2022-kr"})
_DECLARED = re.compile(rb"<\?xml[^<>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']\s{0,9}([A-Za-z0-9_.:-]{2,40})")
_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_DETECT_BYTES: Final = 32 * 1024
_SURROGATE = re.compile("[\ud800-\udfff\x00]")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_TEXT_CODECS: Final = frozenset({"rot13", "hex", "base64", "zlib", "bz2", "idna", "punycode", "unicode_escape"})


def decode_document(value: bytes, content_type: str | None = None) -> str:
    """Return a document's characters, never failing: wrong bytes become U+FFFD.

    By byte order mark, as UTF-8, by the charset of `content_type` (the HTTP header), by the XML declaration, by
    detection. A text that says UTF-8 and mostly is keeps its good characters.
    """
    for bom, encoding in _BOMS:
        if value.startswith(bom):
            return value[len(bom) :].decode(encoding, "replace")
    start = value[:64].lstrip(b" \t\r\n")
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return value.decode(encoding, "replace")
    claims = [name.lower() for name in (_header_charset(content_type), _xml_charset(value)) if name]
    if not _ESCAPED.intersection(claims):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return _decode_claimed(value, claims)


def _decode_claimed(value: bytes, claims: list[str]) -> str:
    mended = value.decode("utf-8", "replace")
    wrong = mended.count("\ufffd")
    # More good letters outside ASCII than wrong bytes: it is UTF-8 with damage.
    good = sum(1 for letter in mended[:200_000] if letter > "\x7f" and letter != "\ufffd")
    if good > wrong and len(mended) > 0:
        return mended
    for name in claims:
        encoding = _MEANT.get(name, name)
        if encoding in {"utf-8", "utf8", "utf-16", "utf-32"} or encoding in _TEXT_CODECS:
            continue
        try:
            return value.decode(encoding)
        except (LookupError, ValueError):
            continue
    best = from_bytes(value[:_DETECT_BYTES]).best() if not claims or good else None
    return value.decode(best.encoding if best else "windows-1252", "replace")


def _header_charset(content_type: str | None) -> str | None:
    found = _CHARSET.search(content_type[:500]) if content_type else None
    return found[1] if found else None


def _xml_charset(value: bytes) -> str | None:
    found = _DECLARED.search(value[:1024])
    return found[1].decode("ascii") if found else None


def one_line(text: object, limit: int = MAX_LINE_CHARS) -> str | None:
    r"""Return a short value without runs of blanks, NUL and lone surrogates, cut at `limit`; None when nothing is left.

    >>> one_line("  Ferry\n late "), one_line(" "), one_line(None)
    ('Ferry late', None, None)
    """
    if not isinstance(text, str):
        return None
    return _SURROGATE.sub("\ufffd", " ".join(text[: limit * 4].split())[:limit]) or None


def whole(text: object, limit: int) -> str | None:
    """Return a long text as it is, at most `limit` characters, without NUL and lone surrogates; None when blank."""
    if not isinstance(text, str) or not text.strip():
        return None
    return _SURROGATE.sub("\ufffd", text[:limit])


def visible_length(markup: str | None) -> int:
    """Return about how many characters of a text with tags a reader sees."""
    return len(" ".join(_TAG.sub(" ", markup).split())) if markup else 0
