"""Bytes of a page or text → characters. Pure; imports charset-normalizer for what nobody declares."""

import codecs
import re
from typing import Final

from charset_normalizer import from_bytes

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# WHATWG Encoding Standard: pages that say the left mean the right.
_MEANT: Final = {
    "iso-8859-1": "windows-1252", "latin-1": "windows-1252", "latin1": "windows-1252", "us-ascii": "windows-1252",
    "ascii": "windows-1252", "iso-8859-9": "windows-1254", "gb2312": "gb18030", "gbk": "gb18030",
    "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "shift_jis": "cp932", "x-sjis": "cp932", "tis-620": "cp874",
}  # fmt: skip
_DECLARED = re.compile(rb"(?:charset|encoding)\s{0,3}=\s{0,3}[\"']?\s{0,3}([a-zA-Z0-9_.:-]{2,40})")
_DECLARED_WITHIN: Final = 4096
_DETECT_BYTES: Final = 32 * 1024


def decode_page(value: bytes) -> str:
    """Return a page's characters: by byte order mark, by its own declaration if that fits, as UTF-8, by detection."""
    declared = _DECLARED.search(value[:_DECLARED_WITHIN])
    return _decode(value, declared[1].decode("ascii").lower() if declared else None)


def decode_text(value: bytes) -> str:
    """Return a text's characters: by byte order mark, as UTF-8, by detection."""
    return _decode(value, None)


def is_binary(value: bytes) -> bool:
    """Return whether the bytes are no text in any encoding (pictures, archives): NULs without a byte order mark."""
    return b"\x00" in value[:4096] and not value.startswith(tuple(bom for bom, _ in _BOMS))


def _decode(value: bytes, declared: str | None) -> str:
    for bom, marked in _BOMS:
        if value.startswith(bom):
            return value.decode(marked, "replace").removeprefix("\ufeff")
    # UTF-8 first: text of another encoding is hardly ever valid UTF-8, while declarations are often wrong.
    for encoding in ("utf-8", _MEANT.get(declared, declared) if declared else None):
        text = _try(value, encoding) if encoding else None
        if text is not None:
            return text
    best = from_bytes(value[:_DETECT_BYTES]).best()
    return value.decode(best.encoding if best else "windows-1252", "replace")


def _try(value: bytes, encoding: str) -> str | None:
    try:
        return value.decode(encoding)
    except (LookupError, ValueError):  # an encoding that nobody knows, one that is none of text, or another one
        return None
