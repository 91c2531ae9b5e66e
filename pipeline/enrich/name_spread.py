"""Adds mentions that the model missed: known names, and names that it found elsewhere in the article. Pure.

A model sees one paragraph at a time and misses "Kremlin" in a headline although it found it below. An exact, whole-word
occurrence of a name that was found is a mention too, unless it is part of a longer name or an ordinary word.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import Final

from pipeline.enrich.found import PERSON, Found
from pipeline.enrich.known_names import KnownNames
from pipeline.enrich.name_matcher import NameMatcher, is_word_part
from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.person_titles import TITLES

_WORD_BEFORE: Final = re.compile(r"([\w.’'-]+) $")
_WORD_AFTER: Final = re.compile(r" ([\w’'-]+)")
_LOOK_CHARS: Final = 30
_SMALL: Final = ascii_lowercase.encode()
_CAPITALS: Final = ascii_uppercase.encode()
_SENTENCE_END: Final = '.!?:;"”“'


def add_known_names(
    text: str, paragraphs: Sequence[Paragraph], mentions: Sequence[Found], known: KnownNames
) -> list[Found]:
    """Return the mentions with sure known names added; one that a known name contains is replaced by it."""
    added: list[Found] = []
    for number, paragraph in enumerate(paragraphs):
        # In a line of capitals "US" may be "us".
        matcher = known.matcher_in_capitals if _shouts(text[paragraph.start : paragraph.end]) else known.matcher
        for start, end in matcher.find(text, paragraph.start, paragraph.end):
            entry = known.find(text[start:end])
            if entry:
                added.append(Found(start, end, entry.label, paragraph.zone, number))
    return _merge(mentions, [name for name in added if _fits(name, mentions) and not _inside_longer_name(text, name)])


def spread_names(
    text: str, paragraphs: Sequence[Paragraph], mentions: Sequence[Found], known: KnownNames
) -> list[Found]:
    """Return the mentions with all other exact occurrences of their names, and of persons' surnames, added."""
    labels: dict[str, str] = {}
    for mention in mentions:
        labels.setdefault(text[mention.start : mention.end], mention.label)
    for name in [name for name, label in labels.items() if label == PERSON]:
        surname = name.rsplit(" ", 1)[-1]
        if surname != name and surname[0].isupper() and known.find(surname) is None:
            labels.setdefault(surname, PERSON)
    names = [name for name in labels if _may_spread(name, text)]
    matcher = NameMatcher(names)
    starts = [mention.start for mention in mentions]
    added = [
        Found(start, end, labels[text[start:end]], paragraph.zone, number)
        for number, paragraph in enumerate(paragraphs)
        for start, end in matcher.find(text, paragraph.start, paragraph.end)
        if _is_free(start, end, mentions, starts)
    ]
    return _merge(mentions, [name for name in added if not _inside_longer_name(text, name)])


def _may_spread(name: str, text: str) -> bool:
    """Return whether every occurrence of `name` names the same thing: "May" doesn't where "may" is a word."""
    if " " in name:
        return True
    return len(name) >= 3 and not name.islower() and not _is_word_of(text, name.lower())


def _is_word_of(text: str, word: str) -> bool:
    """Return whether the text has the word, of Latin letters, by itself and in small letters."""
    if not (word.isascii() and word.isalpha()):
        return False
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (start and is_word_part(text[start - 1])) and not (end < len(text) and is_word_part(text[end])):
            return True
        start = text.find(word, end)
    return False


def _fits(name: Found, mentions: Sequence[Found]) -> bool:
    """Return whether the name overlaps no mention, or wholly contains those that it overlaps."""
    return all(
        name.start <= other.start and other.end <= name.end and other[:2] != name[:2]
        for other in _overlapping(name, mentions)
    )


def _overlapping(name: Found, mentions: Sequence[Found]) -> Iterator[Found]:
    position = bisect_right(mentions, name.start, key=lambda mention: mention.end)
    while position < len(mentions) and mentions[position].start < name.end:
        yield mentions[position]
        position += 1


def _is_free(start: int, end: int, mentions: Sequence[Found], starts: Sequence[int]) -> bool:
    after = bisect_right(starts, start)
    return (after == 0 or mentions[after - 1].end <= start) and (after == len(starts) or starts[after] >= end)


def _inside_longer_name(text: str, name: Found) -> bool:
    """Return whether a capitalised neighbour makes it part of a longer name ("Trump Tower", "Melania Trump")."""
    if " " in text[name.start : name.end]:
        return False
    after = _WORD_AFTER.match(text, name.end, name.end + _LOOK_CHARS)
    if after and after.group(1)[0].isupper() and not after.group(1).isupper() and after.group(1).lower() not in TITLES:
        return True
    before = _WORD_BEFORE.search(text[max(0, name.start - _LOOK_CHARS) : name.start])
    if not before or not before.group(1)[0].isupper():
        return False
    word = before.group(1)
    if word.endswith(".") and len(word) > 2:  # a sentence ended, or a title was shortened; "J." is an initial
        return False
    starts_sentence = text[: name.start - len(word) - 1][-2:].strip()[-1:] in {"", *_SENTENCE_END}
    return not starts_sentence and word.rstrip(".").lower() not in TITLES


def _shouts(line: str) -> bool:
    if line.isascii():
        letters = line.encode()
        small = len(letters) - len(letters.translate(None, _SMALL))
        capitals = len(letters) - len(letters.translate(None, _CAPITALS))
    else:
        small, capitals = sum(map(str.islower, line)), sum(map(str.isupper, line))
    return capitals > 12 and capitals > 2 * small


def _merge(mentions: Sequence[Found], added: Sequence[Found]) -> list[Found]:
    """Return both in text order; an added one replaces those that it contains."""
    if not added:
        return list(mentions)
    starts = [name.start for name in added]
    kept = []
    for mention in mentions:
        position = bisect_right(starts, mention.start)
        if position == 0 or added[position - 1].end < mention.end:
            kept.append(mention)
    return sorted([*kept, *added])
