"""A plain text's paragraphs: blank lines separate them, or line ends do, and hard-wrapped lines are joined. Pure."""

import re
import unicodedata
from typing import Final

from pipeline.extract.characters import strip_controls, with_newlines

MAX_PARAGRAPHS: Final = 5000
_BLANK_LINE: Final = re.compile(r"\n[ \t\u00a0\u3000]*\n\s*")
_SENTENCE_END: Final = re.compile(r"[.!?:;…”\"»“'’)\]]\s*$")
MIN_WRAP_CHARS: Final = 45
MIN_BROKEN_CHARS: Final = 30
MAX_WRAP_CHARS: Final = 100
"""Hard-wrapped mail and wire text has lines of 50 to 80 characters; real one-line paragraphs vary far more."""


def split_paragraphs(text: str) -> list[str]:
    r"""Return the paragraphs of a plain text, each as one clean line, in order.

    >>> split_paragraphs("Ferry is late\n\nThe ferry was\n  late.\n")
    ['Ferry is late', 'The ferry was', 'late.']
    """
    paragraphs: list[str] = []
    clean = unicodedata.normalize("NFC", with_newlines(strip_controls(text)))
    for part in _BLANK_LINE.split(clean):
        lines = [line for raw in part.split("\n") if (line := " ".join(raw.split()))]
        paragraphs += [" ".join(lines)] if _is_wrapped(lines) else _joined(lines)
        if len(paragraphs) >= MAX_PARAGRAPHS:
            break
    return paragraphs[:MAX_PARAGRAPHS]


def _is_wrapped(lines: list[str]) -> bool:
    """Whether line ends are only where a line was full: all but the last are of like length and end in mid-sentence."""
    if len(lines) < 3:
        return False
    full = lines[:-1]
    lengths = [len(line) for line in full]
    if min(lengths) < MIN_WRAP_CHARS or max(lengths) > MAX_WRAP_CHARS:
        return False
    ended = sum(_SENTENCE_END.search(line) is not None for line in full)
    return ended * 2 < len(full)


def _joined(lines: list[str]) -> list[str]:
    """Return the lines, those that break off in mid-sentence joined with their continuation."""
    joined: list[str] = []
    for line in lines:
        if (
            joined
            and line[0].islower()
            and len(joined[-1]) >= MIN_BROKEN_CHARS
            and not _SENTENCE_END.search(joined[-1])
        ):
            joined[-1] += f" {line}"
        else:
            joined.append(line)
    return joined
