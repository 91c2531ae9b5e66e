"""Which entity a source stands for: a span such as "she" or "Mayor Ada Holm" → an entity's id, or None. Pure.

A name resolves to the entity that it mentions; "the mayor" to the person whom the text called mayor; a pronoun to the
nearest person whom it fits, the subject of a sentence before others and the last speaker before all. When that is not
clear the source stays open. People named inside quotes are no candidates for pronouns outside.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from pipeline.enrich.found import ORG, PERSON
from pipeline.enrich.normal_name import fold
from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.person_name import load_given_names
from pipeline.enrich.quote_marks import Stretch
from pipeline.enrich.quote_words import SpeechWords
from pipeline.enrich.word_set import word_set
from schemas.annotations import Entity, ZoneKind

MAX_PARAGRAPHS_BACK: Final = 3
"""How far a pronoun looks for its person; further than that readers would have lost track too."""

SPEAKING: Final = frozenset({ORG, "GPE", "FAC"})
"""Labels that can speak beside people; "a Republican" is somebody, not the party."""
TITLE_CHARS: Final = 60
WORDS_OF_TITLE: Final = 4
"""Words between "a" and its noun: "a senior White House official"."""

_FILE: Final = "quote_genders.toml"
_SEGMENT_END: Final = re.compile(r"[,(;]")
_COMPLEMENT: Final = re.compile(r"\s(?:of|at|from|for|in|with|by|to|on|de|du|des|von|der|del|and|und|et|y)\s")
_AND: Final = frozenset({"and", "und", "et", "y"})
_SENTENCE_START: Final = re.compile(r"[.!?][\"”’»)]*\s+(?=[\"“„«‘]?[^\W\d_a-z])")
_WORD: Final = re.compile(r"[^\W\d_](?:[\w-]|[’'](?=\w))*")
_POSSESSIVE: Final = ("’s", "'s", "’ ", "' ")
_HE: Final = "he"
_SHE: Final = "she"


class _Named(NamedTuple):
    """A mention that may speak."""

    start: int
    end: int
    entity: str
    label: str


class Speakers:
    """The people and organisations of one article, with what has been heard so far. Made for one article."""

    def __init__(
        self, text: str, paragraphs: Sequence[Paragraph], entities: Sequence[Entity], words: SpeechWords
    ) -> None:
        self._text = text
        self.words = words
        self._paragraphs = paragraphs
        self._starts = [paragraph.start for paragraph in paragraphs]
        self._names = {entity.id: entity.name for entity in entities}
        self._mentions = sorted(
            _Named(mention.start, mention.end, entity.id, entity.label)
            for entity in entities
            if entity.label == PERSON or entity.label in SPEAKING
            for mention in entity.mentions
            if mention.zone is not ZoneKind.CREDIT
        )
        self._places = [mention.start for mention in self._mentions]
        self._quoted: list[Stretch] = []
        self._heard: list[tuple[int, str]] = []
        self._genders: dict[str, str | None] = {}

    def heard(self, speaker: str, place: int) -> None:
        """Remember that this entity is named as a speaker at this place."""
        self._heard.append((place, speaker))

    def note_quoted(self, stretches: Sequence[Stretch]) -> None:
        """Remember what is quoted, in text order."""
        self._quoted += stretches

    def resolve(self, start: int, end: int) -> str | None:
        """Return the entity that the source at this span stands for; None when it is nobody known, or not clear."""
        written = self._text[start:end].strip(" ,").lower()
        words = self.words
        if written in words.he:
            return self._resolve_pronoun(start, _HE)
        if written in words.she:
            return self._resolve_pronoun(start, _SHE)
        if written in words.relative:
            return self._named_before(start)
        if written in words.pronouns:
            return None
        return self._resolve_name(start, end) or self._resolve_title(start, end)

    def _between(self, start: int, end: int) -> list[_Named]:
        return self._mentions[bisect_left(self._places, start) : bisect_left(self._places, end)]

    def _resolve_name(self, start: int, end: int) -> str | None:
        """Return whom the head of the phrase mentions: "Holm's aide Bo Lind of Graz" is Bo Lind."""
        first = True
        while start < end:
            stop = _SEGMENT_END.search(self._text, start, end)
            segment_end = stop.start() if stop else end
            found = self._head(start, segment_end, people_only=not first)
            if found is not None:
                return found
            start, first = segment_end + 1, False
        return None

    def _head(self, start: int, end: int, *, people_only: bool) -> str | None:
        """Return whom the last name before "of", "at" … is, the name that holds one ("Bank of Graz") included."""
        complements = _COMPLEMENT.finditer(self._text, start, end)
        complement = next((found for found in complements if not self._is_in_name(found.start())), None)
        if complement is not None and complement.group().strip() in _AND:
            return None  # two sources, and a quote has one speaker
        stop = complement.start() if complement else end
        tail = len(self._text[start:stop].rstrip(" .")) + start
        for mention in reversed(self._between(start, stop)):
            if people_only and mention.label != PERSON:
                continue
            if mention.end >= tail and not self._text.startswith(_POSSESSIVE[:2], mention.end):
                return mention.entity
        return None

    def _is_in_name(self, place: int) -> bool:
        number = bisect_left(self._places, place)
        return number > 0 and self._mentions[number - 1].end > place

    def _resolve_title(self, start: int, end: int) -> str | None:
        """Return the last person before this place whom the text gave this title: "the mayor" → "Mayor Ada Holm"."""
        segment = _SEGMENT_END.split(self._text[start:end], maxsplit=1)[0]
        written = [word.lower() for word in _WORD.findall(_COMPLEMENT.split(segment, maxsplit=1)[0])]
        if len(written) < 2 or written[0] not in self.words.determiners or written[0] in self.words.indefinite:
            return None
        title = written[-1]
        people = [mention for mention in self._between(0, start) if mention.label == PERSON]
        for mention in reversed(people):
            if title in self._titles(mention):
                return None if self._is_new(title, mention.end, start) else mention.entity
        return None

    def _is_new(self, title: str, start: int, end: int) -> bool:
        """Return whether "a spokesman", somebody unnamed, is between the person so called and "the spokesman"."""
        words = [word.lower() for word in _WORD.findall(self._text, start, end)]
        places = [number for number, word in enumerate(words) if word == title]
        return any(
            self.words.indefinite.intersection(words[max(0, number - WORDS_OF_TITLE) : number]) for number in places
        )

    def _titles(self, mention: _Named) -> set[str]:
        """Return the words right before a person's name, and those of "…, the mayor of Graz," after it."""
        before = self._text[max(0, mention.start - TITLE_CHARS) : mention.start]
        before = _COMPLEMENT.split(re.split(r"[.,;:!?\n\"“”]\s", before)[-1])[-1]
        words = {word.lower() for word in _WORD.findall(before)[-4:]}
        after = self._text[mention.end : mention.end + TITLE_CHARS]
        if after.startswith(", "):
            apposition = re.split(r"[,.;:\n\"“”]|\b(?:of|de|von|who)\b", after[2:], maxsplit=1)[0]
            words |= {word.lower() for word in _WORD.findall(apposition)[-1:]}
        return words

    def _named_before(self, start: int) -> str | None:
        people = [
            mention for mention in self._between(max(0, start - 2 * TITLE_CHARS), start) if mention.label == PERSON
        ]
        return people[-1].entity if people else None

    def _resolve_pronoun(self, place: int, pronoun: str) -> str | None:
        number = max(0, bisect_left(self._starts, place + 1) - 1)
        for back in range(number, max(-1, number - MAX_PARAGRAPHS_BACK - 1), -1):
            paragraph = self._paragraphs[back]
            if paragraph.zone not in {ZoneKind.BODY, ZoneKind.CORRECTION} and back != number:
                continue
            end = min(place, paragraph.end)
            starts = [paragraph.start]
            starts += [found.end() for found in _SENTENCE_START.finditer(self._text, paragraph.start, end)]
            for first in reversed(starts):
                found = self._fitting(first, end, pronoun)
                if found is not None:
                    return found
                end = first
        return None

    def _fitting(self, start: int, end: int, pronoun: str) -> str | None:
        """Return the person of one sentence whom the pronoun fits: its speaker, else the first outside quotes."""
        for at, speaker in reversed(self._heard):
            if at < start:
                break
            if at < end and self._fits(speaker, pronoun):
                return speaker
        people = [
            mention
            for mention in self._between(start, end)
            if mention.label == PERSON and not self._is_quoted(mention.start) and not self._is_possessive(mention)
        ]
        known = [mention for mention in people if self._fits(mention.entity, pronoun)]
        return known[0].entity if known else None

    def _is_possessive(self, mention: _Named) -> bool:
        return self._text.startswith(_POSSESSIVE, mention.end)

    def _is_quoted(self, place: int) -> bool:
        number = bisect_left(self._quoted, (place, 0, False))
        return number > 0 and self._quoted[number - 1].end > place

    def _fits(self, entity: str, pronoun: str) -> bool:
        if entity not in self._genders:
            self._genders[entity] = self._gender(entity)
        gender = self._genders[entity]
        return self._names.get(entity) is not None and entity.startswith("person:") and gender in {None, pronoun}

    def _gender(self, entity: str) -> str | None:
        """Return the pronoun of a person by a title somewhere before the name, else by the given name."""
        words = self.words
        for mention in self._mentions:
            if mention.entity == entity:
                before = self._text[max(0, mention.start - 24) : mention.start]
                titles = [word.lower() for word in _WORD.findall(before.rpartition(",")[2])][-2:]
                if any(word in words.female for word in titles):
                    return _SHE
                if any(word in words.male for word in titles):
                    return _HE
        return _gender_of_name(self._names.get(entity, ""))


def _gender_of_name(name: str) -> str | None:
    parts = fold(name).split()
    if len(parts) < 2:
        return None
    female, either = _genders()
    given = parts[0].strip(".")
    if given in either:
        return None
    if given in female:
        return _SHE
    return _HE if given in load_given_names() else None


@cache
def _genders() -> tuple[frozenset[str], frozenset[str]]:
    table = tomllib.loads(files("pipeline.enrich").joinpath(_FILE).read_text(encoding="utf-8"))
    return word_set(table["female"]), word_set(table["either"])
