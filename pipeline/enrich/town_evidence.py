"""Which names an article uses as places, whatever the model took them for: mentions → mentions with labels; pure.

Prepositions before a name, places beside it in a list, "the town of", and the gazetteer speak for a place; a verb of
saying after it, a title before it and a full name with it speak for a person. Words are in `name_words.toml`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.enrich.found import PERSON, Found
from pipeline.enrich.gazetteer import Gazetteer
from pipeline.enrich.known_names import KnownNames
from pipeline.enrich.name_words import name_words
from pipeline.enrich.normal_name import fold
from pipeline.enrich.person_name import is_like_a_person, load_given_names
from pipeline.enrich.person_titles import TITLES
from pipeline.enrich.quote_words import load_speech_words

GPE: Final = "GPE"
MIN_PEOPLE: Final = 5000
"""Smaller places share their names with too many surnames to count without "in" or "near" before them."""

_PLACES: Final = frozenset({GPE, "LOC"})
_MAYBE_PLACE: Final = frozenset({PERSON, "ORG", "PRODUCT", "NORP", "WORK_OF_ART"})
_LOOK_BACK_CHARS: Final = 24
_LONGER: Final = re.compile(r" [^\W\d_a-z][^\W\d_]")
_WORD_AFTER: Final = re.compile(r" (?:also |later |then )?([a-z]+)\b")


def _ending(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, words)))})\s$", re.IGNORECASE)


_WHERE: Final = _ending(name_words("where"))
_WHERE_TO: Final = _ending(name_words("where_to"))
_LEAVE: Final = _ending(name_words("leave"))
_TO_WHERE: Final = " for "
_ARTICLE: Final = re.compile(r"\b[Tt]he $")
_KIND: Final = re.compile(
    rf"\b(?:{'|'.join(sorted(name_words('kinds_of_place')))})\s(?:{'|'.join(sorted(name_words('of')))})\s(?:la\s)?$",
    re.IGNORECASE,
)
_JOINERS: Final = name_words("joiners")
_OF_A_PLACE: Final = name_words("of_a_place")
_SPEECH: Final = load_speech_words()["en"].cues


@dataclass(slots=True)
class _Uses:
    """How often one name stands how, in one article."""

    count: int = 0
    where: int = 0
    maybe: int = 0
    beside: int = 0
    kind: int = 0
    person: int = 0
    labels: tuple[str, ...] = ()


def label_towns(text: str, mentions: Sequence[Found], known: KnownNames, gazetteer: Gazetteer) -> list[Found]:
    """Return the mentions; names that the article uses as places are labelled so. Known names keep their labels."""
    uses = _count_uses(text, mentions, known, gazetteer)
    if not uses:
        return list(mentions)
    once = _label(text, mentions, uses, gazetteer)
    # Once more, now that more places are known: "from Hull and Grimsby".
    return once if once == list(mentions) else _label(text, once, _count_uses(text, once, known, gazetteer), gazetteer)


def _label(text: str, mentions: Sequence[Found], uses: Mapping[str, _Uses], gazetteer: Gazetteer) -> list[Found]:
    countries = {
        place.country
        for mention in mentions
        if mention.label in _PLACES
        for place in gazetteer.find(text[mention.start : mention.end])[:1]
    }
    towns = {name for name, use in uses.items() if _is_town(name, use, gazetteer, countries)}
    return [
        mention._replace(label=GPE)
        if mention.label in _MAYBE_PLACE and text[mention.start : mention.end] in towns
        else mention
        for mention in mentions
    ]


def _count_uses(text: str, mentions: Sequence[Found], known: KnownNames, gazetteer: Gazetteer) -> Mapping[str, _Uses]:
    parts = _parts_of_people(text, mentions)
    uses: defaultdict[str, _Uses] = defaultdict(_Uses)
    for number, mention in enumerate(mentions):
        name = text[mention.start : mention.end]
        if mention.label not in _MAYBE_PLACE or name in parts or name.isupper() or is_like_a_person(name):
            continue
        if known.find(name) is not None:
            continue
        before = _text_before(text, mention)
        use = uses[name]
        use.count += 1
        use.labels += (mention.label,)
        with_article = _ARTICLE.search(before) is not None and gazetteer.takes_article(name)
        use.kind += with_article or _KIND.search(before) is not None
        has_residents = _has_residents(text, mention)
        use.where += has_residents or _WHERE.search(before) is not None
        beside = _is_beside_place(text, mentions, number)
        use.beside += beside
        use.maybe += beside or _WHERE_TO.search(before) is not None
        use.person += not has_residents and _acts_as_person(text, mention, before)
    return uses


def _parts_of_people(text: str, mentions: Sequence[Found]) -> set[str]:
    """Return the words of full names; the first only where it is a given name: not that of "Exeter St Davids"."""
    parts: set[str] = set()
    for mention in mentions:
        words = text[mention.start : mention.end].split() if mention.label == PERSON else []
        if len(words) > 1:
            parts.update(words[1:])
            if fold(words[0]) in load_given_names():
                parts.add(words[0])
    return parts


def _is_beside_place(text: str, mentions: Sequence[Found], number: int) -> bool:
    """Return whether a place is next to the mention in a list: "Plymouth and Roscoff"."""
    mention = mentions[number]
    before = mentions[number - 1] if number else None
    after = mentions[number + 1] if number + 1 < len(mentions) else None
    last = after if after is not None and text[mention.end : after.start] in _JOINERS else mention
    if _LONGER.match(text, last.end):  # "Commerce and U.S. Trade Representative"
        return False
    if after is not None and after.label in _PLACES and text[mention.end : after.start] in _JOINERS:
        return True
    if before is None or before.label not in _PLACES:
        return False
    between = text[before.end : mention.start]
    return between in _JOINERS or (between == _TO_WHERE and _LEAVE.search(_text_before(text, before)) is not None)


def _text_before(text: str, mention: Found) -> str:
    return text[max(0, mention.start - _LOOK_BACK_CHARS) : mention.start]


def _has_residents(text: str, mention: Found) -> bool:
    """Return whether the name is followed by what places have: "Dawlish resident Margery Quill"."""
    after = _WORD_AFTER.match(text, mention.end)
    return after is not None and after[1] in _OF_A_PLACE


def _acts_as_person(text: str, mention: Found, before: str) -> bool:
    """Return whether somebody of that name speaks, or has a title."""
    after = _WORD_AFTER.match(text, mention.end)
    words = before.split()
    last = words[-1] if words and before.endswith(" ") else ""
    titled = last[:1].isupper() and last.rstrip(".").lower() in TITLES
    return titled or last.lower() in _SPEECH or (after is not None and after[1] in _SPEECH)


def _is_town(name: str, use: _Uses, gazetteer: Gazetteer, countries: set[str | None]) -> bool:
    if use.person or use.kind:
        return not use.person
    places = gazetteer.find(name)
    if not places:
        return _is_listed(name, use)
    if use.where * 2 >= use.count and use.where:
        return True
    # A person is somewhere the subject of a sentence; a place may stand in lists and headlines too.
    shares = use.where + use.maybe
    enough = shares >= use.count if PERSON in use.labels else shares * 2 >= use.count
    if not enough or fold(name) in load_given_names():
        return False
    return use.beside > 0 or any(place.people >= MIN_PEOPLE and place.country in countries for place in places)


def _is_listed(name: str, use: _Uses) -> bool:
    """Return whether a name that the gazetteer does not have stands only beside places and where places stand."""
    is_word = " " not in name and not any(map(str.isdigit, name)) and fold(name) not in load_given_names()
    return is_word and use.beside > 0 and use.where + use.maybe >= use.count
