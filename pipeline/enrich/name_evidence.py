"""What the words of a name, and those before it, say of its label: mentions → mentions with labels put right; pure.

A small model goes by the sentence alone. A common given name makes a person, "Court" or "Media" at the end an
organisation, " v. " a case; and what an article is "in" or "near", and the gazetteer knows, is a place.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from pipeline.enrich.found import ORG, PERSON, Found
from pipeline.enrich.gazetteer import Gazetteer
from pipeline.enrich.known_names import KnownNames
from pipeline.enrich.normal_name import fold
from pipeline.enrich.person_name import load_given_names
from pipeline.enrich.person_titles import TITLES
from pipeline.enrich.word_set import word_set

GPE: Final = "GPE"
LAW: Final = "LAW"
NORP: Final = "NORP"
MAX_PERSON_WORDS: Final = 3

_ORGANISATION_TAILS: Final = word_set(
    "academy administration agency airlines airways alliance assembly association authority bank board broadcasting "
    "bureau chamber coalition college commission committee company conference congress cooperative corp corporation "
    "council court department directorate federation force foundation front fund group holdings hospital inc "
    "industries initiative institute institution laboratories laboratory league llc ltd media ministry network office "
    "organisation organization pac parliament party partners partnership police press project school senate society "
    "studios syndicate systems technologies trust union university"
)
"""Last words that no person's and no town's name has, lower case."""
_NO_SURNAMES: Final = _ORGANISATION_TAILS | word_set(
    "act airport amendment arena avenue award awards bay beach bill boulevard bridge brothers building bureau cafe "
    "cathedral cemetery centre center championship channel church city club county creek cup daily day district fair "
    "falls festival field force forest fort garden gardens gazette hall harbor harbour herald hook hotel house island "
    "islands journal lake library line lounge magazine mall market memorial monument motors mountain museum news "
    "observatory open palace park pass pharmacy place plaza point pool post prison prize products report reservoir "
    "review river road rock room row show sound speedway springs square stadium station store stores street stadium "
    "studio system team theater theatre times tower towers town trail trophy valley village ward way week weekly wharf "
    "woods world yard zoo"
)
_PERSON_WORD: Final = re.compile(r"[^\W\d_a-z][\w’'-]*\.?|[A-Z]\.")
_CASE: Final = re.compile(r"\s(?:v|vs)\.?\s")
_MAYBE_PERSON: Final = frozenset({"ORG", "GPE", "LOC", "FAC", "PRODUCT", "WORK_OF_ART", "EVENT", "NORP"})
_MAYBE_ORGANISATION: Final = frozenset({"GPE", "LOC", "PERSON"})
_MAYBE_PLACE: Final = frozenset({"PERSON", "ORG", "PRODUCT"})
_WHERE: Final = re.compile(r"\b(?:in|near|outside|around|across|between|towards?|off)\s$", re.IGNORECASE)
_LOOK_BACK_CHARS: Final = 14


def weigh_names(text: str, mentions: Sequence[Found], known: KnownNames, gazetteer: Gazetteer) -> list[Found]:
    """Return the mentions with the labels that their words give evidence for; known names keep theirs."""
    weighed = []
    for mention in mentions:
        name = text[mention.start : mention.end]
        if known.find(name) is not None:
            weighed.append(mention)
            continue
        change = _by_words(name, mention, known)
        if change is not None:
            weighed.append(change)
    return _by_preposition(text, weighed, known, gazetteer)


def is_like_a_person(name: str) -> bool:
    """Return whether the name is two or three capitalised words that begin with a common given name.

    >>> is_like_a_person("Noah Tarrow"), is_like_a_person("Victoria Station"), is_like_a_person("Noah")
    (True, False, False)
    """
    words = name.split()
    if not 2 <= len(words) <= MAX_PERSON_WORDS or not all(map(_PERSON_WORD.fullmatch, words)):
        return False
    return (
        fold(words[0]) in load_given_names()
        and fold(words[-1].rstrip(".")) not in _NO_SURNAMES
        and not any(word.isupper() and len(word) > 2 for word in words)
    )


def _by_words(name: str, mention: Found, known: KnownNames) -> Found | None:
    """Return the mention with the label that its own words speak for, None when they say that it names nothing."""
    words = name.split()
    tail = fold(words[-1]).rstrip(".")
    like_a_person = is_like_a_person(name)
    if mention.label == PERSON and len(words) > 1 and not like_a_person:
        last = known.find(words[-1])
        if tail in TITLES:  # "Kent County Sheriff"
            return None
        if last is not None and last.label == NORP and words[-1].endswith("s"):  # "Young Republicans"
            return mention._replace(start=mention.end - len(words[-1]), label=NORP)
    if mention.label == GPE and any(map(str.isdigit, name)):
        return None
    label = mention.label
    if label in {PERSON, ORG} and _CASE.search(name):
        label = LAW
    elif len(words) > 1 and label in _MAYBE_ORGANISATION and tail in _ORGANISATION_TAILS:
        label = ORG
    elif label in _MAYBE_PERSON and like_a_person:
        label = PERSON
    return mention if label == mention.label else mention._replace(label=label)


def _by_preposition(text: str, mentions: Sequence[Found], known: KnownNames, gazetteer: Gazetteer) -> list[Found]:
    """Make places of single words that the article is mostly "in" or "near" and that the gazetteer knows.

    Not of the names of people: a part of a full name stays a person wherever he is.
    """
    parts = {
        word
        for mention in mentions
        if mention.label == PERSON and " " in (name := text[mention.start : mention.end])
        for word in name.split()
    }
    places: defaultdict[str, list[bool]] = defaultdict(list)
    for mention in mentions:
        name = text[mention.start : mention.end]
        if mention.label in _MAYBE_PLACE and " " not in name and name not in parts and not name.isupper():
            before = text[max(0, mention.start - _LOOK_BACK_CHARS) : mention.start]
            places[name].append(_WHERE.search(before) is not None)
    towns = {
        name
        for name, where in places.items()
        if sum(where) * 2 >= len(where) and any(where) and known.find(name) is None and gazetteer.find(name)
    }
    return [
        mention._replace(label=GPE)
        if mention.label in _MAYBE_PLACE and text[mention.start : mention.end] in towns
        else mention
        for mention in mentions
    ]
