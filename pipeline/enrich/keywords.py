"""What an article is about, in a few phrases of its own: text, paragraphs and entities → key phrases. Pure.

Names are left out: they are entities, with fields and facets of their own, and would crowd out the subject ("carbon
tax", "border wall"). Candidates are runs of words between stop words and marks, as in RAKE (Rose et al. 2010); they
are weighed by frequency, length, first position and headline, the simple signals of YAKE (Campos et al. 2020). No
corpus is needed, so an article's phrases never depend on other articles.
"""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.person_titles import QUALIFIERS, TITLES
from pipeline.enrich.word_set import word_set
from schemas.annotations import Entity, ZoneKind

MAX_PHRASES: Final = 8
MAX_WORDS: Final = 3
MIN_CHARS: Final = 4
MAX_CHARS: Final = 60
MAX_READ_CHARS: Final = 6_000
"""Later text repeats the subject; about an ordinary article of 1,000 words."""

HEADLINE: Final = 1.8
"""Weight of standing in the headline."""

SINGLE: Final = 0.55
"""Weight of a single word: "election" says less than "runoff election"."""

MIN_COUNT_SINGLE: Final = 3
"""A single word must come back more often than a phrase."""

_FILE: Final = "keyword_words.toml"
_READ: Final = frozenset({ZoneKind.BODY, ZoneKind.TITLE, ZoneKind.CORRECTION})
_TOKEN: Final = re.compile(r"[^\W\d_][\w’'-]*|[^\s\w]|\d\S*")
_ADVERB: Final = re.compile(r"\w{4,}ly")
_VERB: Final = re.compile(r"\w+ed|\w+(?:n[’']t|[’'](?:ve|re|ll|d|m))")
_ELISION: Final = re.compile(r"^(?:[cdjlmnst]|qu)[’']", re.IGNORECASE)


class _Words(NamedTuple):
    stop: frozenset[str]
    edges: frozenset[str]


@dataclass(slots=True)
class _Phrase:
    written: str
    first: int
    count: int = 0
    in_title: bool = False
    words: int = 1
    forms: dict[str, int] = field(default_factory=dict)


def find_keywords(
    text: str, paragraphs: Sequence[Paragraph], entities: Sequence[Entity], language: str | None
) -> tuple[str, ...]:
    """Return the article's key phrases as written, the best first, at most `MAX_PHRASES`; none without a word list.

    A phrase must occur twice, or once in the headline with each of its words below it; a single word three times.
    """
    words = _load().get(language or "")
    if words is None:
        return ()
    name_at = {mention.start: mention.end for entity in entities for mention in entity.mentions}
    runs: list[tuple[list[tuple[str, int]], bool]] = []
    left = MAX_READ_CHARS
    for paragraph in paragraphs:
        if paragraph.zone not in _READ or left <= 0:
            continue
        left -= paragraph.end - paragraph.start
        in_title = paragraph.zone is ZoneKind.TITLE
        runs += ((run, in_title) for run in _runs(text, paragraph, name_at, language or ""))
    singles = Counter(_key(word) for run, _ in runs for word, _ in run)
    phrases: dict[str, _Phrase] = {}
    for run, in_title in runs:
        for part in _often(run, singles):
            _count(phrases, part, words, in_title=in_title)
    return _best(phrases, singles, len(text))


def _often(run: Sequence[tuple[str, int]], singles: Mapping[str, int]) -> Iterator[list[tuple[str, int]]]:
    """Yield the run's parts between words that stand there once: no phrase with one of those can be chosen."""
    part: list[tuple[str, int]] = []
    for word in run:
        if singles[_key(word[0])] > 1:
            part.append(word)
        elif part:
            yield part
            part = []
    if part:
        yield part


def _runs(text: str, paragraph: Paragraph, name_at: dict[int, int], language: str) -> Iterator[list[tuple[str, int]]]:
    """Yield runs of words that may make phrases, each word with its place; names, marks and stop words part them."""
    run: list[tuple[str, int]] = []
    after = paragraph.start
    is_french = language == "fr"
    for match in _TOKEN.finditer(text, paragraph.start, paragraph.end):
        place = match.start()
        if place in name_at:
            after = max(after, name_at[place])
        word = match.group().strip("'’-")
        elided = _ELISION.match(word) if is_french else None
        if elided:
            if run:
                yield run
            run = []
            word, place = word[elided.end() :], place + elided.end()
        if place < after or not _may_tell(word, language):
            if run:
                yield run
            run = []
            continue
        run.append((word, place))
    if run:
        yield run


@lru_cache(maxsize=32_768)
def _may_tell(word: str, language: str) -> bool:
    """Return whether the word may stand in a phrase: no mark, number, stop word or adverb, and not too short."""
    lower = word.lower().replace("’", "'")
    stop = _load()[language].stop
    if not word[:1].isalpha() or lower in stop or lower.removesuffix("'s") in stop:
        return False
    is_adverb = language == "en" and _ADVERB.fullmatch(lower) is not None
    return not is_adverb and (len(word) > 2 or word.isupper())


def _count(phrases: dict[str, _Phrase], run: Sequence[tuple[str, int]], words: _Words, *, in_title: bool) -> None:
    written_words = [word for word, _ in run]
    keys = [_key(word) for word in written_words]
    inner = [word.lower() in words.edges for word in written_words]  # those may stand inside a phrase only
    for size in range(1, MAX_WORDS + 1):
        for first in range(len(run) - size + 1):
            end = first + size
            if inner[first] or inner[end - 1]:
                continue
            written = " ".join(written_words[first:end])
            if not MIN_CHARS <= len(written) <= MAX_CHARS:
                continue
            key = " ".join(keys[first:end])
            phrase = phrases.get(key)
            if phrase is None:
                phrase = phrases[key] = _Phrase(written, run[first][1], words=size)
            phrase.in_title |= in_title
            phrase.count += 1
            phrase.forms[written] = phrase.forms.get(written, 0) + (0 if in_title else 1)


@lru_cache(maxsize=32_768)
def _key(word: str) -> str:
    """Return the form under which plural and singular, capital and small letters are one."""
    lower = word.lower().replace("’", "'").removesuffix("'s").removesuffix("'")
    if len(lower) > 4 and lower.endswith("ies"):
        return lower[:-3] + "y"
    return lower[:-1] if len(lower) > 3 and lower.endswith("s") and not lower.endswith(("ss", "us", "is")) else lower


def _best(phrases: dict[str, _Phrase], singles: Mapping[str, int], text_chars: int) -> tuple[str, ...]:
    ranked = []
    for key, phrase in phrases.items():
        parts = key.split()
        support = sum(singles[part] for part in parts) / len(parts)
        if not _is_telling(phrase, parts, singles):
            continue
        weight = math.log2(1 + phrase.count) * math.log2(1 + support) * (1 + 0.35 * (phrase.words - 1))
        weight *= HEADLINE if phrase.in_title else 1.0
        weight *= 1 - 0.4 * phrase.first / max(text_chars, 1)
        weight *= SINGLE if phrase.words == 1 else 1.0
        ranked.append((-weight, phrase.first, key, phrase))
    chosen: list[tuple[str, _Phrase]] = []
    for _, _, key, phrase in sorted(ranked, key=lambda row: row[:3]):
        if len(chosen) == MAX_PHRASES:
            break
        own = set(key.split())
        # A phrase inside another says nothing more; one that shares two of its words says little more.
        shared = [(own & set(other.split()), set(other.split())) for other, _ in chosen]
        if any(own <= both or other <= both or len(both) > 1 for both, other in shared):
            continue
        chosen.append((key, phrase))
    return tuple(_as_written(phrase) for _, phrase in chosen)


def _is_telling(phrase: _Phrase, parts: Sequence[str], singles: Mapping[str, int]) -> bool:
    """Return whether the phrase may be chosen: often enough, no bare verb, no title such as "Prime Minister"."""
    if all(part in TITLES or part in QUALIFIERS for part in parts):
        return False
    if len(parts) == 1:
        return phrase.count >= MIN_COUNT_SINGLE and not _VERB.fullmatch(parts[0])
    if any(_VERB.fullmatch(part) and "'" in part for part in parts):
        return False
    in_title_once = phrase.in_title and len(parts) == 2 and min(singles[part] for part in parts) >= 2
    return phrase.count >= 2 or in_title_once


def _as_written(phrase: _Phrase) -> str:
    """Return the commonest form; a headline's capitals only when there is no other."""
    return max(phrase.forms, key=lambda form: (phrase.forms[form], form.islower(), -len(form)))


@cache
def _load() -> dict[str, _Words]:
    table = tomllib.loads(files("pipeline.enrich").joinpath(_FILE).read_text(encoding="utf-8"))
    return {
        language: _Words(word_set(section["stop"]), word_set(section["edges"])) for language, section in table.items()
    }
