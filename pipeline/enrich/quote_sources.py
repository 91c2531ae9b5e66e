"""The noun phrase that says who speaks: a sentence and the place of its cue → the tokens of the source. Pure.

No parser: clauses of news are regular enough for rules over words (measured on the gold file of `newswire evaluate
quotes`), and a parser would double the cost of enrichment.
"""

from typing import Final, NamedTuple

from pipeline.enrich.quote_tokens import ABBREVIATIONS, Sentence, Token
from pipeline.enrich.quote_words import SpeechWords

MAX_WORDS: Final = 18
MAX_APPOSITIVE: Final = 30
MAX_NICKNAME_CHARS: Final = 14
MAX_BRACKET: Final = 12
"""Words of "(D-N.C.)" and the like."""

_INSIDE: Final = frozenset("-/&%$€£#@’'")
_AND: Final = frozenset({"and", "und", "et", "y", "e", "or"})
_OF: Final = frozenset({"of", "de", "du", "des", "von", "der", "del", "for", "from", "vom", "d"})
_STATES_PLACE: Final = frozenset({"at", "from", "with", "for"})


class Phrase(NamedTuple):
    """A range of tokens of a sentence, half-open."""

    first: int
    end: int


def phrase_before(sentence: Sentence, cue: int, low: int, words: SpeechWords) -> Phrase | None:
    """Return the subject that ends before the token `cue` and begins at `low` or later."""
    last = cue - 1
    while last >= low and _is_filler(sentence[last], words):
        last -= 1
    if last < low:
        return None
    if sentence[last].word != ",":
        return _walk_back(sentence, last, low, words)
    return _with_appositive(sentence, last, low, words)


def _with_appositive(sentence: Sentence, comma: int, low: int, words: SpeechWords) -> Phrase | None:
    """Return "Ada Holm, a historian," or, when what stands between the commas is no name for her, "Ada Holm"."""
    commas = [index for index in range(max(low, comma - MAX_APPOSITIVE), comma) if sentence[index].word == ","]
    for opening in commas:
        head = _walk_back(sentence, opening - 1, low, words) if opening > low else None
        if head is None or (opening == commas[0] and sentence[low].lower in words.prepositions):
            continue
        if not _names_somebody(sentence, head, words):
            continue
        following = sentence[opening + 1]
        if following.lower in words.prepositions or following.lower.endswith("ing") or following.lower in words.openers:
            return head
        return Phrase(head.first, comma + 1)
    # "In a statement, said": no subject; a single comma means that what precedes it is an adverbial.
    return None


def _names_somebody(sentence: Sentence, head: Phrase, words: SpeechWords) -> bool:
    first = sentence[head.first]
    last = sentence[head.end - 1]
    return last.lower not in words.times and (
        first.lower in words.pronouns
        or first.lower in words.determiners
        or any(token.is_capital for token in sentence[head.first : head.end])
    )


def _walk_back(sentence: Sentence, last: int, low: int, words: SpeechWords) -> Phrase | None:
    token = sentence[last]
    if token.lower in words.pronouns or token.lower in words.relative:
        return Phrase(last, last + 1)
    if token.lower in words.breakers or token.stretch is not None:
        return None
    first = last + 1
    index = last
    while index >= low and last - index < MAX_WORDS:
        step = _step_back(sentence, index, low, last, words)
        if step is None:
            break
        first = index = step
        index -= 1
    first = _trim(sentence, first, last, words)
    if first > last or not any(token.is_word for token in sentence[first : last + 1]):
        return None
    return Phrase(first, last + 1)


def _step_back(sentence: Sentence, index: int, low: int, last: int, words: SpeechWords) -> int | None:
    """Return where the phrase begins when it takes the token at `index` too, None when it ends after it."""
    token = sentence[index]
    if token.word == ")":
        openings = range(index, max(low, index - MAX_BRACKET) - 1, -1)
        return next((opening for opening in openings if sentence[opening].word == "("), None)
    inside = low < index < last
    if token.stretch is not None:
        takes = inside and _is_nickname(sentence, index)
    elif not token.is_word:
        takes = token.word in _INSIDE or (token.word == "." and index > low and is_abbreviation(sentence[index - 1]))
    elif token.lower in _AND:
        takes = inside and sentence[index - 1].is_capital and sentence[index + 1].is_capital
    elif token.lower in words.cues and index < last:
        takes = index > low and (
            sentence[index - 1].lower in words.determiners or sentence[index - 1].is_capital or token.is_capital
        )
    else:
        takes = not (token.lower in words.breakers or token.lower in words.pronouns or token.lower in words.relative)
    return index if takes else None


def _is_nickname(sentence: Sentence, index: int) -> bool:
    token = sentence[index]
    is_short = token.end - token.start <= MAX_NICKNAME_CHARS
    return is_short and sentence[index - 1].is_capital and sentence[index + 1].is_capital


def _trim(sentence: Sentence, first: int, last: int, words: SpeechWords) -> int:
    """Return where the phrase begins without adverbs before it: "But on Monday Ada Holm" → "Ada Holm"."""
    while first <= last:
        token = sentence[first]
        if first < last and (
            token.lower in words.openers or token.lower in words.times or _is_filler(token, words) or not token.is_word
        ):
            first += 1
        elif token.lower in words.prepositions and first < last and token.lower not in words.determiners:
            start = _trailing_name(sentence, first, last, words)
            if start is None:
                return last + 1
            return start
        else:
            return first
    return first


def _trailing_name(sentence: Sentence, first: int, last: int, words: SpeechWords) -> int | None:
    """Return where the name at the end of "In Paris on Monday Ada Holm" begins, None when all is one adverbial."""
    start = last + 1
    while start > first and sentence[start - 1].is_capital and sentence[start - 1].lower not in words.times:
        start -= 1
    if first < start <= last and sentence[start - 1].lower not in words.prepositions | words.determiners:
        return start
    start = last + 1
    for index in range(last, first, -1):
        token = sentence[index]
        if token.lower in words.times or token.lower in words.prepositions:
            return start if start <= last else None
        if token.lower in words.determiners:
            return index if sentence[index - 1].lower not in words.prepositions else None
        start = index
    return None


def phrase_after(sentence: Sentence, cue: int, high: int, words: SpeechWords) -> Phrase | None:
    """Return the source that begins right after the token `cue` and ends at `high` or earlier."""
    first = _skip_times(sentence, cue + 1, high, words)
    if first >= high:
        return None
    token = sentence[first]
    if token.lower in words.pronouns:
        return Phrase(first, first + 1)
    if not token.is_word or token.lower in words.that or token.word.isdigit():
        return None
    if token.lower not in words.determiners:
        near = sentence[first : min(first + 5, high)]
        is_adverb = token.lower in words.times or token.lower in words.prepositions or _is_filler(token, words)
        if is_adverb or token.lower in words.breakers or token.lower in words.cues:
            return None
        if not token.is_capital and not any(word.is_capital for word in near) and high - first > 2:
            return None
    end = first + 1
    in_appositive = False
    while end < high and end - first < MAX_APPOSITIVE:
        if sentence[end].word == ",":
            if not _is_appositive(sentence, end, high, words):
                break
            in_appositive = True
        step = _step_on(sentence, end, high, words, in_appositive=in_appositive)
        if step is None:
            break
        end = step
    while end > first + 1 and (sentence[end - 1].word == "," or sentence[end - 1].lower in words.prepositions):
        end -= 1
    return Phrase(first, end)


def _skip_times(sentence: Sentence, first: int, high: int, words: SpeechWords) -> int:
    """Return where "déclaré lundi le ministre" goes on after its day."""
    known = words.times - words.prepositions - words.determiners
    if first + 1 < high and sentence[first].lower in known:
        following = sentence[first + 1]
        if following.lower in words.determiners or following.is_capital:
            return first + 1
    return first


def _is_appositive(sentence: Sentence, comma: int, high: int, words: SpeechWords) -> bool:
    if comma + 1 >= high:
        return False
    following = sentence[comma + 1]
    if not following.is_word or following.lower in _AND or following.lower in words.breakers - words.relative:
        return following.lower in words.relative
    if following.lower in words.prepositions or following.lower in words.pronouns or following.lower in words.cues:
        return False
    if following.lower.endswith("ing") or following.lower in words.openers or following.lower in words.times:
        return following.lower in words.determiners
    return True


def _step_on(sentence: Sentence, index: int, high: int, words: SpeechWords, *, in_appositive: bool) -> int | None:
    """Return where the phrase goes on when it takes the token at `index` too, None when it ends before it."""
    token = sentence[index]
    if token.word == "(":
        closings = range(index, min(high, index + MAX_BRACKET))
        return next((closing + 1 for closing in closings if sentence[closing].word == ")"), None)
    following = sentence[index + 1] if index + 1 < high else None
    before_capital = following is not None and following.is_capital
    if token.stretch is not None:
        takes = following is not None and _is_nickname(sentence, index)
    elif not token.is_word:
        is_stop_of_word = token.word == "." and is_abbreviation(sentence[index - 1]) and following is not None
        takes = token.word == "," or token.word in _INSIDE or is_stop_of_word
    elif in_appositive:
        takes = token.lower not in words.participles
    elif token.lower in words.prepositions and token.lower not in _OF:
        is_place = following is not None and before_capital and following.lower not in words.times
        takes = token.lower in _STATES_PLACE and is_place
    elif token.lower in _AND:
        takes = before_capital
    else:
        is_time = token.lower in words.times and token.lower not in words.determiners
        ends = token.lower in words.breakers or token.lower in words.pronouns or _is_filler(token, words)
        takes = token.lower in _OF or not (ends or is_time or token.lower in words.participles)
    return index + 1 if takes else None


def _is_filler(token: Token, words: SpeechWords) -> bool:
    is_adverb = len(token.lower) > 4 and token.lower.endswith("ly") and not token.is_capital
    return token.lower in words.fillers or is_adverb


def is_abbreviation(token: Token) -> bool:
    """Return whether a dot after this token belongs to it: "Mr", an initial."""
    return token.lower in ABBREVIATIONS or (len(token.word) == 1 and token.is_capital)
