"""Repairs the spans of names that a model found: text and mentions → mentions; pure.

Common faults of small models on news: a leading article, a possessive, a trailing mark, a title inside a person's name,
two names in one span, one name in two spans. Labels that make no entity are dropped, after they had their chance to be
half of a name ("Group of" + "20").
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.enrich.found import LABEL_GROUPS, NUMBERS, PERSON, Found
from pipeline.enrich.known_names import KnownNames
from pipeline.enrich.name_words import name_words
from pipeline.enrich.person_name import is_like_a_person
from pipeline.enrich.person_titles import PARTICLES, QUALIFIERS, ROLES, SUFFIXES, TITLES

MAX_JOIN_CHARS: Final = 12
MAX_SPAN_CHARS: Final = 500
"""Longest span that is looked at: several names in one, at most."""

MAX_NAME_CHARS: Final = 120
"""Longer is a sentence that was taken for a name (titles of works reach 100)."""

_TOKEN: Final = re.compile(r"\S+")
_OPENING: Final = " \t\u00a0\"'“”‘’„«»‹›([{<*•·–—-_/\\|#@,.;:!?…"
_CLOSING: Final = ' \t\u00a0"“”‘„«»‹›([{<>*•·–—-_/\\|,;:!?…'
_POSSESSIVE: Final = re.compile(r"\s?['’][sS]?$")
_ARTICLE: Final = re.compile(r"(?:the|a|an|The|An|THE|this|that|these|those)\s+(?=\S)")
_LOOSE_END: Final = re.compile(
    r"\s(?:and|or|of|for|the|a|in|on|at|to|by|with|from|und|et|y|de|der|des|du|von|The|A|An)$"
)
_QUOTE_MARK: Final = {"“": "”", "‘": "’", "„": "“", "«": "»", '"': '"'}
_MONTH: Final = re.compile(
    r"(?:early |late |mid-)?(?:january|february|march|april|may|june|july|august|september|october|november|december)"
    r"(?: \d{1,2},?)?(?: \d{4})?",
    re.IGNORECASE,
)
_DATED: Final = re.compile(r"\d/\d")
_AMOUNT: Final = re.compile(
    rf"(?:(?:{'|'.join(map(re.escape, sorted(name_words('currencies'))))})\b ?|[$€£¥])\d[\d.,]*(?:$|[ -])"
    rf"|[$€£¥]?\d[\d.,]* ?(?:{'|'.join(name_words('magnitudes'))})\b"
)
"""How a sum of money begins, small letters."""
_KEEPS_ARTICLE: Final = frozenset({"The Hague", "The Gambia", "The Bahamas"})
_BOILERPLATE: Final = frozenset(
    ("slideshow", "file photo", "handout", "photo", "video", "image", "read more", "share", "advertisement")
)
_HYPHENATED: Final = re.compile(r"-(?:[A-Z]\w+|[a-z]{1,6})(?![\w-])")
_COMPOUND_TAILS: Final = name_words("compound_tails")
_ENDS_WITH_DOT: Final = re.compile(r"(?:\b\w\.(?:\w\.)+|\b(?:Jr|Sr|Inc|Corp|Co|Ltd|Bros|No|Va|Md|Pa|Calif)\.)$")
_SEPARATOR: Final = re.compile(
    r"\s+/\s+|\s+(?:and|und|et|y|e|&|vs\.?|versus|with)\s+|\s*[,;/|]\s+|\s+[–—-]+\s+|\s*\n\s*|\s+\("
)
_HARD_SEPARATOR: Final = re.compile(r"\s+/\s+|\s+[–—|]+\s+|\s*\n\s*|\s+\(")
_FAMILY: Final = re.compile(r"(?:al|el|as|an|ar)-[A-Z]")
_OWNER: Final = re.compile(r"(\w[\w. -]{1,40}?)\s?['’]s? (?=[A-Z])")
_PAIR: Final = re.compile(r"(\w+)(?:(['’]s )| and | & |, |-|–|/)(?=[A-Z])")
_CALENDAR: Final = name_words("calendar") | name_words("ordinals")
_PRONOUNS: Final = name_words("pronouns")


def repair_mentions(text: str, mentions: Sequence[Found], known: KnownNames) -> list[Found]:
    """Return the mentions that name something, with exact spans, in text order, never overlapping."""
    repaired: list[Found] = []
    after = 0
    for mention in _join_halves(text, mentions):
        if mention.label not in LABEL_GROUPS or mention.end - mention.start > MAX_SPAN_CHARS:
            continue
        for part in _split(text, mention, known):
            exact = _trim(text, part)
            if exact and exact.start >= after and _is_name(text[exact.start : exact.end], exact.label):
                repaired.append(exact)
                after = exact.end
    return repaired


def split_pairs(text: str, mentions: Sequence[Found]) -> list[Found]:
    """Return the mentions with those cut that hold persons of the article: "Manchin-Toomey", "Lerner’s Duke"."""
    surnames = {
        text[mention.start : mention.end].rsplit(" ", 1)[1]
        for mention in mentions
        if mention.label == PERSON and " " in text[mention.start : mention.end]
    }
    cut: list[Found] = []
    for mention in mentions:
        first = _PAIR.match(text, mention.start, mention.end)
        if first is None or first.group(1) not in surnames:
            cut.append(mention)
            continue
        rest = mention._replace(start=first.end())
        second = text[rest.start : rest.end]
        if second in surnames:
            cut += [mention._replace(end=first.end(1), label=PERSON), rest._replace(label=PERSON)]
        elif first.group(2):
            cut += [mention._replace(end=first.end(1), label=PERSON), rest]
        else:
            cut.append(mention)
    return cut


def trim_title(text: str, start: int, end: int) -> int:
    """Return where the person's name begins in `text[start:end]`: after titles such as "U.S. President"."""
    tokens = list(_TOKEN.finditer(text, start, end))
    name_from = 0
    for number, token in enumerate(tokens[:-1]):
        word = token.group().rstrip(".,:").replace("’s", "").replace("'s", "").lower()
        if word in TITLES or word in ROLES:
            name_from = number + 1
        elif word not in QUALIFIERS:
            break
    if tokens[name_from].group().rstrip(".,").lower() in SUFFIXES:
        return start
    return tokens[name_from].start()


def _join_halves(text: str, mentions: Sequence[Found]) -> Iterator[Found]:
    """Join what a model cut in two: "Group of" + "20", "World War" + "II" (a number, and only a blank between)."""
    held: Found | None = None
    for mention in mentions:
        if held and _belong_together(text, held, mention):
            held = held._replace(end=mention.end)
            continue
        if held:
            yield held
        held = mention
    if held:
        yield held


def _belong_together(text: str, first: Found, second: Found) -> bool:
    between = text[first.end : second.start]
    if first.label not in LABEL_GROUPS or second.start - first.end > MAX_JOIN_CHARS:
        return False
    if first.label == PERSON and between == " " and _FAMILY.match(text, second.start, second.end):
        return True  # "Abu Bakr" + "al-Baghdadi"
    if first.label == PERSON and between.split() and set(between.split()) <= PARTICLES and second.label in LABEL_GROUPS:
        return between[0] == between[-1] == " "  # "Ursula" + "Leyen" around "von der"
    if between not in {"", " "}:
        return False
    ends_open = text[first.start : first.end].endswith((" of", " of the"))
    return ends_open and (second.label in NUMBERS or second.label in LABEL_GROUPS)


def _split(text: str, mention: Found, known: KnownNames) -> Iterator[Found]:
    """Cut a span with several names: persons at "and" and commas, anything at line ends, dashes and brackets."""
    separator = _SEPARATOR if mention.label == PERSON else _HARD_SEPARATOR
    start = mention.start
    owner = _OWNER.match(text, start, mention.end)
    if owner and (entry := known.find(owner.group(1))) and entry.sure:  # "California’s Air Resources Board"
        yield mention._replace(end=owner.end(1), label=entry.label)
        start = owner.end()
    elif owner and is_like_a_person(text[owner.end() : mention.end]):  # "Courier's Ada Holm"
        yield mention._replace(end=owner.end(1))
        yield mention._replace(start=owner.end(), label=PERSON)
        return
    for cut in separator.finditer(text, mention.start, mention.end):
        if text[cut.end() : mention.end].rstrip(".").lower() in SUFFIXES:  # "Sammy Davis, Jr."
            continue
        yield mention._replace(start=start, end=cut.start())
        start = cut.end()
    yield mention._replace(start=start)


def _trim(text: str, mention: Found) -> Found | None:
    start, end = mention.start, mention.end
    while start < end and text[start] in _OPENING:
        start += 1
    article = _ARTICLE.match(text, start, end)
    if article and not _belongs_to_name(text, start, end):
        start = article.end()
        while start < end and text[start] in _OPENING:
            start += 1
    end = _trim_end(text, start, end)
    end = _trim_end(text, start, _before_open_quote(text, start, end))
    if start < end and mention.label == PERSON:
        start, end = _trim_person(text, start, end)
    return mention._replace(start=start, end=end) if start < end else None


def _belongs_to_name(text: str, start: int, end: int) -> bool:
    """Return whether the article is part of the name: "The Hague", and "The Times" inside a sentence."""
    if text[start:end] in _KEEPS_ARTICLE:
        return True
    before = text[max(0, start - 2) : start]
    return text.startswith("The ", start) and len(before) == 2 and before[1] == " " and before[0].isalnum()


def _trim_end(text: str, start: int, end: int) -> int:
    while start < end:
        last = text[end - 1]
        possessive = _POSSESSIVE.search(text[start:end])
        if last in _CLOSING or (last in ")]}" and not _has_opening(text[start:end], last)):
            end -= 1
        elif possessive and possessive.start():
            end = start + possessive.start()
        elif loose := _LOOSE_END.search(text, start, end):
            end = loose.start()
        elif last == "." and not _ENDS_WITH_DOT.search(text[start:end]):
            end -= 1
        else:
            break
    return end


def _before_open_quote(text: str, start: int, end: int) -> int:
    """Return where the name ends before a quotation mark that is opened within it and not closed."""
    for place in range(start + 1, end):
        closing = _QUOTE_MARK.get(text[place])
        if closing and text[place - 1].isspace() and text.find(closing, place + 1, end) < 0:
            return place
    return end


def _has_opening(name: str, closing: str) -> bool:
    return {")": "(", "]": "[", "}": "{"}[closing] in name


def _trim_person(text: str, start: int, end: int) -> tuple[int, int]:
    """Drop titles before the name, and lower-case words around it ("Peskov said")."""
    start = trim_title(text, start, end)
    tokens = list(_TOKEN.finditer(text, start, end))
    while tokens and tokens[-1].group().islower():  # "al-Hamdan" has a capital
        tokens.pop()
    while tokens and tokens[0].group().islower() and tokens[0].group() not in PARTICLES:
        tokens.pop(0)
    if not tokens:
        return start, start
    first, last = tokens[0].start(), tokens[-1].end()
    last = end if last == end else _trim_end(text, first, last)
    return first, _with_hyphenated_part(text, first, last)


def _with_hyphenated_part(text: str, start: int, end: int) -> int:
    """Return the end with what a hyphen joins to a full name: "Moon Jae" + "-in", but not "Donald Trump-era"."""
    part = _HYPHENATED.match(text, end)
    if not part or part.group()[1:].lower() in _COMPOUND_TAILS:
        return end
    return part.end() if " " in text[start:end] or part.group()[1].isupper() else end


def _is_name(name: str, label: str) -> bool:
    """Return whether the span can name anything at all."""
    if not 1 < len(name) <= MAX_NAME_CHARS or not any(map(str.isalpha, name)):
        return False
    word = name.lower().rstrip(".")
    if word in _CALENDAR or word in _BOILERPLATE or word in _PRONOUNS or "@" in name or "://" in name or "www." in word:
        return False
    if (_MONTH.fullmatch(word) and any(map(str.isdigit, word))) or _DATED.search(name):
        return False
    if _AMOUNT.match(word):
        return False
    if label == PERSON and (word in TITLES or any(map(str.isdigit, name))):
        return False
    # Scripts without case name things in "lower case"; elsewhere a name has a capital or a digit.
    return any(
        character.isupper() or character.isdigit() or not character.islower()
        for character in name
        if character.isalnum()
    )
