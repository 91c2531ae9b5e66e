"""Names of outlets: when two spellings are one name, and where names stand in a text. Pure; imports nothing of ours."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
_WORD = re.compile(r"\w+")
_BLANKS = re.compile(r"[\s_\-‐‑–—]+")
_EDGES = " \t.,;:!?\"'“”‘’«»()[]|*"
MAX_NAME_CHARS = 120


def normalise_name(name: str) -> str:
    """Return the form under which names are compared: case, "The", hyphens, "&" and edge punctuation do not matter.

    >>> normalise_name("The Harbour-Post."), normalise_name("Wafer & Wire")
    ('harbour post', 'wafer and wire')
    """
    folded = unicodedata.normalize("NFKC", name[: MAX_NAME_CHARS * 2]).casefold().replace("&", " and ")
    folded = _BLANKS.sub(" ", folded).strip(_EDGES)
    return folded.removeprefix("the ").strip(_EDGES)


class Found(NamedTuple, Generic[T]):
    """A name in a text: half-open code points, and what it names."""

    start: int
    end: int
    value: T


class NameScanner(Generic[T]):
    """Finds many names in a text in one pass over its words, longest name first, case as written.

    Names are kept by their first two words, so that "The" does not ask for every name that begins with it.
    """

    def __init__(self, names: Iterable[tuple[str, T]]) -> None:
        found: dict[tuple[str, ...], dict[str, T]] = {}
        for name, value in names:
            words = tuple(_WORD.findall(name)[:2])
            if words and name.startswith(words[0]):
                found.setdefault(words, {}).setdefault(name, value)
        self._by_words = {words: sorted(same.items(), key=_longest_first) for words, same in found.items()}
        self._firsts = frozenset(words[0] for words in self._by_words)

    def scan(self, text: str) -> Iterator[Found[T]]:
        """Yield the names in text order, without overlap; a name ends where its last word ends."""
        reached = 0
        for word in _WORD.finditer(text):
            if word[0] in self._firsts and word.start() >= reached and (found := self.at(text, word.start())):
                reached = found.end
                yield found

    def at(self, text: str, start: int) -> Found[T] | None:
        """Return the longest name that begins exactly at `start`, or None."""
        first = _WORD.match(text, start)
        if first is None:
            return None
        second = _WORD.search(text, first.end(), first.end() + MAX_NAME_CHARS)
        keys = [(first[0], second[0]), (first[0],)] if second else [(first[0],)]
        for key in keys:
            for name, value in self._by_words.get(key, ()):
                end = start + len(name)
                if text.startswith(name, start) and not _continues(text, end):
                    return Found(start, end, value)
        return None


def _longest_first(item: tuple[str, object]) -> int:
    return -len(item[0])


def _continues(text: str, end: int) -> bool:
    """Whether a word runs across `end`."""
    return end < len(text) and (text[end].isalnum() or text[end] == "_") and text[end - 1].isalnum()
