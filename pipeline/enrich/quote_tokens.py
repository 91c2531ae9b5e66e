"""A paragraph as words, marks and quoted stretches, cut into sentences: what the rules for speech work on. Pure.

A quoted stretch is one token, so that its own words and full stops disturb no rule about the text around it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from pipeline.enrich.quote_marks import Stretch
from pipeline.enrich.word_set import word_set

MAX_TOKENS: Final = 2000
"""Of one paragraph; longer ones are read as far as that."""

ABBREVIATIONS: Final = word_set(
    "mr mrs ms dr st prof sen sens rep reps gov gen lt col sgt maj capt adm rev hon jr sr del no vs inc ltd co corp "
    "jan feb mar apr jun jul aug sep sept oct nov dec mme mlle sra dra nr bzw etc ca usw geb pres atty supt cmdr "
    "dist ala ariz ark calif colo conn fla ga ill ind kan ky la mass md mich minn miss mo mont neb nev okla ore pa "
    "tenn tex va vt wash wis wyo"
)
"""Words that a full stop may follow within a sentence."""

_TOKEN: Final = re.compile(
    r"(?:[^\W\d_]\.){2,}|[^\W\d_](?:\w|[’'-](?=\w)|\.(?=[a-z0-9])){0,60}(?:(?<=s)[’'](?!\w))?"
    r"|\d[\w.,:]{0,20}(?<![.,:])|\.{2,}|[^\w\s]"
)
_JOINED: Final = re.compile(
    r"(he|she|it|they|we|i|who)([’'](?:s|ve|d|re|m|ll))|(.+?)(?:-t)?-(ils?|elles?|on)|(qu)[’'](.+)", re.IGNORECASE
)
"""Two words written as one: "he’s"; in French "a-t-il", "qu’elle"."""
_DASHES: Final = frozenset("—–―-‒")


class Token(NamedTuple):
    """A word, a mark, or (with `stretch`) a quoted stretch; half-open code points of the article's text."""

    start: int
    end: int
    word: str
    """As written; empty for a stretch."""
    lower: str
    stretch: Stretch | None = None

    @property
    def is_word(self) -> bool:
        """Whether it is a word or number."""
        return self.stretch is None and self.word[:1].isalnum()

    @property
    def is_capital(self) -> bool:
        """Whether it is a word that begins with a capital letter."""
        return self.word[:1].isupper()

    @property
    def is_dash(self) -> bool:
        """Whether it is a dash."""
        return self.word in _DASHES and self.word != ""


Sentence = list[Token]


def find_tokens(text: str, start: int, end: int, stretches: Sequence[Stretch]) -> list[Token]:
    """Return the tokens of `text[start:end]`, one paragraph with these stretches, in order."""
    found: list[Token] = []
    place = start
    for stretch in stretches:
        found.extend(_words(text, place, stretch.start))
        found.append(Token(stretch.start, stretch.end, "", "", stretch))
        place = stretch.end
    found.extend(_words(text, place, end))
    return found[:MAX_TOKENS]


def _words(text: str, start: int, end: int) -> Iterator[Token]:
    for match in _TOKEN.finditer(text, start, end):
        word = match.group()
        joined = _JOINED.fullmatch(word) if "-" in word or "’" in word or "'" in word else None
        if joined is None:
            yield Token(match.start(), match.end(), word, word.lower())
            continue
        first, second = (part for part in joined.groups() if part is not None)
        yield Token(match.start(), match.start() + len(first), first, first.lower())
        yield Token(match.end() - len(second), match.end(), second, second.lower())


def find_sentences(text: str, tokens: Sequence[Token], cues: frozenset[str]) -> list[Sentence]:
    """Return the tokens sentence by sentence.

    A quote that ends like a sentence ends the sentence around it, unless what follows says who speaks.
    """
    sentences: list[Sentence] = []
    current: Sentence = []
    for index, token in enumerate(tokens):
        current.append(token)
        if _ends_sentence(text, tokens, index, cues):
            sentences.append(current)
            current = []
    if current:
        sentences.append(current)
    return sentences


def _ends_sentence(text: str, tokens: Sequence[Token], index: int, cues: frozenset[str]) -> bool:
    token = tokens[index]
    if index + 1 == len(tokens):
        return True
    following = tokens[index + 1]
    if token.stretch is not None:
        last = _last_mark(text, token.stretch)
        return last in ".!?…" and _quote_ends_sentence(tokens, index + 1, last, cues)
    if token.word not in {".", "!", "?"} and token.word[:2] != "..":
        return False
    if following.stretch is None and not following.is_capital and not following.word.isdigit():
        return following.word in {"—", "–", "•", "-", "¿", "¡"}
    if following.start == token.end and len(following.word) == 1:
        return False  # "R-N.C."
    before = tokens[index - 1] if index else token
    is_abbreviation = before.lower in ABBREVIATIONS or (len(before.word) == 1 and before.is_capital)
    return token.word != "." or before.end != token.start or not is_abbreviation


def _quote_ends_sentence(tokens: Sequence[Token], index: int, last: str, cues: frozenset[str]) -> bool:
    """Return whether a quote that ends with the mark `last` ends the sentence, `index` being what follows."""
    following = tokens[index]
    if following.is_dash or following.word in {",", ";", ":"} or (following.is_word and not following.is_capital):
        return False
    return following.stretch is not None or last == "." or not _attribution_follows(tokens, index, cues)


def _last_mark(text: str, stretch: Stretch) -> str:
    inner = stretch.inner(text).rstrip("\"'’”“ ")
    return inner[-1:] or " "


def _attribution_follows(tokens: Sequence[Token], index: int, cues: frozenset[str]) -> bool:
    """Return whether a cue comes before any mark or quote: "“Why?” Ada Holm asked."."""
    for token in tokens[index : index + 8]:
        if token.lower in cues:
            return True
        if token.stretch is not None or token.word in {".", ",", ";", ":", "!", "?"}:
            return False
    return False
