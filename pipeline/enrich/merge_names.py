"""Organisations, places and other things of an article: mentions → groups, one per thing; pure.

Two names are one thing when their normal forms are equal, when the table of known names says so, when one is the
other's acronym (introduced in brackets, or made of its initials), or when one is the other without its legal form.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from pipeline.enrich.found import EVENT, LABEL_GROUPS, ORG, STORM, Found
from pipeline.enrich.known_names import KnownNames
from pipeline.enrich.normal_name import normal_name
from pipeline.enrich.word_set import word_set

_IN_BRACKETS: Final = re.compile(r"\s?\(\s?([A-Z][A-Za-z0-9&.+-]{1,9})\s?\)")
_BRACKET_AT_END: Final = re.compile(r"\s\([^()]*\)$")
_CITY_IN_LAND: Final = re.compile(r"([^,]+), ([^,]+)")
_STATE_CODE: Final = re.compile(r"[A-Z]{2}|D\.C\.|N\.[A-Z]\.|[A-Z][a-z]{1,4}\.")
_LEGAL_FORMS: Final = word_set(
    "inc corp corporation co company cos ltd limited llc plc lp llp ag gmbh se sa nv bv spa oy ab asa group holdings"
)
_SHOWN_WITHOUT: Final = re.compile(
    r"(\S.*?),? (?:Inc|Ltd|LLC|PLC|plc|LP|LLP|AG|GmbH|SE|S\.?A|N\.?V|B\.?V|S\.?p\.?A|Oy|AB|ASA)\.?"
)
"""What registers add, and readers do not look for. "Corp", "Co" and "Group" stay: News Corp, Carlyle Group."""
_NO_SHORT_FORMS: Final = word_set(
    "house journal street court senate congress board council media group office center centre act fund project "
    "network club team line authority force assembly society trust league conference school bureau report"
)
"""Last words that stand for any of their kind; lower case. More of them in `_GENERIC_TAILS`."""
_SMALL_WORDS: Final = word_set("of the and for in on to de del la le les des du und für der die das y e & a")
MIN_SHORT_CHARS: Final = 4
_GENERIC_HEADS: Final = word_set(
    "national american federal royal united international general first new central public state house senate defense "
    "defence justice supreme north south east west northern southern eastern western global world great royal grand "
    "free saint city county school health security home foreign university college bank democratic republican green"
)
"""Words that begin the names of many organisations: alone they stand for none of them."""
_GENERIC_TAILS: Final = word_set(
    "university college institute foundation airlines airways motors bank news party church school hospital center "
    "centre committee commission council association union agency department ministry police force newspaper "
    "magazine times post"
)


class _Groups:
    """Union of keys that turn out to be one thing."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, key: str) -> str:
        while (parent := self._parent.setdefault(key, key)) != key:
            key = parent
        return key

    def join(self, first: str, second: str) -> None:
        self._parent[self.root(second)] = self.root(first)


def group_names(text: str, mentions: Sequence[Found], known: KnownNames) -> list[list[Found]]:
    """Return the mentions of each thing, in text order; every mention in exactly one group."""
    groups = _Groups()
    keys = [_key(text[mention.start : mention.end], mention.label, known) for mention in mentions]
    organisations = {key: text[m.start : m.end] for key, m in zip(keys, mentions, strict=True) if m.label == ORG}
    _join_acronyms(groups, organisations)
    _join_short_forms(groups, organisations)
    _join_without_land(groups, organisations, known)
    _join_single_words(groups, organisations, known)
    events = {key: text[m.start : m.end] for key, m in zip(keys, mentions, strict=True) if m.label == EVENT}
    _join_storms(groups, events)
    for first, second in zip(range(len(mentions)), range(1, len(mentions)), strict=False):
        if _introduces(text, mentions[first], mentions[second]):
            groups.join(keys[first], keys[second])
    found: defaultdict[str, list[Found]] = defaultdict(list)
    for key, mention in zip(keys, mentions, strict=True):
        found[groups.root(key)].append(mention)
    return list(found.values())


def _join_storms(groups: _Groups, events: dict[str, str]) -> None:
    """Join "Odette" with "Storm Odette"."""
    bare = {name: key for key, name in events.items()}
    for key, name in events.items():
        match = STORM.fullmatch(name)
        if match and match.group(1) in bare:
            groups.join(key, bare[match.group(1)])


def best_name(text: str, mentions: Sequence[Found], known: KnownNames) -> tuple[str, str]:
    """Return the name to show and the key for the id: the known canonical name, else the fullest frequent form."""
    written = [text[mention.start : mention.end] for mention in mentions]
    label = mentions[0].label
    canonical = [entry.canonical for name in written if (entry := known.find(name)) and entry.label == label]
    if canonical:
        best = Counter(canonical).most_common(1)[0][0]
        return best, normal_name(best)
    counts = Counter(written)
    storms = [name for name in counts if STORM.fullmatch(name)]
    best = max(storms or counts, key=lambda name: (not _is_acronym(name), _is_whole(name), counts[name], len(name)))
    key = " ".join(_without_legal_form(normal_name(best)))
    bare = _SHOWN_WITHOUT.fullmatch(best) if label == ORG else None  # one name in all articles, whatever each writes
    return bare[1] if bare else best, key


def _is_whole(name: str) -> bool:
    """Return whether the name has several words, its legal form apart: "Perth Wanderers" before "Wanderers"."""
    return len(_without_legal_form(normal_name(name))) > 1


def find_acronyms(text: str, mentions: Sequence[Found]) -> list[Found]:
    """Return acronyms in brackets behind an organisation's name that the model did not find: "… Agency (IAEA)"."""
    taken = {mention.start for mention in mentions}
    added = []
    for mention in mentions:
        bracket = _IN_BRACKETS.match(text, mention.end, mention.end + 16)
        if (
            bracket
            and mention.label == ORG
            and bracket.start(1) not in taken
            and _fits_initials(bracket.group(1), text[mention.start : mention.end])
        ):
            added.append(mention._replace(start=bracket.start(1), end=bracket.end(1)))
    return added


def _key(name: str, label: str, known: KnownNames) -> str:
    """Return what equal names have in common; labels of one group (GPE, LOC, FAC) share it."""
    kind = LABEL_GROUPS[label]
    name = _without_appendix(name, kind, known)
    entry = known.find(name)
    if entry and LABEL_GROUPS.get(entry.label) == kind:
        return f"{kind}:{normal_name(entry.canonical)}"
    words = _without_legal_form(normal_name(name))
    if label == "NORP" and len(words[-1]) > 4:
        words[-1] = words[-1].removesuffix("s")
    return f"{kind}:{' '.join(words)}"


def _without_appendix(name: str, kind: str, known: KnownNames) -> str:
    """Return a place without the land behind its comma ("Denver, Colorado"), an organisation without its bracket."""
    if kind == "place" and (parts := _CITY_IN_LAND.fullmatch(name)):
        land = known.find(parts[2])
        if _STATE_CODE.fullmatch(parts[2]) or (land is not None and land.label == "GPE"):
            return parts[1]
    return _BRACKET_AT_END.sub("", name) or name if kind == "org" else name


def _without_legal_form(key: str) -> list[str]:
    words = key.split() or [key]
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    return words


def _is_acronym(name: str) -> bool:
    letters = name.replace(".", "").replace("-", "")
    return 2 <= len(letters) <= 8 and letters.isupper() and " " not in name


def _join_acronyms(groups: _Groups, organisations: dict[str, str]) -> None:
    acronyms = {
        name.replace(".", ""): key for key, name in organisations.items() if _is_acronym(name) and len(name) >= 3
    }
    for key, name in organisations.items():
        if " " not in name:
            continue
        for initials in _initials(name):
            if initials in acronyms:
                groups.join(key, acronyms[initials])


def _initials(name: str) -> set[str]:
    words = re.findall(r"[A-Za-zÀ-ÿ0-9]+", name)
    return {
        "".join(word[0] for word in words).upper(),
        "".join(word[0] for word in words if word.lower() not in _SMALL_WORDS).upper(),
    }


def _join_short_forms(groups: _Groups, organisations: dict[str, str]) -> None:
    """Join "Johns Hopkins" with "Johns Hopkins University": a name that lacks only generic words at the end."""
    keys = sorted(organisations, key=len, reverse=True)
    for longer in keys:
        words = longer.split(" ")
        for cut in range(len(words) - 1, 0, -1):
            if words[cut] not in _GENERIC_TAILS:
                break
            shorter = " ".join(words[:cut])
            if shorter in organisations:
                groups.join(longer, shorter)


def _join_without_land(groups: _Groups, organisations: dict[str, str], known: KnownNames) -> None:
    """Join "U.S. Navy" with "Navy", and "U.S. Food and Drug Administration" with "FDA"."""
    keys = {normal_name(name): key for key, name in organisations.items()}
    acronyms = {name.replace(".", ""): key for key, name in organisations.items() if _is_acronym(name)}
    for key, name in organisations.items():
        first, _, rest = name.partition(" ")
        land = known.find(first)
        if not rest or land is None or land.label not in {"GPE", "NORP"}:
            continue
        for shorter in (keys.get(normal_name(rest)), *(acronyms.get(initials) for initials in _initials(rest))):
            if shorter is not None:
                groups.join(key, shorter)


def _join_single_words(groups: _Groups, organisations: dict[str, str], known: KnownNames) -> None:
    """Join "Wanderers" and "Tullow" with the only longer name that ends or begins so, as news shortens names."""
    for key, name in organisations.items():
        word = normal_name(name)
        if " " in word or known.find(name) is not None:
            continue
        longer = {other for other, whole in organisations.items() if is_short_for(word, normal_name(whole))}
        if len({groups.root(other) for other in longer}) == 1:
            groups.join(longer.pop(), key)


def is_short_for(word: str, longer: str) -> bool:
    """Return whether one word alone can stand for a longer name; both in normal form.

    >>> is_short_for("wanderers", "western sydney wanderers"), is_short_for("navy", "secretary of the navy")
    (True, False)
    """
    words = longer.split()
    if len(words) < 2 or len(word) < MIN_SHORT_CHARS:
        return False
    ends = words[-1] == word and word not in _GENERIC_TAILS | _NO_SHORT_FORMS and words[-2] not in _SMALL_WORDS
    return ends or (words[0] == word and word not in _GENERIC_HEADS)


def _introduces(text: str, name: Found, acronym: Found) -> bool:
    """Return whether `acronym` stands in brackets directly behind `name` and fits its initials."""
    if name.label != acronym.label:
        return False
    bracket = _IN_BRACKETS.match(text, name.end, acronym.end + 2)
    return (
        bracket is not None
        and bracket.start(1) == acronym.start
        and _fits_initials(bracket.group(1), text[name.start : name.end])
    )


def _fits_initials(acronym: str, name: str) -> bool:
    """Return whether the letters of `acronym` begin words of `name`, in order ("G20" for "Group of 20")."""
    letters = [character for character in acronym.upper() if character.isalnum()]
    rest = name.upper()
    position = 0
    for letter in letters:
        place = rest.find(letter, position)
        if place < 0:
            return False
        position = place + 1
    return rest[:1] == letters[0]
