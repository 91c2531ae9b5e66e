"""Captions and credits: where in one paragraph the caption ends and the credit begins.

Line → start of its credit; line → whether it reads like a caption. Pure but for reading its one table of words,
`credits.toml`; imports only `agencies` of ours.
"""

import re
import tomllib
from importlib.resources import files
from typing import Final

from pipeline.extract.agencies import is_agency

MAX_CREDIT_CHARS: Final = 160
MAX_LABEL_ONLY: Final = 80
LABEL_CHARS: Final = 12
MAX_CAPTION_CHARS: Final = 600
_TABLE: Final = tomllib.loads(files("pipeline.extract").joinpath("credits.toml").read_text(encoding="utf-8"))
_WORDS: Final = "|".join(_TABLE["photo_words"])
_SIGNS: Final = tuple(_TABLE["signs"])
_PARENTHESIS: Final = re.compile(r"[(\[](?P<inside>[^()\[\]]{2,150})[)\]]\s*\.?\s*$")
_PHOTO_WORD: Final = re.compile(rf"(?<!\w)(?:{_WORDS}|©|ⓒ)(?!\w)", re.IGNORECASE)
_CREDIT_WORD: Final = re.compile(rf"(?<!\w)(?:{_WORDS}|{'|'.join(_TABLE['credit_words'])}|©|ⓒ)(?!\w)", re.IGNORECASE)
_LABEL: Final = re.compile(
    r"(?:(?<=[.!?”\"»…)|–—-] )|(?<=[.!?”\"»|])|^)\s*(?P<credit>(?:"
    rf"(?:{'|'.join(_TABLE['label_openings'])})?(?:{'|'.join(_TABLE['labels'])})"
    r"\s*(?:(?:by|von|de|par|courtesy(?: of)?|credits?)?\s*[:/|]|\b(?:by|von|par|courtesy)\b)"
    r"|(?:©|ⓒ|\(c\))|courtesy(?: of)?\b"
    rf"|(?:{'|'.join(_TABLE['agencies'])})(?: (?:photo|images|file))?\s*[/|-]\s*\S|{'|'.join(_TABLE['alone'])}"
    r")[^\n]{0,120})$",
    re.IGNORECASE,
)
_TWO_NAMES: Final = re.compile(r"[^\W\d_]\s*/\s*[^\W\d_]")
_BARE: Final = re.compile(
    r"(?<=[.!?”\"»] )(?P<credit>(?i:photos?|fotos?|image|bild|crédits?)(?: d['’]archives| de archivo)?"
    r"(?: (?:de |du |des |d['’])?(?>[A-ZÀ-Þ][\w'’.-]*)){1,5}(?: ?/ ?[^\n.]{2,60})?)\s*$"
)
_SLASH: Final = re.compile(
    r"(?:(?<=[.!?”\"»] )|^)(?P<credit>(?P<agency>[A-Za-zÀ-þ/]{2,12})\s*/\s*[A-ZÀ-Þ][^\n.]{2,60})$"
)
_CAPTION: Final = r"(?=[^\n|()]{0,400}[.!?][”\"]?[ ])[^\n|()]{12,300}?[.!?][”\"]? "
_BAR: Final = re.compile(_CAPTION + r"\| ")
_GLUED_BRACKET: Final = re.compile(_CAPTION + r"(?P<credit>\((?P<inside>[^()\n]{4,120})\))\s?(?=[A-Z\d“\"])")
_TOKEN: Final = re.compile(r"\S+")
_PHOTO_END: Final = re.compile(r" (?:photos?|images?)$", re.IGNORECASE)
MAX_GLUED_CHARS: Final = 40
MAX_GLUED_WORDS: Final = 4


def find_credit(line: str) -> int | None:
    """Return where the credit begins that a caption ends with; 0 when the whole line is a credit; None without one.

    >>> find_credit("A ferry in Oslo. (Photo by Ada Holm)"), find_credit("REUTERS/Ada Holm"), find_credit("A ferry.")
    (17, 0, None)
    """
    tail_start = max(0, len(line) - MAX_CREDIT_CHARS)
    tail = line[tail_start:]
    lowered = tail.lower()
    if not any(sign in lowered for sign in _SIGNS):
        return None
    found = _PARENTHESIS.search(tail)
    if found and _is_credit(found["inside"]):
        return tail_start + found.start()
    bar = tail.rfind(" | ")
    if bar > 0 and is_agency(_PHOTO_END.sub("", tail[bar + len(" | ") :])):
        return tail_start + bar + 1
    for pattern in (_LABEL, _BARE, _SLASH):
        found = pattern.search(tail)
        if found and found.start("credit") == 0 and len(line) > MAX_LABEL_ONLY:
            found = pattern.search(tail, LABEL_CHARS)  # "FILE PHOTO: …" opens a caption; its credit stands at the end
        if found and (pattern is not _SLASH or is_agency(found["agency"])):
            return tail_start + found.start("credit")
    return None


def find_glued_credit(line: str) -> tuple[int, int] | None:
    """Return the span of a credit with a caption before it and other text after it, where line ends were lost.

    >>> find_glued_credit("A ferry in Oslo. | AP Photos Ferry is late"), find_glued_credit("Photo by Ada Holm")
    ((17, 28), None)
    """
    bar = _BAR.match(line)
    if bar:
        words = list(_TOKEN.finditer(line, bar.end(), bar.end() + MAX_GLUED_CHARS))[:MAX_GLUED_WORDS]
        for last in reversed(words):
            if last.end() < len(line) and is_agency(_PHOTO_END.sub("", line[bar.end() : last.end()])):
                return bar.end() - len("| "), last.end()
    bracket = _GLUED_BRACKET.match(line)
    if bracket and _PHOTO_WORD.search(bracket["inside"]):
        return bracket.start("credit"), bracket.end("credit")
    return None


def _is_credit(inside: str) -> bool:
    first, _, _ = inside.partition("/")
    return _CREDIT_WORD.search(inside) is not None or is_agency(inside) or is_agency(first.removesuffix(" Photo"))


def is_caption_with_credit(line: str, *, is_head: bool) -> bool:
    """Whether a paragraph of a plain text is a caption: few sentences, then a photo credit.

    Amid a text only a credit in brackets that speaks of a photo counts, or an agency with the photographer's name after
    a slash: "(AP)" ends many a paragraph there.

    >>> is_caption_with_credit("A ferry leaves Oslo on May 3. (Photo by Ada Holm)", is_head=False)
    True
    """
    start = find_credit(line)
    if start is None or not 0 < start <= MAX_CAPTION_CHARS:
        return False
    caption, credit = line[:start], line[start:]
    if caption[:1] in '"“„«' or caption.count(". ") > 3:
        return False
    bracketed = _PARENTHESIS.search(credit)
    says_photo = bracketed is not None and _PHOTO_WORD.search(bracketed["inside"]) is not None
    if says_photo or _SLASH.match(credit):
        return True
    return is_head and (bracketed is None or _TWO_NAMES.search(bracketed["inside"]) is not None)
