"""One label for one name in one article: mentions → mentions with corrected labels; pure.

A small model calls the same name an organisation here and a person there. Within an article a name means one thing
almost always, so the known names decide first, then a person's full name for its surname, then the majority.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from pipeline.enrich.found import EVENT, ORG, PERSON, STORM, Found
from pipeline.enrich.known_names import KnownNames
from pipeline.enrich.merge_names import is_short_for
from pipeline.enrich.name_words import name_words
from pipeline.enrich.normal_name import normal_name
from pipeline.enrich.person_name import load_given_names
from pipeline.enrich.person_titles import TITLES
from pipeline.enrich.quote_words import load_speech_words

_LOOK_BACK_CHARS: Final = 24
_HONORIFICS: Final = name_words("honorifics")
_SPEECH: Final = load_speech_words()["en"].cues


def agree_on_labels(text: str, mentions: Sequence[Found], known: KnownNames) -> list[Found]:
    """Return the mentions, those of one name all with one label."""
    names = [text[mention.start : mention.end] for mention in mentions]
    votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, mention in zip(names, mentions, strict=True):
        label = PERSON if _follows_honorific(text, mention) else mention.label
        votes[normal_name(name)][label] += 1
    surnames, given_names = _parts_of_people(names, votes)
    speaking = {
        normal_name(name)
        for name, mention in zip(names, mentions, strict=True)
        if normal_name(name) in surnames and _speaks(text, mention)
    }
    named = {entry.canonical for name in set(names) if (entry := known.find(name)) and entry.sure}
    decided = {key: _decide(key, count, surnames | given_names) for key, count in votes.items()}
    decided |= _short_organisations(decided, surnames | given_names)
    storms = {match.group(1) for name in names if (match := STORM.fullmatch(name))}
    agreed = []
    for name, mention in zip(names, mentions, strict=True):
        key = normal_name(name)
        is_storm = name in storms or STORM.fullmatch(name) is not None
        known_label = None if key in speaking else _known_label(name, known, votes[key], named)
        label = EVENT if is_storm else known_label or decided[key]
        agreed.append(mention if label == mention.label else mention._replace(label=label))
    return agreed


def _known_label(name: str, known: KnownNames, votes: Mapping[str, int], named: AbstractSet[str]) -> str | None:
    """Return a known name's label where it is sure, where the model agrees, or where a sure form stands beside it.

    "NRA" is the National Rifle Association in an article that says so, whatever the model takes it for.
    """
    entry = known.find(name)
    if entry is None:
        return None
    return entry.label if entry.sure or entry.label in votes or entry.canonical in named else None


def _parts_of_people(names: Sequence[str], votes: Mapping[str, Counter[str]]) -> tuple[set[str], set[str]]:
    """Return the last words, and the common given names, of names that are persons by majority and have several."""
    surnames, given_names = set(), set()
    for name in set(names):
        count = votes[normal_name(name)]
        if " " in name and count[PERSON] * 2 > count.total():
            surnames.add(normal_name(name.rsplit(" ", 1)[1]))
            given_names.add(normal_name(name.split(" ", 1)[0]))
    return surnames, given_names & load_given_names()


def _short_organisations(decided: Mapping[str, str], parts_of_people: AbstractSet[str]) -> dict[str, str]:
    """Return the single words taken for persons that shorten an organisation: "Wanderers" beside "Perth Wanderers"."""
    organisations = [key for key, label in decided.items() if label == ORG and " " in key]
    return {
        key: ORG
        for key, label in decided.items()
        if label == PERSON and " " not in key and key not in parts_of_people
        if any(is_short_for(key, longer) for longer in organisations)
    }


def _decide(key: str, votes: Counter[str], parts_of_people: set[str]) -> str:
    if key in parts_of_people:
        return PERSON
    most = max(votes.values())
    best = [label for label, count in votes.items() if count == most]
    return PERSON if PERSON in best else best[0]


def _speaks(text: str, mention: Found) -> bool:
    """Return whether a verb of saying stands right beside the mention: "Holland said", "said Bloomberg"."""
    before = text[max(0, mention.start - _LOOK_BACK_CHARS) : mention.start].split()
    after = text[mention.end : mention.end + _LOOK_BACK_CHARS].split()
    beside = (before[-1:] if before else []) + (after[:1] if after else [])
    return any(word.strip(".,:") in _SPEECH for word in beside)


def _follows_honorific(text: str, mention: Found) -> bool:
    """Return whether "Mr.", "Sen." or the like stands directly before the mention."""
    before = text[max(0, mention.start - _LOOK_BACK_CHARS) : mention.start].rsplit("\n", 1)[-1]
    words = before.split()
    if not words or not before.endswith(" "):
        return False
    word = words[-1]
    return word[0].isupper() and word.rstrip(".").lower() in _HONORIFICS and word.rstrip(".").lower() in TITLES
