"""Whether quoted words without a cue are speech: not names of works, not words held at arm's length. Pure."""

import re
from typing import Final

from pipeline.enrich.quote_marks import Stretch
from pipeline.enrich.quote_tokens import Sentence
from pipeline.enrich.word_set import word_set

MIN_WORDS: Final = 5
"""Fewer words without a cue are more often a name or an ironic term than speech (measured on the gold file)."""

MIN_SENTENCE_WORDS: Final = 3
"""A stretch that is a sentence of its own may be shorter."""

MAX_TITLE_WORDS: Final = 12

_WORD: Final = re.compile(r"[^\W_][\w’'.-]*")
_SMALL: Final = word_set(
    "a an the of in on at to for and or but with from by vs is de la le les des du et el los las y der die das und von"
)
_ENDS: Final = frozenset(".!?…")


def is_work_title(text: str, stretch: Stretch) -> bool:
    """Return whether all words that carry meaning are capitalised: “The Steve Harvey Morning Show”.

    A single word is a title only when nothing about it is a sentence.
    """
    inner = stretch.inner(text)
    words = _WORD.findall(inner)
    carrying = [word for word in words if word.lower() not in _SMALL]
    if not carrying or len(words) > MAX_TITLE_WORDS or inner[-1:] in {"!", "?"} or inner.isupper():
        return False
    return (
        words[0][0].isupper()
        and all(word[0].isupper() or word[0].isdigit() for word in carrying)
        and (len(carrying) > 1 or len(words) > 1)
    )


def is_speech_alone(text: str, sentence: Sentence, place: int, *, goes_on: bool) -> bool:
    """Return whether the stretch at `place`, which no cue belongs to, is speech; `goes_on`: somebody just spoke."""
    stretch = sentence[place].stretch
    if stretch is None or is_work_title(text, stretch):
        return False
    inner = stretch.inner(text)
    count = len(_WORD.findall(inner))
    is_sentence = inner[:1].isupper() and inner.rstrip("'’”\"")[-1:] in _ENDS
    if place == 0 and is_sentence:
        return goes_on or count >= MIN_SENTENCE_WORDS
    if not stretch.closed:
        return count >= MIN_SENTENCE_WORDS
    return count >= MIN_WORDS
