"""Who wrote an article: names as claimed or printed → people, and the agencies and outlets among them set apart.

Pure; imports only `agencies` and `characters` of ours.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.extract.agencies import is_agency, names_an_outlet
from pipeline.extract.characters import clean_line, letters_of

MAX_AUTHORS: Final = 15
MAX_CLAIM_CHARS: Final = 600
_PREFIX: Final = re.compile(
    r"^\W*(?:(?:written|reported|posted|published|story|words|text|article|analysis|opinion|review|compiled|edited)\s+)?"
    r"(?:propos recueillis par|recueilli par|interview(?: by| von| par)?|entrevista de|"
    r"by|von|par|por|di|door|av|text|texte|texto|author|autor(?:en)?|auteur|текст|автор|foto|photos?)\b\s*:?\s*(?=\S)",
    re.IGNORECASE,
)
_SPLIT: Final = re.compile(
    r"\s*(?:[,;|·•/&\n]|\s(?:and|und|et|y|e|og|och|en|with|mit|avec|con)\s|\s[–—-]\s|(?<=\w{3})\.\s)\s*", re.IGNORECASE
)
_ROLE: Final = re.compile(
    r"\b(?:staff|senior|chief|special|political|sports?|business|foreign|national|deputy|associate|managing|executive|"
    r"correspondents?|reporters?|writers?|editors?|journalists?|columnists?|photographers?|producers?|contributors?|"
    r"contributing|redakteur(?:in)?|korrespondent(?:in)?|journaliste|correspondant(?:e)?|redactora?|corresponsal|"
    r"updated?|published|follow|email|twitter|bureau|for|in|at|of|from|about|the|news|opinion|ph\.?d|m\.?d|jr|sr)\b",
    re.IGNORECASE,
)
_DAY_OF_DATE: Final = re.compile(
    r"\s(?:mon|tues|wednes|thurs|fri|satur|sun)day(?=,?\s(?:[a-z]{3,9}\.?\s)?\d)", re.IGNORECASE
)
"""Only before its date: there are people called Friday."""
_TITLE: Final = re.compile(r"^(?:dr|prof|mr|mrs|ms|sir|rev|hon)\.?\s+", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(?:https?:)?//|www\.|[\w.-]+\.(?:com|org|net)/", re.IGNORECASE)
_IN_BRACKETS: Final = re.compile(r"\s*[(\[<][^)\]>]{0,80}[)\]>]")
_DIGIT: Final = re.compile(r"\d|@|https?:|www\.|[<>{}=_#%]")
_PARTICLES: Final = frozenset((
    "de", "del", "della", "der", "den", "di", "da", "do", "dos", "das", "du", "van", "von", "vom", "zu", "zur",
    "la", "le", "les", "el", "al", "bin", "ibn", "ben", "y", "e", "i", "da'", "d'", "af", "av", "of", "ter",
    "ten", "st", "mac", "mc", "bint", "abu",
))  # fmt: skip
_COMPANY: Final = re.compile(
    r"(?:^|[\s,])(?:inc|ltd|llc|llp|plc|gmbh|ag|kg|e\.?v|s\.?p\.?a|s\.?a|s\.?l|s\.?r\.?l|n\.?v|b\.?v|corp(?:oration)?|"
    r"company|group|university|institute|foundation|association|society|center|centre|council|ministry|department|"
    r"universität|stiftung|verband|verein|universidad|université|fondation|fundación)\.?$",
    re.IGNORECASE,
)
MAX_NAME_WORDS: Final = 6


@dataclass(frozen=True, slots=True)
class Authors:
    """`people` as written, each once; `others` are the agencies, outlets and desks named as author."""

    people: tuple[str, ...]
    others: tuple[str, ...]


def find_authors(claims: Iterable[Sequence[str]], site_names: Iterable[str | None] = ()) -> Authors:
    """Return the people of the first group of claims that names any; all groups add agencies and outlets.

    Groups come strongest first. A claim may hold several names, a "By", titles and addresses. The site's own names are
    no authors.

    >>> find_authors([["By Ada Holm and Jon Berg, Reuters"], ["Courier Staff", "A. Holm"]])
    Authors(people=('Ada Holm', 'Jon Berg'), others=('Reuters', 'Courier Staff'))
    """
    own = {letters_of(name) for name in site_names if name}
    people: dict[str, str] = {}
    others: dict[str, str] = {}
    for group in claims:
        found: dict[str, str] = {}
        for part in (part for claim in group for part in _parts(claim)):
            if letters_of(part) in own:
                continue
            if _is_other(part):
                others.setdefault(letters_of(part), part)
            elif name := _person(part):
                found.setdefault(letters_of(name), _unshouted(name))
        people = people or found
    return Authors(tuple(people.values())[:MAX_AUTHORS], tuple(others.values()))


def _parts(claim: str) -> list[str]:
    text = clean_line(claim[:MAX_CLAIM_CHARS])
    if _ADDRESS.match(text):
        return []
    text = _DAY_OF_DATE.sub(",", _PREFIX.sub("", _IN_BRACKETS.sub("", text)))
    if is_agency(text):
        return [text]
    parts = []
    for part in _SPLIT.split(text):
        stripped = _PREFIX.sub("", part).strip(" .,:;*|\"'“”•-–—")
        if stripped:
            parts.append(stripped)
    return parts


def _is_other(part: str) -> bool:
    """Whether a part names an agency, outlet or company; mere job titles name nobody."""
    if _DIGIT.search(part) or not _ROLE.sub("", part).strip(" .-"):
        return False
    return is_agency(part) or names_an_outlet(part) or _COMPANY.search(part) is not None


def _person(part: str) -> str | None:
    """Return a person's name, or None when the words cannot be one."""
    name = _TITLE.sub("", part)
    if _DIGIT.search(name) or _ROLE.search(name):
        return None
    words = name.split()
    if not 1 < len(words) <= MAX_NAME_WORDS:
        return name if len(words) == 1 and _is_whole_name(name) else None
    if not all(word[0].isupper() or word.casefold() in _PARTICLES or not word[0].isascii() for word in words):
        return name.title() if name.islower() else None
    return name


def _is_whole_name(word: str) -> bool:
    """Whether one word is a name: in scripts without blanks, or a pen name of letters."""
    return not word.isascii() and word.isalpha() and len(word) >= 2 and word[0].islower() == word[0].isupper()


def _unshouted(name: str) -> str:
    """Return a name in capitals as one writes it: "JANE DOE" → "Jane Doe"; others as they are."""
    if not name.isupper() or len(name) < 5:
        return name
    return re.sub(r"[^\W\d_]+(?:['’][^\W\d_]+)?", lambda found: found[0].capitalize(), name)
