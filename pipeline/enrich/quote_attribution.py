"""Which words around a quoted stretch say that somebody spoke them: a sentence → attributions. Pure.

After the stretch ("“…,” Ada Holm said"), before it ("Ada Holm said that “…”"), around a whole clause of which only a
part is quoted ("the plan is a “farce”, Ada Holm said"), or by a colon or dash. A stretch without any of these is left
out: whether it is speech all the same is for the caller to judge.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pipeline.enrich.quote_clauses import BE, clause_end, clause_start, clause_subject, first_phrase, is_cue
from pipeline.enrich.quote_sources import Phrase, phrase_after, phrase_before
from pipeline.enrich.quote_tokens import Sentence
from pipeline.enrich.quote_words import SpeechWords

MAX_AFTER: Final = 34
"""Words between a quote and the cue after it: a name with a long appositive."""

MAX_BEFORE: Final = 60
"""Words between a cue and a quote that belongs to its clause."""

MAX_NAME_BEFORE_COLON: Final = 12

MIN_BEFORE_TERM: Final = 3
"""Words of "She says words “…”", the least that has a subject, a verb and the announcing noun."""

_ENDS_QUOTE: Final = frozenset(",.!?…—–-")


@dataclass(frozen=True, slots=True)
class Attribution:
    """Tokens `first` to `end` of a sentence are said by `source`, None when nobody is named.

    `exact`: the content is the stretch alone; otherwise a clause of which a part is quoted. `cue` is a token's number.
    """

    first: int
    end: int
    source: Phrase | None
    cue: int | None
    exact: bool


def find_attributions(text: str, sentence: Sentence, words: SpeechWords) -> Iterator[Attribution]:
    """Yield the attributions of a sentence in order, never overlapping; each covers one stretch at least."""
    after = 0
    for place, token in enumerate(sentence):
        if token.stretch is None or place < after:
            continue
        found = (
            _after_quote(text, sentence, place, words)
            or _before_quote(text, sentence, place, after, words)
            or _around_clause(sentence, place, after, words)
        )
        if found is not None:
            after = found.end
            yield found


def _after_quote(text: str, sentence: Sentence, place: int, words: SpeechWords) -> Attribution | None:
    """Read "“…,” said Ada Holm", "“…,” she said", "“…,” according to the ministry", "“…” — Ada Holm"."""
    first = place + 1
    high = next((index for index in range(first, len(sentence)) if sentence[index].stretch), len(sentence))
    high = min(high, first + MAX_AFTER + 20)
    if first < high and sentence[first].word in {",", ")"}:
        first += 1
    if first >= high:
        return None
    found = _according(sentence, first, high, words)
    if found is None and sentence[first].is_dash and place == 0:
        source = phrase_after(sentence, first, high, words)
        is_name = source is not None and sentence[source.first].is_capital and source.end >= high - 1
        return Attribution(place, place + 1, source, None, exact=True) if is_name else None
    if found is None and _ends_like_speech(text, sentence, place):
        found = _cue_after(sentence, first, high, words)
    return Attribution(place, place + 1, found[1], found[0], exact=True) if found is not None else None


def _cue_after(sentence: Sentence, first: int, high: int, words: SpeechWords) -> tuple[int, Phrase] | None:
    """Return the first cue after a quote and its source, None when something else comes first."""
    for cue in range(first, min(first + MAX_AFTER, high)):
        if sentence[cue].lower in words.that or sentence[cue].word in {";", ":"}:
            return None
        if not is_cue(sentence, cue, words) or sentence[cue].lower in words.participles:
            continue
        if all(token.lower in words.fillers for token in sentence[first:cue]):
            source = phrase_after(sentence, cue, high, words)
        else:
            source = phrase_before(sentence, cue, first, words)
        if source is not None and sentence[source.first].lower in words.relative:
            continue  # "Ada Holm, who advised the mayor, said"
        begins = source is not None and (source.first > cue or _begins(sentence, first, source.first, words))
        return (cue, source) if source is not None and begins else None
    return None


def _begins(sentence: Sentence, first: int, begin: int, words: SpeechWords) -> bool:
    """Return whether nothing but adverbs stands between the quote and its source."""
    known = words.openers | words.times | words.fillers | words.prepositions
    return all(token.lower in known or not token.is_word for token in sentence[first:begin])


def _ends_like_speech(text: str, sentence: Sentence, place: int) -> bool:
    stretch = sentence[place].stretch
    if stretch is None:
        return False
    inner = stretch.inner(text).rstrip("'’”\"")
    following = sentence[place + 1].word if place + 1 < len(sentence) else ""
    return inner[-1:] in _ENDS_QUOTE or following in {",", "-", "–", "—"} or place == 0


def _according(sentence: Sentence, first: int, high: int, words: SpeechWords) -> tuple[int, Phrase] | None:
    """Read "according to X" at the token `first`."""
    for phrase in words.according:
        end = first + len(phrase)
        if end < high and tuple(token.lower for token in sentence[first:end]) == phrase:
            source = phrase_after(sentence, end - 1, high, words)
            return (first, source) if source is not None else None
    return None


def _before_quote(text: str, sentence: Sentence, place: int, low: int, words: SpeechWords) -> Attribution | None:
    """Read "Ada Holm said: “…”", "she said that they “…” together", "according to her, “…”"."""
    previous = sentence[place - 1] if place > low else None
    for cue in range(place - 1, max(low, place - MAX_BEFORE) - 1, -1):
        token = sentence[cue]
        if token.word == ";":
            return None
        if not is_cue(sentence, cue, words):
            named = _according(sentence, cue, place, words)
            named = named and (named[0], _to_comma(sentence, named[1]))
            if named is not None and named[1].end <= place:
                first = place if previous is not None and previous.word in {",", ":"} else named[1].end
                return _clause(text, sentence, place, first, named[1], cue, words)
            continue
        source = _subject(sentence, cue, low, place, words) or _subject_behind(sentence, cue, low, place, words)
        is_relative = source is not None and sentence[source.first].lower in words.relative
        if source is None or (is_relative and cue < place - 2 and _has_cue(sentence, low, cue - 1, words)):
            continue
        if previous is not None and (cue == place - 1 or previous.word in {",", ":"}):
            return Attribution(place, place + 1, source, cue, exact=True)
        if previous is not None and previous.lower in words.that:
            return _clause(text, sentence, place, place, source, cue, words)
        return _clause(text, sentence, place, clause_start(sentence, cue, place, words), source, cue, words)
    return _as_term(sentence, place, low, words) or _by_colon(text, sentence, place, low, words)


def _as_term(sentence: Sentence, place: int, low: int, words: SpeechWords) -> Attribution | None:
    """Read "Ada Holm used the phrase “…”"; the subject must be a name or a pronoun."""
    if place - low < MIN_BEFORE_TERM or sentence[place - 1].lower not in words.terms:
        return None
    source = clause_subject(sentence, place - 2, low, words)
    if source is None or source.end > place - 2:
        return None
    first = sentence[source.first]
    is_name = first.is_capital and first.lower not in words.determiners
    is_pronoun = first.lower in words.pronouns
    return Attribution(place, place + 1, source, None, exact=True) if is_name or is_pronoun else None


def _to_comma(sentence: Sentence, phrase: Phrase) -> Phrase:
    """Return the phrase up to its first comma: what follows "According to Ada Holm," is what she says."""
    commas = (index for index in range(phrase.first, phrase.end) if sentence[index].word == ",")
    return Phrase(phrase.first, next(commas, phrase.end))


def _has_cue(sentence: Sentence, low: int, high: int, words: SpeechWords) -> bool:
    return any(is_cue(sentence, index, words) for index in range(low, high))


def _by_colon(text: str, sentence: Sentence, place: int, low: int, words: SpeechWords) -> Attribution | None:
    """Read "Ada Holm: “…”", as interviews are printed."""
    if place <= low or sentence[place - 1].word != ":":
        return None
    if place - low > MAX_NAME_BEFORE_COLON:
        return _introduced(text, sentence, place, low, words)
    source = phrase_before(sentence, place - 1, low, words)
    if source is None or source.first != low or not sentence[low].is_capital:
        return _introduced(text, sentence, place, low, words)
    return Attribution(place, place + 1, source, place - 1, exact=True)


def _introduced(text: str, sentence: Sentence, place: int, low: int, words: SpeechWords) -> Attribution | None:
    """Read "Ada Holm had a message for them: “…”"; what follows the colon must be a sentence."""
    stretch = sentence[place].stretch
    inner = stretch.inner(text) if stretch else ""
    if not inner[:1].isupper() or inner[-1:] not in _ENDS_QUOTE:
        return None
    return Attribution(place, place + 1, clause_subject(sentence, place - 1, low, words), None, exact=True)


def _clause(
    text: str, sentence: Sentence, place: int, first: int, source: Phrase, cue: int, words: SpeechWords
) -> Attribution:
    while first < place and not sentence[first].is_word:
        first += 1
    end = clause_end(text, sentence, place, words)
    speaks = source.end <= first or source.first >= end  # what is spoken of does not speak
    return Attribution(first, end, source if speaks else None, cue, exact=first == place and end == place + 1)


def _subject(sentence: Sentence, cue: int, low: int, high: int, words: SpeechWords) -> Phrase | None:
    """Return who speaks by this cue: before it, after it ("said Ada Holm: “…”"), or the subject of the clause."""
    is_infinitive = cue > low and sentence[cue - 1].lower == "to"
    is_finite = cue > low and sentence[cue - 1].lower in BE  # "is calling it"
    if (sentence[cue].lower in words.participles and not is_finite) or is_infinitive:
        return clause_subject(sentence, cue, low, words) or phrase_before(sentence, cue, low, words)
    before = phrase_before(sentence, cue, low, words)
    if before is not None:
        return before
    after = phrase_after(sentence, cue, high, words) if sentence[cue].lower not in words.told_cues else None
    # "said Ada Holm: “…”"; without a mark between, as in "and said the pier “…”", it is what is spoken of.
    announces = after is not None and after.end < len(sentence) and not sentence[after.end].is_word
    speaks = announces and after is not None and sentence[after.end].stretch is None
    return after if speaks else clause_subject(sentence, cue, low, words)


def _subject_behind(sentence: Sentence, cue: int, low: int, place: int, words: SpeechWords) -> Phrase | None:
    """Return who speaks in "Calling it “…” at last, Ada Holm left": the subject follows the participle."""
    if cue != low or sentence[cue].lower not in words.participles:
        return None
    comma = next((index for index in range(place + 1, len(sentence)) if sentence[index].word == ","), None)
    return None if comma is None else first_phrase(sentence, len(sentence), comma + 1, words)


def _around_clause(sentence: Sentence, place: int, low: int, words: SpeechWords) -> Attribution | None:
    """Read "they call it “…” in public, Ada Holm said": the last clause names who said all before it."""
    for comma in range(len(sentence) - 2, place, -1):
        if sentence[comma].word != ",":
            continue
        if sentence[comma + 1].stretch is not None:
            return None
        first = comma + 1
        named = _according(sentence, first, len(sentence), words)
        if named is not None:
            return Attribution(low, comma, named[1], named[0], exact=False)
        if sentence[first].lower in {"as", "wie", "comme", "como"}:
            first += 1
        for cue in range(first, min(first + MAX_AFTER, len(sentence))):
            if not is_cue(sentence, cue, words) or sentence[cue].lower in words.participles:
                continue
            source = phrase_before(sentence, cue, first, words)
            if source is None and cue == first:
                source = phrase_after(sentence, cue, len(sentence), words)
            rest = sentence[max(cue, source.end if source else 0) + 1 :]
            if source is None or source.first > first + 1 or any(token.lower in words.that for token in rest):
                return None
            return Attribution(low, comma, source, cue, exact=False)
    return None
