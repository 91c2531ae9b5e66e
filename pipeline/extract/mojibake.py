"""Text that was decoded as Windows-1252 although it was UTF-8, once or several times over: "Ã©" → "é". Pure.

Only runs of characters that are valid UTF-8 when taken as bytes are changed, so that right text stays as it is.
"""

import re
from typing import Final

_SIGNS: Final = ("Ã", "â€", "Â")
"""What the bytes of UTF-8 look like in Windows-1252; asked first, because nearly all texts have none of them."""

_C1: Final = {byte: byte for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}  # bytes that Windows-1252 leaves undefined
_TO_BYTE: Final = {ord(bytes([byte]).decode("cp1252")): byte for byte in range(0x80, 0x100) if byte not in _C1} | _C1
_RUN: Final = re.compile(f"[{re.escape(''.join(map(chr, _TO_BYTE)))}]{{2,}}")
MAX_ROUNDS: Final = 3
"""Each wrong decoding on the way of a text takes one round; three were seen."""


def repair_encoding(text: str) -> str:
    """Return the text with wrongly decoded runs put right.

    >>> repair_encoding("ObamaÃ¢â‚¬â„¢s cafÃ©, naïve as ever")
    'Obama’s café, naïve as ever'
    """
    for _ in range(MAX_ROUNDS):
        if not any(sign in text for sign in _SIGNS):
            return text
        repaired = _RUN.sub(_decoded, text)
        if repaired == text:
            break
        text = repaired
    return text


def _decoded(run: re.Match[str]) -> str:
    try:
        return bytes(_TO_BYTE[ord(char)] for char in run.group()).decode()
    except UnicodeDecodeError:
        return run.group()
