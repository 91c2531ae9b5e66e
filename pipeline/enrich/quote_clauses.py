"""Where a reported clause begins and ends, whose clause it is, and which words report at all. Pure."""

from typing import Final

from pipeline.enrich.quote_sources import Phrase, is_abbreviation, phrase_after, phrase_before
from pipeline.enrich.quote_tokens import Sentence, Token
from pipeline.enrich.quote_words import SpeechWords

MAX_RECIPIENT: Final = 10
"""Words of a listener between "told" and what was said."""

MAX_TIME: Final = 6
"""Words of "The very next day,"."""

MAX_SUBJECT: Final = 5
"""Words of "The former Republican nominee"."""

BE: Final = frozenset({"was", "were", "been", "being", "is", "are", "be"})
_AND: Final = frozenset({"and", "but", "und", "aber", "et", "mais", "y", "pero", "or"})
_STOPS: Final = frozenset(".!?")


def is_cue(sentence: Sentence, index: int, words: SpeechWords) -> bool:
    """Return whether the token reports speech here; "his claims" and "was called" do not."""
    token = sentence[index]
    if token.stretch is not None or token.lower not in words.cues:
        return False
    if token.lower in words.with_it and (index + 1 == len(sentence) or sentence[index + 1].lower not in words.it):
        return False
    return index == 0 or _may_be_verb(token, sentence[index - 1], words)


def _may_be_verb(token: Token, before: Token, words: SpeechWords) -> bool:
    if before.lower in words.pronouns:
        return True
    is_possessive = before.lower.endswith(("’s", "'s", "s’", "s'")) and len(before.lower) > 2
    is_noun = token.lower in words.nouns and not (
        before.is_capital or before.lower in words.relative | words.fillers or not before.is_word
    )
    is_passive = token.lower in words.label_cues | words.told_cues and before.lower in BE
    return not (
        is_possessive
        or is_noun
        or before.lower in words.determiners
        or (is_passive and not token.lower.endswith("ing"))
        or (token.is_capital and before.is_capital)
    )


def clause_subject(sentence: Sentence, cue: int, low: int, words: SpeechWords) -> Phrase | None:
    """Return the subject of the clause that a participle belongs to: "Ada Holm declined, saying" → "Ada Holm".

    That is the subject of the nearest cue before it, else the first noun phrase of the sentence.
    """
    first = cue
    while first > low and sentence[first - 1].is_capital:
        first -= 1
    if first < cue < len(sentence) and first > low:
        return Phrase(first, cue)
    for earlier in range(cue - 1, low, -1):
        if is_cue(sentence, earlier, words) and sentence[earlier].lower not in words.participles:
            found = phrase_before(sentence, earlier, low, words)
            if found is not None:
                return found
    return first_phrase(sentence, cue, low, words)


def first_phrase(sentence: Sentence, high: int, low: int, words: SpeechWords) -> Phrase | None:
    """Return the first noun phrase of the tokens `low` to `high`, without adverbs before it; None without one."""
    first = low
    while first < high and (
        sentence[first].lower in words.openers or sentence[first].lower in words.fillers or not sentence[first].is_word
    ):
        first += 1
    if first < high and _is_adverbial(sentence, first, words):
        comma = next((index for index in range(first, high) if sentence[index].word == ","), None)
        if comma is None:
            return None
        first = comma + 1
    if first >= high or sentence[first].stretch is not None:
        return None
    if sentence[first].lower in words.pronouns:
        return Phrase(first, first + 1)
    end = _end_of_capitals(sentence, first, high)
    if end == first and sentence[first].lower not in words.determiners:
        return None
    if sentence[first].lower in words.determiners:
        # "The president of Graz declined": without a parser the words up to the first that can't be of the name.
        end = max(end, min(first + 2, high))
        while end < min(high, first + MAX_SUBJECT) and _goes_with_noun(sentence[end], words):
            end += 1
        end = _end_of_capitals(sentence, end, high)
    return Phrase(first, end) if end <= high and end > first else None


def _is_adverbial(sentence: Sentence, first: int, words: SpeechWords) -> bool:
    """Return whether "On Monday,", "A day later,", "According to Ada Holm," begins here, which is no subject."""
    token = sentence[first]
    if token.lower in words.determiners:
        near = sentence[first : first + MAX_TIME]
        commas = [number for number, other in enumerate(near) if other.word == ","]
        return bool(commas) and not words.spans.isdisjoint(other.lower for other in near[: commas[0]])
    return token.lower in words.prepositions or token.lower in {phrase[0] for phrase in words.according}


def _end_of_capitals(sentence: Sentence, first: int, high: int) -> int:
    """Return where a run of capitalised words ends; the dot of "Mr." does not end it."""
    end = first
    while end < high and (
        sentence[end].is_capital or (sentence[end].word == "." and end > first and is_abbreviation(sentence[end - 1]))
    ):
        end += 1
    return end


def _goes_with_noun(token: Token, words: SpeechWords) -> bool:
    ends = words.fillers | words.cues | words.prepositions | words.breakers | words.relative
    return token.is_word and token.lower not in ends and not token.lower.endswith(("ed", "s"))


def clause_start(sentence: Sentence, cue: int, place: int, words: SpeechWords) -> int:
    """Return where what was said begins: after "that", else after the cue, the listener and words for time."""
    for index in range(cue + 1, place):
        if sentence[index].lower in words.that:
            return index
    first = cue + 1
    if sentence[cue].lower in words.told_cues:
        listener = phrase_after(sentence, cue, min(place, cue + 1 + MAX_RECIPIENT), words)
        if listener is not None:
            first = _end_of_listener(sentence, listener, words)
    while first < place:
        token = sentence[first]
        if token.lower in words.times and token.lower not in words.determiners and token.lower not in words.pronouns:
            first += 1
        elif token.lower in words.prepositions and sentence[cue].lower not in words.label_cues:
            skipped = _after_adverbial(sentence, first, place, words)
            if skipped is None:
                return first
            first = skipped
        else:
            return first
    return place


def _end_of_listener(sentence: Sentence, listener: Phrase, words: SpeechWords) -> int:
    """Return where the listener ends: before the next noun phrase, which is the subject of what was said."""
    for index in range(listener.first + 1, listener.end):
        if sentence[index].lower in words.pronouns | words.determiners:
            return index
        if (
            sentence[index].is_capital
            and not sentence[index - 1].is_capital
            and sentence[index - 1].is_word
            and (index - 1 > listener.first)
        ):
            return index
    return listener.end


def _after_adverbial(sentence: Sentence, first: int, place: int, words: SpeechWords) -> int | None:
    """Return where "in an interview with Ada Holm", "on Monday" ends; None when no subject follows it."""
    for index in range(first + 2, place):
        if sentence[index].lower in words.pronouns or sentence[index].lower in words.that:
            return index
        if sentence[index].word == ",":
            return index + 1
    following = first + 1
    return following + 1 if following < place and sentence[following].lower in words.times else None


def clause_end(text: str, sentence: Sentence, place: int, words: SpeechWords) -> int:
    """Return where the clause around the stretch at `place` ends: before the next clause or the full stop."""
    end = place + 1
    for index in range(place + 1, len(sentence)):
        token = sentence[index]
        if token.word in _STOPS and index == len(sentence) - 1:
            break
        if token.word in {";", ":"} or token.is_dash:
            break
        before = sentence[index - 1].stretch
        if before is not None and before.inner(text)[-1:] in {",", "."} and not _goes_on(sentence, index, words):
            break
        if token.word == ",":
            following = sentence[index + 1] if index + 1 < len(sentence) else None
            if following is None or not _goes_on(sentence, index + 1, words):
                break
        if token.lower in _AND and _begins_report(sentence, index + 1, words):
            break
        end = index + 1
    while end > place + 1 and sentence[end - 1].stretch is None and not sentence[end - 1].is_word:
        end -= 1
    return end


def _goes_on(sentence: Sentence, index: int, words: SpeechWords) -> bool:
    """Return whether after a comma the same clause goes on: with another quoted piece."""
    near = sentence[index : index + 4]
    if any(token.lower in words.cues or token.lower in words.relative or token.lower == "but" for token in near):
        return False
    return any(token.stretch is not None for token in near)


def _begins_report(sentence: Sentence, index: int, words: SpeechWords) -> bool:
    """Return whether after "and" or "but" somebody says or does something else."""
    near = sentence[index : index + 3]
    if not near:
        return False
    return any(is_cue(sentence, index + offset, words) for offset in range(len(near)))
