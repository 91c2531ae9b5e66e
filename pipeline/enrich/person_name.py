"""A person's name taken apart, and whether two names can be one person's. Pure."""

import csv
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from pipeline.enrich.name_words import name_words
from pipeline.enrich.normal_name import fold
from pipeline.enrich.person_titles import CREDENTIALS, SUFFIXES

MAX_PERSON_WORDS: Final = 3

_FILE: Final = "given_names.csv"
_PERSON_WORD: Final = re.compile(r"[^\W\d_a-z][\w’'-]*\.?|[A-Z]\.")
_NO_SURNAMES: Final = name_words("organisation_tails") | name_words("thing_tails")


class PersonName(NamedTuple):
    """Words without case, accents and dots, in order; `suffix` is "jr", "iii" or empty."""

    words: tuple[str, ...]
    suffix: str

    @property
    def is_full(self) -> bool:
        """Whether the name has more than one word."""
        return len(self.words) > 1

    @property
    def key(self) -> str:
        """The name by which the person is the same in all articles: without middle initials.

        >>> parse_person_name("Donald J. Trump Jr.").key
        'donald trump jr'
        """
        middle = [word for word in self.words[1:-1] if len(word) > 1]
        ends = (self.words[0], *middle, self.words[-1]) if self.is_full else self.words
        return " ".join((*ends, self.suffix)).strip()


@lru_cache(maxsize=20_000)
def parse_person_name(name: str) -> PersonName:
    """Return the parts of `name`, which has no title and no possessive any more.

    >>> parse_person_name("Robert F. Kennedy, Jr.")
    PersonName(words=('robert', 'f', 'kennedy'), suffix='jr')
    """
    words = [word for part in fold(name).split() if (word := part.strip(".,'’\"“”()[]").replace(".", ""))]
    while len(words) > 2 and words[-1] in CREDENTIALS:
        words.pop()
    suffix = words.pop() if len(words) > 1 and words[-1] in SUFFIXES else ""
    return PersonName(tuple(words) or (fold(name),), suffix)


def may_be_one_person(first: PersonName, second: PersonName) -> bool:
    """Return whether two full names fit together: "Donald J. Trump" and "D. Trump", "bin Salman" in a longer name.

    >>> may_be_one_person(parse_person_name("Bill de Blasio"), parse_person_name("de Blasio"))
    True
    >>> may_be_one_person(parse_person_name("Bill Clinton"), parse_person_name("Hillary Clinton"))
    False
    """
    if first.suffix != second.suffix:
        return False
    longer, shorter = (
        (first.words, second.words) if len(first.words) >= len(second.words) else (second.words, first.words)
    )
    if _contains(longer, shorter):
        return True
    return (
        longer[-1] == shorter[-1]
        and _given_names_fit(longer[0], shorter[0])
        and all(any(_given_names_fit(word, other) for other in longer[1:-1]) for word in shorter[1:-1])
    )


def _contains(longer: tuple[str, ...], shorter: tuple[str, ...]) -> bool:
    """Return whether `shorter` stands at the start or the end of `longer`."""
    return longer[: len(shorter)] == shorter or longer[-len(shorter) :] == shorter


def _given_names_fit(first: str, second: str) -> bool:
    if first == second:
        return True
    if len(first) == 1 or len(second) == 1:
        return first[0] == second[0]
    groups = _nicknames()
    return bool(groups.get(first, frozenset()) & groups.get(second, frozenset()))


@cache
def _nicknames() -> dict[str, frozenset[str]]:
    """Given name → the names that it is short for, itself included."""
    names: dict[str, set[str]] = {}
    for name, formals in _rows():
        for formal in formals.split("|") if formals else ():
            names.setdefault(name, {name}).add(formal)
            names.setdefault(formal, {formal})
    return {name: frozenset(formals) for name, formals in names.items()}


@cache
def load_given_names() -> frozenset[str]:
    """Return common given names of many languages, lower case, without accents."""
    return frozenset(name for name, _ in _rows())


def _rows() -> list[tuple[str, str]]:
    lines = files("pipeline.enrich").joinpath(_FILE).read_text(encoding="utf-8").splitlines()
    return [(row["name"], row["short_for"]) for row in csv.DictReader(lines)]


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
