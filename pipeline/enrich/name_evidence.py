"""What the words of a name, and those before it, say of its label: mentions → mentions with labels put right; pure.

A small model goes by the sentence alone. A common given name makes a person, "Court" or "Media" at the end an
organisation, " v. " a case; what stands like a place is one by `town_evidence`.
"""

import re
from collections.abc import Sequence
from typing import Final

from pipeline.enrich.found import ORG, PERSON, Found
from pipeline.enrich.gazetteer import Gazetteer
from pipeline.enrich.known_names import KnownNames
from pipeline.enrich.name_words import name_words
from pipeline.enrich.normal_name import fold
from pipeline.enrich.person_name import is_like_a_person
from pipeline.enrich.person_titles import ROLES, TITLES
from pipeline.enrich.town_evidence import label_towns

GPE: Final = "GPE"
LAW: Final = "LAW"
NORP: Final = "NORP"

_ORGANISATION_TAILS: Final = name_words("organisation_tails")
_OFFICES: Final = TITLES | ROLES
_NEXT_WORD: Final = re.compile(r" ([A-Z]\w+) (?=[A-Z])")
_CASE: Final = re.compile(r"\s(?:v|vs)\.?\s")
_MAYBE_PERSON: Final = frozenset({"ORG", "GPE", "LOC", "FAC", "PRODUCT", "WORK_OF_ART", "EVENT", "NORP"})
_MAYBE_ORGANISATION: Final = frozenset({"GPE", "LOC", "PERSON"})


def weigh_names(text: str, mentions: Sequence[Found], known: KnownNames, gazetteer: Gazetteer) -> list[Found]:
    """Return the mentions with the labels that their words give evidence for; known names keep theirs."""
    weighed = []
    for mention in mentions:
        name = text[mention.start : mention.end]
        if known.find(name) is not None:
            weighed.append(mention)
            continue
        change = _by_words(name, mention, known)
        if change is not None and not _is_part_of_title(text, change):
            weighed.append(change)
    return label_towns(text, weighed, known, gazetteer)


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
    elif label in _MAYBE_PERSON and (titled := _titled_person(words)):
        return mention._replace(start=mention.end - len(titled), label=PERSON)
    return mention if label == mention.label else mention._replace(label=label)


def _titled_person(words: Sequence[str]) -> str | None:
    """Return the person behind an office: "City Engineer Ada Holm" → "Ada Holm"; None when there is none."""
    offices = [number for number, word in enumerate(words) if word.rstrip(".").lower() in _OFFICES]
    person = " ".join(words[offices[-1] + 1 :]) if offices else ""
    return person if is_like_a_person(person) else None


def _is_part_of_title(text: str, mention: Found) -> bool:
    """Return whether a "person" is the field of an office: "Norwegian Fish" before "Minister Ada Holm"."""
    name = text[mention.start : mention.end]
    if mention.label != PERSON or " " not in name or is_like_a_person(name):
        return False
    following = _NEXT_WORD.match(text, mention.end)
    return following is not None and following.group(1).lower() in TITLES
