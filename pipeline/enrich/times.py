"""Times named in a text: paragraphs and the date they are told from → expressions with values; pure.

`time_anchor` finds that date; without one "on Tuesday" has a span and no value. Languages without a grammar have no
times.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.time_grammar import DIGITS, TimeGrammar, TimePattern, load_grammars
from pipeline.enrich.time_reading import Anchor, Reading, TimeValue
from pipeline.enrich.time_values import read_value
from schemas.annotations import Entity, TimeExpression

MAX_TIMES: Final = 1000
"""What a page of nothing but dates may cost; ten times a long live blog."""

_WORD: Final = re.compile(r"\w+")
_SENTENCE_END: Final = re.compile(r"[.!?:]['”’\")\]]?\s|\n")
_NUMBER_AROUND: Final = re.compile(r"(?:[$€£¥#@/.,:\w-]|(?:No|Nr|n°|N°)\.?[^\S\n]?|[$€£¥#][^\S\n])$")
_BEFORE_MONTH: Final = re.compile(
    r"\b(?:in|since|until|till|by|of|last|next|this|from|to|and|before|after|through|during|late|early|mid|on)[\s-]$",
    re.IGNORECASE,
)
_BEFORE_YEAR: Final = re.compile(
    r"\b(?:in|since|until|by|of|from|before|after|during|late|early|mid|the|its|his|her|their|des?|der|dem|en|del|les)[\s-]$",
    re.IGNORECASE,
)
_COUNTED: Final = re.compile(r"[^\S\n][a-zß-ÿ]{2,}s\b")
_LOOK_BACK: Final = 40
# "the 2016 election": the article belongs to what follows, unlike in "the weekend".
_DATED: Final = frozenset({"year", "month", "short_month"})
_WITH_ARTICLE: Final = frozenset({"quarter_word", "season"})
_ARTICLES: Final = frozenset({"the", "le", "la", "l'", "l’", "el"})
_NAMING_LABELS: Final = frozenset({"PERSON", "ORG", "PRODUCT", "WORK_OF_ART"})
_MONTH_FIRST: Final = frozenset({"US"})


def find_times(
    text: str,
    paragraphs: Sequence[Paragraph],
    language: str | None,
    anchor: Anchor | None,
    country: str | None = None,
) -> tuple[TimeExpression, ...]:
    """Return the time expressions of the paragraphs, in text order, never overlapping.

    Args:
        text: the article's text.
        paragraphs: what to read, in text order.
        language: ISO 639-1; without a grammar nothing is found.
        anchor: what relative expressions are told from.
        country: ISO 3166 of the publisher; it decides whether 7/8/07 is in July or in August, else that stays open.
    """
    grammar = load_grammars().get(language or "")
    if grammar is None:
        return ()
    month_first = None if country is None else country in _MONTH_FIRST
    found: list[TimeExpression] = []
    for paragraph in paragraphs:
        for start, end, groups, pattern in _matches(text, paragraph.start, paragraph.end, grammar):
            sentence = _sentence_start(text, paragraph.start, start)
            future = grammar.future.search(text, sentence, start) is not None
            past = grammar.past.search(text, sentence, start) is not None
            reading = Reading(groups, grammar, anchor, future and not past, past, month_first)
            value = _fixed(pattern, reading) or read_value(reading)
            if value.value is None and "year" in groups:
                continue  # 31 February 2018: digits that are no date
            found.append(_record(text, start, end, value, anchor))
            if len(found) >= MAX_TIMES:
                return tuple(found)
    return tuple(found)


def drop_times_in_names(times: Sequence[TimeExpression], entities: Sequence[Entity]) -> tuple[TimeExpression, ...]:
    """Return the times that are not part of a person's or an organisation's name: "Theresa May", "USA Today"."""
    spans = sorted(
        (mention.start, mention.end)
        for entity in entities
        if entity.label in _NAMING_LABELS
        for mention in entity.mentions
    )
    starts = [start for start, _ in spans]
    kept = []
    for time in times:
        before = bisect_right(starts, time.start) - 1
        if before < 0 or spans[before][1] < time.end:
            kept.append(time)
    return tuple(kept)


def _record(text: str, start: int, end: int, value: TimeValue, anchor: Anchor | None) -> TimeExpression:
    anchored = value.anchored and anchor is not None and value.value is not None
    return TimeExpression(
        start=start,
        end=end,
        text=text[start:end],
        value=value.value,
        anchor=anchor.text if anchored and anchor else None,
        anchor_signal=anchor.signal if anchored and anchor else None,
        certain=_is_certain(value, anchor),
    )


def _is_certain(value: TimeValue, anchor: Anchor | None) -> bool:
    if value.value is None or value.value.endswith("_REF"):
        return False
    return not value.anchored or (anchor is not None and anchor.certain)


def _fixed(pattern: TimePattern, reading: Reading) -> TimeValue | None:
    """Return the value of a wording that decides it alone."""
    if pattern.value == "this":
        return read_value(replace(reading, groups={**reading.groups, "relation": "this"}))
    return TimeValue(pattern.value) if pattern.value else None


def _matches(
    text: str, start: int, end: int, grammar: TimeGrammar
) -> Iterator[tuple[int, int, dict[str, str], TimePattern]]:
    """Yield the longest match at each word that can begin one: start, end, groups in small letters, pattern."""
    reached = start
    find = grammar.by_first_word.get
    for word in _WORD.finditer(text, start, end):
        first = word.group().lower()
        patterns = find(DIGITS if first[0].isdigit() else first)
        if not patterns or word.start() < reached:
            continue
        best = _longest(text, word.start(), end, patterns, grammar)
        if best is None:
            continue
        match, pattern = best
        begin, finish = match.span("span") if "span" in pattern.regex.groupindex else match.span()
        groups = {name: " ".join(part.lower().split()) for name, part in match.groupdict().items() if part is not None}
        yield _widen(text, max(start, reached), begin, groups, grammar), finish, groups, pattern
        reached = match.end()


def _longest(
    text: str, start: int, end: int, patterns: Sequence[TimePattern], grammar: TimeGrammar
) -> tuple[re.Match[str], TimePattern] | None:
    best: tuple[re.Match[str], TimePattern] | None = None
    for pattern in patterns:
        match = pattern.regex.match(text, start, end)
        if match and (best is None or match.end() > best[0].end()) and _stands(text, match, pattern, grammar):
            best = match, pattern
    return best


def _stands(text: str, match: re.Match[str], pattern: TimePattern, grammar: TimeGrammar) -> bool:
    """Return whether what surrounds the match, and its capital letters, allow it to be a time."""
    first = match.group()[0]
    if match.end() == match.start() or (pattern.proper and first.islower()) or (pattern.lower and first.isupper()):
        return False
    before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
    if first.isdigit() and _NUMBER_AROUND.search(before):
        return False
    if _is_other_word(match, before, grammar) or (pattern.bare_year and _is_amount(text, match, before)):
        return False
    if pattern.after and not pattern.after.search(before):
        return False
    return not (pattern.before_not and pattern.before_not.search(before))


def _is_other_word(match: re.Match[str], before: str, grammar: TimeGrammar) -> bool:
    """Return whether the month is another word here: in small letters ("this may help"), or alone without a cue."""
    month = match.groupdict().get("month")
    if month is None or month.lower() not in grammar.ambiguous:
        return False
    return month[0].islower() or (month == match.group() and not _BEFORE_MONTH.search(before))


def _is_amount(text: str, match: re.Match[str], before: str) -> bool:
    """Return whether a number counts what follows it: "for 2000 tickets", unlike "the 2016 elections"."""
    return _COUNTED.match(text, match.end()) is not None and not _BEFORE_YEAR.search(before)


def _widen(text: str, limit: int, start: int, groups: Mapping[str, str], grammar: TimeGrammar) -> int:
    """Return where the expression begins with "early", "the end of", "nearly" before it."""
    before = text[max(limit, start - _LOOK_BACK) : start]
    edge = grammar.edges.search(before)
    dated = _DATED & groups.keys() and not _WITH_ARTICLE & groups.keys()
    if edge is None or (dated and edge.group().strip().lower() in _ARTICLES):
        return start
    return start - len(before) + edge.start()


def _sentence_start(text: str, start: int, place: int) -> int:
    ends = [end.end() for end in _SENTENCE_END.finditer(text, start, place)]
    return ends[bisect_right(ends, place) - 1] if ends else start
