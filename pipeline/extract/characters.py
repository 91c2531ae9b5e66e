"""Cleaning of characters: what may stand in the text of an article. Pure; imports nothing of ours."""

import re
import unicodedata
from typing import Final

_BLANKS: Final = re.compile(r"\s+")
_LINE_ENDS: Final = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Invisible marks that split words for searching: soft hyphen, zero-width space, word joiner, byte order mark and the
# bidirectional controls. The zero-width joiners stay: Persian, Hindi and emoji are misspelt without them.
_INVISIBLE: Final = (0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
_CONTROLS: Final = (*range(0x20), *range(0x7F, 0xA0))
_SURROGATES: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
_LINE_CHARACTERS: Final = (0x09, 0x0A, 0x0D, 0x0B, 0x0C, 0x85)
_DROP: Final = {code: None for code in (*_INVISIBLE, *_CONTROLS) if code not in _LINE_CHARACTERS}
_UNWANTED: Final = re.compile("[" + "".join(map(chr, _DROP)).replace("\\", r"\\").replace("]", r"\]") + "]")
_NOT_WORD: Final = re.compile(r"[\W_]+")
MAX_NAME_CHARS: Final = 300


def strip_controls(text: str) -> str:
    """Return the text without control characters, invisible marks and lone surrogates; line ends become newlines."""
    if _UNWANTED.search(text):
        text = text.translate(_DROP)
    text = _SURROGATES.sub("", text)
    return _LINE_ENDS.sub("\n", text)


def clean_line(text: str) -> str:
    r"""Return the text as one line: no controls, blanks joined to single spaces, composed (NFC).

    >>> clean_line("  Mu\u0308n\u00adchen\n will\u00a0bauen ")
    'München will bauen'
    """
    line = _BLANKS.sub(" ", strip_controls(text)).strip()
    return line if unicodedata.is_normalized("NFC", line) else unicodedata.normalize("NFC", line)


def letters_of(text: str) -> str:
    """Return letters and digits only, case folded: the form in which two renderings of one text are compared.

    >>> letters_of("“Well,” he  said.")
    'wellhesaid'
    """
    return _NOT_WORD.sub("", text).casefold()


def weight_of(text: str) -> int:
    """Return how much a text says: its letters and digits, those of scripts without blanks counted threefold.

    A Chinese or Japanese character carries about as much as three letters; so one threshold serves all scripts.
    """
    plain = letters_of(text)
    if plain.isascii():
        return len(plain)
    return len(plain) + 2 * sum("\u3040" <= char <= "\u9fff" for char in plain)
