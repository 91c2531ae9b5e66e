"""Names in headlines that capitalise every word or letter: mentions → those that the story bears out; pure.

"Bridge Claim Blows Up" looks like a name to a model, for all its words are capitalised. What a headline names, or a
heading in capitals amid the story, the story nearly always names again; so a mention there needs the story, a table or
a given name behind it.
"""

import re
from collections.abc import Sequence
from typing import Final

from pipeline.enrich.found import PERSON, Found
from pipeline.enrich.gazetteer import Gazetteer
from pipeline.enrich.known_names import KnownNames
from pipeline.enrich.normal_name import normal_name
from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.person_name import is_like_a_person
from schemas.annotations import ZoneKind

MIN_WORDS: Final = 4
TITLE_CASE: Final = 0.7
"""Share of the longer words with a capital: sentence case stays under a half, title case above .8."""

MAX_HEADING_CHARS: Final = 100
"""Longer lines in capitals are text whose small letters were lost."""
FULL_NAME_WORDS: Final = 2

_WORD: Final = re.compile(r"[^\W\d_][\w’'-]*")
_LONG: Final = 4
_ARTICLES: Final = frozenset({"The", "A", "An"})


def check_headline(
    text: str, paragraphs: Sequence[Paragraph], mentions: Sequence[Found], known: KnownNames, gazetteer: Gazetteer
) -> list[Found]:
    """Return the mentions; of those in a headline in capitals only what is borne out, cut down to that part."""
    lines = [text[paragraph.start : paragraph.end] for paragraph in paragraphs]
    shouted = {number for number, line in enumerate(lines) if len(line) <= MAX_HEADING_CHARS and line.isupper()}
    headlines = shouted | {
        number
        for number, paragraph in enumerate(paragraphs)
        if paragraph.zone is ZoneKind.TITLE and _is_title_case(lines[number])
    }
    headlines |= _lone_words(lines, mentions)
    if not headlines:
        return list(mentions)
    story = [mention for mention in mentions if mention.paragraph not in headlines]
    labels: dict[str, str] = {}
    for mention in story:
        name = text[mention.start : mention.end]
        labels.setdefault(normal_name(name), mention.label)
        if mention.label == PERSON and " " in name:
            labels.setdefault(normal_name(name.rsplit(" ", 1)[1]), PERSON)
    checked: list[Found] = []
    for mention in mentions:
        if mention.paragraph not in headlines:
            checked.append(mention)
        elif (part := _borne_out(text, mention, labels, known)) is not None:
            checked.append(part)
        elif mention.paragraph not in shouted and _is_town(text[mention.start : mention.end], gazetteer):
            checked.append(mention)
    return checked


def _lone_words(lines: Sequence[str], mentions: Sequence[Found]) -> set[int]:
    """Return the paragraphs that are one word, which a model took for a person: headings such as "Hypocrisy"."""
    return {
        mention.paragraph
        for mention in mentions
        if mention.label == PERSON
        and mention.end - mention.start == len(lines[mention.paragraph])
        and " " not in lines[mention.paragraph]
    }


def _is_town(name: str, gazetteer: Gazetteer) -> bool:
    return " " not in name and bool(gazetteer.find(name))


def _is_title_case(line: str) -> bool:
    words = [word for word in _WORD.findall(line) if len(word) >= _LONG]
    return len(words) >= MIN_WORDS and sum(word[0].isupper() for word in words) >= TITLE_CASE * len(words)


def _borne_out(text: str, mention: Found, labels: dict[str, str], known: KnownNames) -> Found | None:
    """Return the longest part of the mention that the story names too, or all of it where a table vouches for it."""
    name = text[mention.start : mention.end]
    words = list(_WORD.finditer(text, mention.start, mention.end))
    is_full_name = is_like_a_person(name) and not name.isupper()
    if known.find(name) or normal_name(name) in labels or (is_full_name and len(words) == FULL_NAME_WORDS):
        return mention
    for size in range(len(words), 0, -1):
        for first in range(len(words) - size + 1):
            start, end = words[first].start(), words[first + size - 1].end()
            label = None if words[first].group() in _ARTICLES else labels.get(normal_name(text[start:end]))
            if label is not None:
                return mention._replace(start=start, end=end, label=label)
    return mention if is_full_name else None
