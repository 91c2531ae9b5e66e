"""Cleaning of characters: what may stand in the text of an article. Pure; imports nothing of ours."""

import re
import unicodedata
from typing import Final

_LINE_END: Final = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Controls without a meaning, lone surrogates and non-characters; and invisible marks that split words for searching:
# soft hyphen, zero-width space, word joiner, byte order mark, bidirectional controls. The zero-width joiners stay:
# Persian, Hindi and emoji are misspelt without them.
_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]+"
)
_ASCII_MARKS: Final = bytes(code for code in range(128) if not chr(code).isalnum())


def strip_controls(text: str) -> str:
    """Return the text without control characters, invisible marks and lone surrogates; line ends stay as they are."""
    return _UNWANTED.sub("", text)


def with_newlines(text: str) -> str:
    """Return the text with every kind of line end as a newline."""
    return _LINE_END.sub("\n", text)


def clean_line(text: str) -> str:
    r"""Return the text as one line: no controls, blanks joined to single spaces, composed (NFC).

    >>> clean_line("  Mu\u0308n\u00adchen\n will\u00a0bauen ")
    'München will bauen'
    """
    line = " ".join(strip_controls(text).split())
    return line if unicodedata.is_normalized("NFC", line) else unicodedata.normalize("NFC", line)


def letters_of(text: str) -> str:
    """Return letters and digits only, case folded: the form in which two renderings of one text are compared.

    >>> letters_of("“Well,” he  said.")
    'wellhesaid'
    """
    if text.isascii():
        return text.encode().translate(None, _ASCII_MARKS).decode().lower()
    return "".join(filter(str.isalnum, text)).casefold()


def weight_of(text: str) -> int:
    """Return how much a text says: its letters and digits, those of scripts without blanks counted threefold.

    A Chinese or Japanese character carries about as much as three letters; so one threshold serves all scripts.
    """
    plain = letters_of(text)
    if plain.isascii():
        return len(plain)
    return len(plain) + 2 * sum("\u3040" <= char <= "\u9fff" for char in plain)
