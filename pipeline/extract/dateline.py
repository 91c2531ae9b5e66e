"""Datelines and agency sign-offs: the formulas at the start and at the end of a wire story.

Line → where its dateline ends, and the date it names; line → where its sign-off begins. Words are in `datelines.toml`.
Pure but for reading it.
"""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from pipeline.extract.agencies import is_agency
from pipeline.extract.moments import MONTHS

MAX_DATELINE_CHARS: Final = 110
_TABLE: Final = tomllib.loads(files("pipeline.extract").joinpath("datelines.toml").read_text(encoding="utf-8"))
_ANNOUNCEMENTS: Final = frozenset(_TABLE["announcements"])
_MONTH: Final = rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?"
_OF: Final = rf"(?: (?:{'|'.join(_TABLE['of'])}))?"
_DATE: Final = (
    rf"(?:{_MONTH} \d{{1,2}}(?:,? \d{{4}})?|\d{{1,2}}\.?(?: (?:{_OF}))? {_MONTH}(?:(?: (?:{_OF}))? \d{{4}})?)"
)
_UPPER: Final = "A-ZÀ-ÞŁŚŠŽÇА-ЯЁІЇЄҐΑ-ΩΆΈΉΊΌΎΏ"
_CASELESS: Final = "\u0621-\u064a\u05d0-\u05ea"
"""Letters of Arabic and Hebrew, which have no capitals."""
_PARTICLES: Final = "|".join(map(re.escape, _TABLE["particles"]))
_PLACE_WORD: Final = rf"(?>[{_UPPER}{_CASELESS}][\w.'’-]*|{_PARTICLES})"
_PLACE: Final = rf"(?>{_PLACE_WORD}(?:[ /]{_PLACE_WORD}){{0,5}})"
_PLACES: Final = rf"{_PLACE}(?: \({_PLACE}\))?(?:, {_PLACE}){{0,2}}"
_AGENCY: Final = r"(?P<open>[(/\[])(?P<agency>[^()/\[\]]{2,40}(?:/[^()/\[\]]{2,20})?)[)/\]]"
_DASH: Final = r"(?:\.?\s*[-–—―]{1,2}|:)\s*"
_WITH_AGENCY: Final = re.compile(
    rf"^(?:(?P<place>{_PLACES}),?\s+)?(?:[–—-]\s+)?(?:,?\s*(?i:(?P<date>{_DATE})),?\s+)?{_AGENCY}\s*(?:{_DASH}|\.\s+)?"
)
_CAPITAL_WORD: Final = rf"(?>[{_UPPER}](?:[{_UPPER}'’]|[.-](?=[{_UPPER}])|\.(?= [{_UPPER}]))+)"
_CAPITAL_PLACE: Final = rf"(?>{_CAPITAL_WORD}(?:[ /](?:{_CAPITAL_WORD}|de|del|la|of)){{0,4}})"
_SENTENCE: Final = rf"(?=[{_UPPER}{_CASELESS}\d\"“‘'«„¿¡(])"
_CAPITALS: Final = re.compile(
    rf"^(?P<place>{_CAPITAL_PLACE}(?:, {_PLACE}){{0,2}})(?:,\s*(?i:(?P<date>{_DATE})))?"
    rf"(?:\s+[-–—―]{{1,2}}\s+|\s*[–—―]\s*|\.[-–—―]\s*){_SENTENCE}"
)
_REGION: Final = re.compile(
    rf"^(?P<place>{_CAPITAL_PLACE}, (?P<date>)[A-ZÀ-Þ][\w'’-]+(?: (?:[A-ZÀ-Þ][\w'’-]+|de|del|la)){{0,4}})"
    rf"\.\s+{_SENTENCE}"
)
_DATED: Final = re.compile(rf"^(?P<place>{_PLACES}),\s*(?i:(?P<date>{_DATE}))\s*\.?\s*[-–—―]{{1,2}}\s*(?=\S)")
_AGENCY_BEHIND: Final = re.compile(
    rf"^(?P<place>{_PLACES}),\s*(?i:(?P<date>{_DATE}))\s*\.?\s*[-–—―]{{1,2}}\s*(?P<agency>[^.\n]{{2,30}}?)\.\s+(?=\S)"
)
_WITHOUT_AGENCY: Final = ((_DATED, "dateline-date"), (_CAPITALS, "dateline-capitals"), (_REGION, "dateline-region"))
_SIGN_OFF: Final = re.compile(
    r"(?:(?<=[.!?”\"»“'’])|^)\s*"
    r"(?P<mark>[(\[]?\s*[-–—/]{0,2}\s*"
    rf"(?:(?:{'|'.join(_TABLE['sign_off_openings'])}) )?"
    r"(?P<agency>[^\W\d][\w/ ,&-]{1,40}?)\s*[)\]]?)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Dateline:
    """A dateline at the start of a line. `end` is the first code point after it; `date` as written, or empty."""

    end: int
    date: str
    agency: str
    rule: str


def find_dateline(line: str) -> Dateline | None:
    """Return the dateline that a story's first line begins with, or None.

    >>> find_dateline("OSLO, Oct 3 (Reuters) - The ferry is late.")
    Dateline(end=24, date='Oct 3', agency='Reuters', rule='dateline-agency')
    """
    head = line[:MAX_DATELINE_CHARS]
    found = _WITH_AGENCY.match(head)
    if found and is_agency_mark(found["open"], found["agency"]) and found.end() < len(line):
        return Dateline(found.end(), found["date"] or "", found["agency"].strip(), "dateline-agency")
    found = _AGENCY_BEHIND.match(head)
    if found and is_agency(found["agency"]) and found.end() < len(line):
        return Dateline(found.end(), found["date"], found["agency"].strip(), "dateline-agency")
    for pattern, rule in _WITHOUT_AGENCY:
        found = pattern.match(head)
        if found and found.end() < len(line) and _is_place(found["place"]):
            return Dateline(found.end(), found["date"] or "", "", rule)
    return None


def is_agency_mark(opening: str, name: str) -> bool:
    """Whether the name between brackets, or between slashes as press releases have it, is an agency's."""
    name = name.strip()
    return is_agency(name) or (opening == "/" and name.lower().endswith(("wire", "newswire", "news")))


def find_sign_off(line: str) -> int | None:
    """Return where the agency mark begins that a story's last line ends with ("… said. (AFP)"), or None.

    >>> find_sign_off("Die Schule bleibt zu. dpa"), find_sign_off("He told the AP")
    (22, None)
    """
    tail_start = max(0, len(line) - 70)
    found = _SIGN_OFF.search(line[tail_start:])
    if found and is_agency(found["agency"].strip(" -–—/.")):
        return tail_start + found.start("mark")
    return None


def _is_place(place: str) -> bool:
    """Whether words in capitals can be a place: not one that announces the kind of text."""
    first = place.replace(",", " ").split()[0]
    return first not in _ANNOUNCEMENTS and len(place) >= 3
