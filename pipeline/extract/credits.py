"""Captions and credits: where in one paragraph the caption ends and the credit begins.

Line → start of its credit; line → whether it reads like a caption. Pure; imports only `agencies` of ours.
"""

import re
from typing import Final

from pipeline.extract.agencies import is_agency

MAX_CREDIT_CHARS: Final = 160
MAX_LABEL_ONLY: Final = 80
LABEL_CHARS: Final = 12
MAX_CAPTION_CHARS: Final = 600
_WORDS: Final = (
    r"photos?|photographs?|photographies?|photographer|images?|pictures?|pics?|fotos?|fotografías?|bild(?:er)?|"
    r"credits?|crédits?|créditos?|courtesy|illustrations?|grafik|handout|getty|shutterstock|imago|alamy|istock"
)
_SIGNS: Final = (
    ")", "]", "/", "©", "ⓒ", "photo", "image", "foto", "bild", "crédit", "credit", "courtesy", "getty", "shutterstock",
    "quelle", "source", "illustration", "graphic", "grafik", "video", "picture", "crédito",
)  # fmt: skip
"""Without any of these at its end a line holds no credit: asked first, because most lines are body."""
_PARENTHESIS: Final = re.compile(r"[(\[](?P<inside>[^()\[\]]{2,150})[)\]]\s*\.?\s*$")
_PHOTO_WORD: Final = re.compile(rf"(?<!\w)(?:{_WORDS}|©|ⓒ)(?!\w)", re.IGNORECASE)
_CREDIT_WORD: Final = re.compile(rf"(?<!\w)(?:{_WORDS}|archivo|quelle|reuters|pool|via|©|ⓒ)(?!\w)", re.IGNORECASE)
_LABEL: Final = re.compile(
    r"(?:(?<=[.!?”\"»…)|–—-] )|(?<=[.!?”\"»|])|^)\s*(?P<credit>(?:"
    r"(?:file |stock |archive |main |cover )?(?:photos?|photographs?|photographies?|images?|pictures?|fotos?|bild|"
    r"illustrations?|videos?|graphics?|grafik|credits?|crédits?|créditos?|quelle|source|foto de archivo|bildquelle|"
    r"photo ?credits?|image ?credits?|picture ?credits?|crédits? (?:photo|image)s?)"
    r"\s*(?:(?:by|von|de|par|courtesy(?: of)?|credits?)?\s*[:/|]|\b(?:by|von|par|courtesy)\b)"
    r"|(?:©|ⓒ|\(c\))|courtesy(?: of)?\b"
    r"|(?:AP|AFP|EPA|EFE|UPI|PA|dpa|Reuters|Xinhua|Getty)(?: (?:photo|images|file))?"
    r"\s*[/|-]\s*\S|AP Photo\b|Getty Images\b|(?:via )?Shutterstock\b"
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
    for pattern in (_LABEL, _BARE, _SLASH):
        found = pattern.search(tail)
        if found and found.start("credit") == 0 and len(line) > MAX_LABEL_ONLY:
            found = pattern.search(tail, LABEL_CHARS)  # "FILE PHOTO: …" opens a caption; its credit stands at the end
        if found and (pattern is not _SLASH or is_agency(found["agency"])):
            return tail_start + found.start("credit")
    return None


def _is_credit(inside: str) -> bool:
    first, _, _ = inside.partition("/")
    return _CREDIT_WORD.search(inside) is not None or is_agency(inside) or is_agency(first.removesuffix(" Photo"))


def is_caption_with_credit(line: str, *, is_head: bool) -> bool:
    """Whether a paragraph of a plain text is a caption: few sentences, then a photo credit.

    Amid a text only a credit in brackets that speaks of a photo counts: "(AP)" ends many a paragraph there.

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
    return says_photo or (is_head and (bracketed is None or _TWO_NAMES.search(bracketed["inside"]) is not None))
