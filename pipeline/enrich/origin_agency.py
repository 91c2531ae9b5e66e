"""How agencies sign: datelines, closing marks, bylines and credit lines. Pure; imports the registry and `schemas`.

One line → the source that signed it, with the span inside the line, or None.
"""

import re
from dataclasses import dataclass
from typing import Final

from pipeline.enrich.origin_rules import SHORT_NAMES
from pipeline.sources.registry import SourceRegistry
from schemas.source import Source

_DATELINE = re.compile(
    r"(?P<place>[^()\[\]\n]{0,70}?)\s{0,2}(?:\((?P<round>[^()\n]{2,40})\)|/(?P<slashed>[A-Za-z][^/()\n]{1,38})/)"
    r"(?P<dash>\s{0,2}(?:[-–—:.]{1,3}|(?=[A-Z“\"])|$))?"
)
_DATE_WORD = re.compile(
    r"\d{1,4}(?:st|nd|rd|th|er)?[.,]?|(?:jan|feb|mar|mär|apr|avr|may|mai|jun|jul|aug|ago|aoû|sep|oct|okt|nov|dec|dez|ene|"
    r"abr|dic|fév|juin|juil|déc)[a-zäûé]{0,8}\.?,?",
    re.IGNORECASE,
)
_SMALL_WORDS: Final = "de da do del della di du des la le les el los of the and am an der den sur von y"
_SMALL: Final = frozenset(_SMALL_WORDS.split())
_SEPARATOR = re.compile(r"\s?[/,;|&+·•]\s?|\s(?:and|und|et|y|for|für|pour|para)\s|\s[-–—]\s", re.IGNORECASE)
_BY = re.compile(r"[\W_]{0,4}(?:by|von|par|por|di|text|bericht)\b\s{0,2}:?\s{0,2}", re.IGNORECASE)
_STAFF = re.compile(
    r"\s(?:\w{2,20}\s){0,2}(?:staff|writers?|correspondents?|reporters?|news\s(?:agency|service)|desk|services?)\.?$",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"^[\W_]{0,6}([^\W_].{0,60}?)[\W_]{0,6}$")
_CODES = re.compile(r"^[a-z]{2,4}(?:/[a-z]{2,4}){0,4}\s\(([^()\n]{2,60})\)$")
_CLOSING = re.compile(r"(?:\((?P<round>[^()\n]{2,40})\)|(?P<dashed>[-–—]{1,2}\s?[^\s–—()][^\n–—().]{1,40}))[\s.]{0,3}$")
_SENTENCE_END: Final = tuple(".!?…\"”“»’'")
_REPORTING = re.compile(
    r"(?:^|[.!?”\"]\s)\(?(?:additional\s)?(?:reporting|writing)\s(?:and\s\w{4,9}\s)?by\s[^\n]{3,400}?\bediting\sby\s[^\n]{3,120}$",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"[\W_]{0,4}(?:sources?|quellen?|fuentes?|fonte)\s{0,2}[:：]\s{0,2}(?P<names>[^\n]{2,60}?)[\s.)\]]{0,3}$",
    re.IGNORECASE,
)
_SIGNING_KINDS: Final = frozenset({"agency", "pr-wire"})


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed, where in the line, by which rule, how sure."""

    source: Source
    start: int
    end: int
    rule: str
    confidence: float


def find_dateline(line: str, registry: SourceRegistry) -> Signed | None:
    """Return who signed a dateline: `LONDON (AP) —`, `(Reuters) -`, `PARIS, Oct 3 (Xinhua) --`, `/PRNewswire/ --`."""
    match = _DATELINE.match(line)
    if match is None:
        return None
    place = match["place"].strip(" -–—,.")
    source = _first_of(match["round"] or match["slashed"], registry)
    if source is None or not _is_place(place) or registry.find_name(place):
        return None
    dashed = bool(match["dash"] and match["dash"].strip())
    if source.kind not in _SIGNING_KINDS and not dashed and place:
        return None  # "National Space Agency (NSA) said"
    if place and not dashed and not place.isupper():
        return None
    confidence = 0.95 if source.kind in _SIGNING_KINDS else 0.85
    return Signed(source, 0, match.end(), "agency-dateline", confidence if dashed else confidence - 0.1)


def find_sign_off(line: str, registry: SourceRegistry) -> Signed | None:
    """Return the agency that signed at the end: `— AFP`, `(Reuters)`, `dpa`, "Reporting by …; Editing by …"."""
    reporting = _REPORTING.search(line)
    if reporting:
        # The form is the house style of Reuters (Handbook of Journalism, "Sign-offs").
        reuters = registry.get("reuters")
        start = reporting.start() + (0 if reporting.start() == 0 else 2)
        return Signed(reuters, start, len(line), "reuters-reporting-by", 0.9) if reuters else None
    codes = _CODES.match(line)
    whole = codes or (_WHOLE.match(line) if len(line) <= 60 else None)
    if whole:
        source = _first_of(whole[1], registry)
        if source and source.kind in _SIGNING_KINDS:
            return Signed(source, 0, len(line), "agency-last-line", 0.6 if codes else 0.85)
    match = _CLOSING.search(line, max(0, len(line) - 60))
    if match is None or not line[: match.start()].rstrip().endswith(_SENTENCE_END):
        return None  # "told the Associated Press (AP)." introduces a short form
    source = _first_of(match["round"] or match["dashed"].strip("-–— "), registry)
    if source is None or source.kind not in _SIGNING_KINDS:
        return None
    return Signed(source, match.start(), match.end(), "agency-last-words", 0.9)


def find_byline(line: str, registry: SourceRegistry, *, labelled: bool) -> Signed | None:
    """Return the agency, or other outlet, in a byline: "By The Associated Press", "By Ida Lund, Reuters".

    `labelled`: the line is known to be a byline; otherwise it must begin with "By", "Von", "Par" or "Por".
    """
    by = _BY.match(line)
    if by is None and not labelled:
        return None
    start = by.end() if by else 0
    whole = _name_in_byline(line[start:], registry)
    if whole is not None:
        return Signed(whole, 0, len(line), "agency-byline", 0.9 if whole.kind in _SIGNING_KINDS else 0.75)
    for part in _SEPARATOR.split(line[start : start + 200])[1:]:
        source = _name_in_byline(part, registry)
        if source is not None:
            return Signed(source, 0, len(line), "agency-in-byline", 0.85 if source.kind in _SIGNING_KINDS else 0.7)
    return None


def find_credit(line: str, registry: SourceRegistry) -> Signed | None:
    """Return the outlet of a credit line: "Source: Reuters", "Quelle: dpa", "Fuente: EFE"."""
    match = _CREDIT.match(line)
    source = _first_of(match["names"], registry) if match else None
    return Signed(source, 0, len(line), "credit-line", 0.7) if source else None


def _name_in_byline(part: str, registry: SourceRegistry) -> Source | None:
    part = part.strip(" .,:;|()[]")
    return registry.find_name(part) or registry.find_name(_STAFF.sub("", part)) if part else None


def _first_of(names: str, registry: SourceRegistry) -> Source | None:
    """Return the first source of `AFP`, `dpa/lth`, `Reuters, AP`; a mark such as `PA` means the agency here."""
    whole = registry.find_name(names)
    if whole is not None:
        return whole
    first = _SEPARATOR.split(names, maxsplit=1)[0].strip(" .-–—")
    return registry.find_name(first) or registry.get(SHORT_NAMES.get(first.lower(), ""))


def _is_place(text: str) -> bool:
    """Whether the words before the agency's mark can be place and date: capitalised words, small words, a date."""
    words = text.replace("/", " ").split()
    if len(words) > 9:
        return False
    return all(
        not word[0].isalpha() or word[0].isupper() or word.lower() in _SMALL or bool(_DATE_WORD.fullmatch(word))
        for word in words
    )
