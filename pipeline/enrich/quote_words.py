"""The words by which languages report speech: `quote_words.toml` → one `SpeechWords` per language. Pure.

What each set means is said at the head of the table.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from pipeline.enrich.word_set import word_set

_FILE: Final = "quote_words.toml"


@dataclass(frozen=True, slots=True)
class SpeechWords:
    """The words of one language, lower case. Immutable."""

    cues: frozenset[str]
    """All forms that report speech, participles and labels among them."""
    label_cues: frozenset[str]
    participles: frozenset[str]
    told_cues: frozenset[str]
    according: tuple[tuple[str, ...], ...]
    according_after: frozenset[str]
    that: frozenset[str]
    fillers: frozenset[str]
    openers: frozenset[str]
    breakers: frozenset[str]
    prepositions: frozenset[str]
    determiners: frozenset[str]
    indefinite: frozenset[str]
    times: frozenset[str]
    spans: frozenset[str]
    nouns: frozenset[str]
    with_it: frozenset[str]
    terms: frozenset[str]
    works: frozenset[str]
    first: frozenset[str]
    he: frozenset[str]
    she: frozenset[str]
    they: frozenset[str]
    it: frozenset[str]
    relative: frozenset[str]
    male: frozenset[str]
    female: frozenset[str]

    @property
    def pronouns(self) -> frozenset[str]:
        """All pronouns that can be a source."""
        return self.first | self.he | self.she | self.they | self.it


@cache
def load_speech_words() -> dict[str, SpeechWords]:
    """Return the words by language code."""
    table = tomllib.loads(files("pipeline.enrich").joinpath(_FILE).read_text(encoding="utf-8"))
    return {language: _read(section) for language, section in table.items()}


def _read(section: dict[str, Any]) -> SpeechWords:
    sets = {name: word_set(value) for name, value in section.items() if isinstance(value, str)}
    cues = sets.pop("cues") | sets["label_cues"] | sets["participles"] | sets["told_cues"] | sets["with_it"]
    return SpeechWords(
        cues=cues,
        according=tuple(
            tuple(re.findall(r"\w+(?:['’]\w*)?", phrase))
            for phrase in sorted(section["according"], key=len, reverse=True)
        ),
        according_after=frozenset(section["according_after"]),
        **sets,
    )
