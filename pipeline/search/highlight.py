"""Text and what was looked for → fragments of HTML with `<mark>`. Pure; knows no engine.

All text is escaped before a mark is set, so article content can never become markup. The engine lends its analysis as
a function, so that a word is marked exactly when it was found.
"""

import html
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress, islice
from typing import Final

from schemas.query import And, Expression, Or, Phrase, Prefix, Word

FRAGMENT_CHARS: Final = 180
MAX_FRAGMENTS: Final = 3
MAX_TEXT_CHARS: Final = 50_000
"""Matches further down are not marked; reading a book-length body would cost more than it shows."""

MAX_SPANS: Final = 100
"""Marks in one text; a word that stands there more often is no help any more."""
_FEW_WORDS: Final = 20
"""Up to so many words are sought one by one, which is faster than to look at every word of a text."""
Analyze = Callable[[Sequence[str]], Sequence[str]]
"""Words as written → their indexed forms, one each."""

_ESCAPED: Final = re.compile("[&<>\"']")
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to mark in one field, in indexed form. `stems` were analysed for the text's language."""

    words: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.stems or self.prefixes or self.phrases)


def split_words(text: str) -> list[str]:
    """Return the words of `text` as written."""
    return _WORD.findall(text)


def find_wanted(expression: Expression, field: str, fold: Analyze, stem: Analyze | None) -> Wanted:
    """Return what the query looks for in `field`; what it excludes is not wanted."""
    words: set[str] = set()
    stems: set[str] = set()
    prefixes: list[str] = []
    phrases: list[tuple[str, ...]] = []
    for leaf in find_leaves(expression):
        if leaf.field not in {None, field}:
            continue
        written = split_words(leaf.text)
        folded = tuple(fold(written))
        if len(folded) > 1:
            phrases.append(folded)
        elif isinstance(leaf, Prefix):
            prefixes.extend(folded)
        else:
            words.update(folded)
            if isinstance(leaf, Word) and stem is not None:
                stems.update(stem(written))
    return Wanted(frozenset(words), frozenset(stems), tuple(prefixes), tuple(phrases))


def find_leaves(expression: Expression) -> list[Word | Phrase | Prefix]:
    """Return the words, phrases and prefixes that the query looks for."""
    match expression:
        case Word() | Phrase() | Prefix():
            return [expression]
        case And(parts) | Or(parts):
            return [leaf for part in parts for leaf in find_leaves(part)]
        case _:
            return []


class Matcher:
    """Finds what is wanted in many texts of one language; each distinct word is analysed once."""

    def __init__(self, wanted: Wanted, fold: Analyze, stem: Analyze | None) -> None:
        self.wanted = wanted
        self._fold = fold
        self._stem = stem
        self._folded: dict[str, str] = {}
        self._hits: set[str] = set()
        self._likely = _likely_words(wanted)

    def find_matches(self, text: str) -> list[tuple[int, int]]:
        """Return the spans (code points, in order, apart from each other) of `text` that were looked for."""
        return self.find_all((text,))[0]

    def find_all(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return the spans in each of the texts; what is new in all of them is analysed at once."""
        if not self.wanted:
            return [[] for _ in texts]
        texts = [text[:MAX_TEXT_CHARS] for text in texts]
        words = [set(self._likely.findall(text)) for text in texts]
        self._learn(list(set().union(*words).difference(self._folded)))  # operators would go through all that is folded
        return [self._spans(text, unique) for text, unique in zip(texts, words, strict=True)]

    def _spans(self, text: str, unique: set[str]) -> list[tuple[int, int]]:
        """Return the spans in a text of these likely words."""
        spans = self._word_spans(text, unique & self._hits)
        phrases = self._phrases_among(unique)
        if not phrases:
            return spans
        for phrase in phrases:
            spans.extend(self._phrase_spans(phrase, text, unique))
        return _merged(sorted(spans)[:MAX_SPANS])

    def _word_spans(self, text: str, hits: set[str]) -> list[tuple[int, int]]:
        """Return where these words stand, the first `MAX_SPANS` places, in order; no two words share a place."""
        if len(hits) <= _FEW_WORDS:
            return sorted([span for word in hits for span in _find_word(text, word)])[:MAX_SPANS]
        found = (match.span() for match in self._likely.finditer(text) if match.group() in hits)
        return list(islice(found, MAX_SPANS))

    def _learn(self, words: list[str]) -> None:
        if not words:
            return
        wanted = self.wanted
        folded = self._fold(words)
        self._folded.update(zip(words, folded, strict=True))
        self._hits.update(compress(words, map(wanted.words.__contains__, folded)))
        if wanted.prefixes:
            self._hits.update(compress(words, [form.startswith(wanted.prefixes) for form in folded]))
        if self._stem is not None and wanted.stems:
            self._hits.update(compress(words, map(wanted.stems.__contains__, self._stem(words))))

    def _phrases_among(self, unique: set[str]) -> list[tuple[str, ...]]:
        """Return the wanted phrases all of whose words stand in the text somewhere."""
        if not self.wanted.phrases:
            return []
        forms = {self._folded[word] for word in unique}
        return [phrase for phrase in self.wanted.phrases if forms.issuperset(phrase)]

    def _phrase_spans(self, phrase: tuple[str, ...], text: str, unique: set[str]) -> Iterator[tuple[int, int]]:
        """Yield where the phrase stands: its words in a row, with no other word between them."""
        # From its longest word, which as a rule is the rarest and stands in the fewest other words.
        pivot = max(range(len(phrase)), key=lambda place: len(phrase[place]))
        for word in [word for word in unique if self._folded[word] == phrase[pivot]]:
            for start, end in _find_word(text, word, most=None):
                first = self._first_before(phrase[:pivot], text, start)
                last = self._last_after(phrase[pivot + 1 :], text, end)
                if first is not None and last is not None:
                    yield first, last

    def _last_after(self, words: Sequence[str], text: str, at: int) -> int | None:
        """Return where these words end, if they are the next ones from `at` on."""
        for word in words:
            following = _WORD.search(text, at)
            if following is None or self._folded.get(following.group()) != word:
                return None
            at = following.end()
        return at

    def _first_before(self, words: Sequence[str], text: str, at: int) -> int | None:
        """Return where these words begin, if they are the last ones before `at`."""
        for word in reversed(words):
            end = at
            while end > 0 and not text[end - 1].isalnum():
                end -= 1
            at = end
            while at > 0 and text[at - 1].isalnum():
                at -= 1
            if at == end or self._folded.get(text[at:end]) != word:
                return None
        return at


def _find_word(text: str, word: str, most: int | None = MAX_SPANS) -> list[tuple[int, int]]:
    """Return where the word stands by itself, the first `most` places; what `_WORD` takes for a letter is `isalnum`."""
    size, length = len(text), len(word)
    found: list[tuple[int, int]] = []
    at = text.find(word)
    while at >= 0 and (most is None or len(found) < most):
        end = at + length
        if (at == 0 or not text[at - 1].isalnum()) and (end == size or not text[end].isalnum()):
            found.append((at, end))
        at = text.find(word, end)
    return found


def _likely_words(wanted: Wanted) -> re.Pattern[str]:
    """Return what finds the words worth analysing: stemmers and folding keep the first letter of a Latin word.

    A word with another first letter than those wanted cannot match; leaving it out makes long texts ten times faster.
    """
    forms = [*wanted.words, *wanted.stems, *wanted.prefixes, *(word for phrase in wanted.phrases for word in phrase)]
    initials = {case for form in forms if form[:1].isascii() for case in (form[:1].lower(), form[:1].upper())}
    return _words_from("".join(sorted(letter for letter in initials if letter.isalnum())))


@lru_cache(maxsize=1024)
def _words_from(letters: str) -> re.Pattern[str]:
    """Return what finds the words that begin with one of these ASCII letters, or with another than an ASCII letter.

    The class names what is left out: one with all of Unicode in it takes 9 ms to compile, this one takes 0.3.
    """
    bounds = ["\0", *(bound for letter in letters for bound in (chr(ord(letter) - 1), chr(ord(letter) + 1))), "\x7f"]
    # As few ranges as there are: to read a class takes time for each of its members.
    pairs = zip(bounds[::2], bounds[1::2], strict=True)
    others = "".join(f"{re.escape(first)}-{re.escape(last)}" for first, last in pairs if first <= last)
    return re.compile(rf"[^{others}](?<![^\W_].)(?<=[^\W_])[^\W_]*", re.DOTALL)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def mark_whole(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return all of `text` as HTML with the spans marked.

    >>> mark_whole("a <b> c", [(6, 7)])
    'a &lt;b&gt; <mark>c</mark>'
    """
    return _marked(text, 0, len(text), spans)


def mark_fragments(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """Return up to `MAX_FRAGMENTS` stretches of `text` as HTML, those with most matches, in text order."""
    windows = _windows(spans)
    if len(windows) > MAX_FRAGMENTS:
        most = sorted(windows, key=len, reverse=True)[:MAX_FRAGMENTS]
        windows = sorted(most, key=lambda window: window[0])
    fragments = []
    previous_end = 0
    for window in windows:
        start, end = _around(text, window[0][0], window[-1][1], previous_end)
        previous_end = end
        body = _marked(text, start, end, window)
        fragments.append(f"{'… ' if start > 0 else ''}{body}{' …' if end < len(text) else ''}")
    return tuple(fragments)


def _windows(spans: Sequence[tuple[int, int]]) -> list[Sequence[tuple[int, int]]]:
    """Return the spans in runs of which each fits into a fragment."""
    windows = []
    at = 0
    while at < len(spans):
        limit = spans[at][0] + FRAGMENT_CHARS
        following = at + 1
        while following < len(spans) and spans[following][1] <= limit:
            following += 1
        windows.append(spans[at:following])
        at = following
    return windows


def _around(text: str, start: int, end: int, floor: int) -> tuple[int, int]:
    """Widen the span to about `FRAGMENT_CHARS`, to whole words, not before `floor`."""
    spare = max(0, FRAGMENT_CHARS - (end - start))
    left, right = max(floor, start - spare // 2), min(len(text), end + spare // 2)
    if left > floor:
        gap = text.find(" ", left, start)
        left = gap + 1 if gap >= 0 else start
    if right < len(text):
        gap = text.rfind(" ", end, right)
        right = gap if gap >= 0 else end
    while left < start and text[left].isspace():
        left += 1
    return left, right


def _marked(text: str, start: int, end: int, spans: Sequence[tuple[int, int]]) -> str:
    parts: list[str] = []
    place = start
    if spans and spans[0][0] < start:
        spans = spans[bisect_left(spans, (start, start)) :]
    for first, last in spans:
        if last > end:
            break
        parts += (text[place:first], "<mark>", text[first:last], "</mark>")
        place = last
    parts.append(text[place:end])
    if _ESCAPED.search(text, start, end) is not None:  # most stretches have nothing to escape
        parts[::2] = [html.escape(part) for part in parts[::2]]
    return "".join(parts)
