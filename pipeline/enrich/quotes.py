"""Quotes with their speakers: text, paragraphs and entities → records. Pure.

A stretch between quotation marks is speech when a cue says so, or when it is a sentence of its own; names of works and
words held at arm's length ("scare quotes") are left out. Title lines are not read: a headline repeats its story.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.quote_attribution import Attribution, find_attributions
from pipeline.enrich.quote_clauses import clause_subject
from pipeline.enrich.quote_marks import find_stretches
from pipeline.enrich.quote_speakers import Speakers
from pipeline.enrich.quote_speech import is_speech_alone, is_work_title
from pipeline.enrich.quote_tokens import Sentence, find_sentences, find_tokens
from pipeline.enrich.quote_words import SpeechWords, load_speech_words
from schemas.annotations import Entity, Quote, QuoteKind, ZoneKind

MAX_QUOTES: Final = 500
_READ: Final = frozenset({ZoneKind.BODY, ZoneKind.CORRECTION, ZoneKind.CAPTION})
_MARKS: Final = frozenset("\"“”„«»‹「『‘'‚‟")


class _Source(NamedTuple):
    """Who speaks: the span as written, the entity, the cue's text."""

    start: int
    end: int
    speaker: str | None
    cue: str | None


@dataclass(slots=True)
class _Reader:
    """What is remembered from paragraph to paragraph."""

    text: str
    words: SpeechWords
    speakers: Speakers
    last: _Source | None = None
    last_paragraph: int = -9
    is_open: bool = False
    """Whether the last paragraph's quote was not closed, or the paragraph ended with a colon."""
    waits_from: int | None = None
    """The first of the quotes whose speaker a later paragraph of the same speech must name."""
    found: list[Quote] = field(default_factory=list)


def find_quotes(
    text: str, paragraphs: Sequence[Paragraph], entities: Sequence[Entity], language: str | None
) -> tuple[Quote, ...]:
    """Return the article's quotes in text order, never overlapping, at most `MAX_QUOTES`.

    Args:
        text: the article's text.
        paragraphs: the story's paragraphs in text order.
        entities: whom a source can be.
        language: ISO 639-1; in a language without words in the table only quotes without a cue are found.
    """
    words = load_speech_words().get(language or "") or load_speech_words()["other"]
    reader = _Reader(text, words, Speakers(text, paragraphs, entities, words))
    for number, paragraph in enumerate(paragraphs):
        if paragraph.zone in _READ:
            _read_paragraph(reader, number, paragraph)
        if len(reader.found) >= MAX_QUOTES:
            break
    return tuple(reader.found[:MAX_QUOTES])


def _read_paragraph(reader: _Reader, number: int, paragraph: Paragraph) -> None:
    text, words = reader.text, reader.words
    content = text[paragraph.start : paragraph.end]
    stretches = [] if _MARKS.isdisjoint(content) else find_stretches(text, paragraph.start, paragraph.end)
    introduces = content.endswith(":")
    if not stretches and not introduces:
        reader.is_open = False
        return
    reader.speakers.note_quoted(stretches)
    sentences = find_sentences(text, find_tokens(text, paragraph.start, paragraph.end, stretches), words.cues)
    may_continue = reader.is_open or reader.last_paragraph == number - 1
    for position, sentence in enumerate(sentences):
        attributed = list(_read_sentence(reader, sentence))
        reader.found += attributed
        if attributed:
            reader.last_paragraph = number
            may_continue = True
        reader.found += _read_alone(reader, sentence, attributed, may_continue=may_continue, is_first=position == 0)
        if any(token.stretch for token in sentence):
            reader.last_paragraph = number
    reader.found.sort(key=lambda quote: quote.start)
    if reader.waits_from is not None:
        _name_waiting(reader, paragraph)
    reader.is_open = bool(stretches) and not stretches[-1].closed
    if reader.is_open and reader.found and reader.found[-1].source_start is None and reader.waits_from is None:
        reader.waits_from = len(reader.found) - 1
    if introduces:
        _introduce(reader, sentences[-1])


def _name_waiting(reader: _Reader, paragraph: Paragraph) -> None:
    """Give the quotes of the paragraphs before, which were left open, the speaker named at the end of the last."""
    first = reader.waits_from or 0
    here = [quote for quote in reader.found[first:] if quote.start >= paragraph.start]
    named = here[0] if here and here[0].start == paragraph.start else None
    if named is not None and named.source_start is not None:
        speaker = {key: getattr(named, key) for key in ("source_start", "source_end", "speaker", "cue")}
        for number, quote in enumerate(reader.found[first:], start=first):
            if quote.source_start is None and quote.start < named.start:
                reader.found[number] = quote.model_copy(update=speaker)
    if named is None or named.source_start is not None:
        reader.waits_from = None


def _introduce(reader: _Reader, sentence: Sentence) -> None:
    """Remember who speaks in the next paragraph: "Ada Holm continued:"."""
    phrase = clause_subject(sentence, len(sentence), 0, reader.words)
    if phrase is None:
        return
    start, end = sentence[phrase.first].start, sentence[phrase.end - 1].end
    reader.last = _Source(start, end, reader.speakers.resolve(start, end), None)
    reader.is_open = True


def _read_sentence(reader: _Reader, sentence: Sentence) -> Iterator[Quote]:
    for found in find_attributions(reader.text, sentence, reader.words):
        stretches = [token.stretch for token in sentence[found.first : found.end] if token.stretch]
        is_object = found.cue is not None and found.cue == found.first - 1
        may_be_work = not found.exact or (is_object and sentence[found.first - 1].lower in reader.words.works)
        may_be_work = may_be_work or _is_named(reader, sentence, found.first)
        if may_be_work and all(is_work_title(reader.text, stretch) for stretch in stretches):
            continue
        source = _source_of(reader, sentence, found)
        start, end = sentence[found.first].start, sentence[found.end - 1].end
        yield _to_quote(reader, start, end, source, QuoteKind.DIRECT if found.exact else QuoteKind.MIXED)


def _is_named(reader: _Reader, sentence: Sentence, place: int) -> bool:
    """Return whether a stretch stands like a name: after a preposition, or as the subject of the verb after it."""
    stretch = sentence[place].stretch
    if stretch is None:
        return False
    if place > 0:
        return sentence[place - 1].lower in reader.words.prepositions
    following = sentence[place + 1] if place + 1 < len(sentence) else None
    return following is not None and following.is_word and stretch.inner(reader.text)[-1:] not in ",.!?…—–-"


def _source_of(reader: _Reader, sentence: Sentence, found: Attribution) -> _Source | None:
    if found.source is None:
        return None
    start, end = sentence[found.source.first].start, sentence[found.source.end - 1].end
    cue = None if found.cue is None else sentence[found.cue].word
    speaker = reader.speakers.resolve(start, end)
    if speaker is not None:
        reader.speakers.heard(speaker, start)
    reader.last = _Source(start, end, speaker, cue)
    return reader.last


def _read_alone(
    reader: _Reader, sentence: Sentence, attributed: Sequence[Quote], *, may_continue: bool, is_first: bool
) -> Iterator[Quote]:
    """Yield the sentence's stretches that are speech without a cue of their own; the last speaker goes on."""
    for place, token in enumerate(sentence):
        stretch = token.stretch
        if stretch is None or any(quote.start < stretch.end and stretch.start < quote.end for quote in attributed):
            continue
        goes_on = may_continue and place == 0 and (not is_first or _stands_alone(sentence))
        if not is_speech_alone(reader.text, sentence, place, goes_on=goes_on):
            continue
        yield _to_quote(reader, stretch.start, stretch.end, reader.last if goes_on else None, QuoteKind.DIRECT)


def _stands_alone(sentence: Sentence) -> bool:
    return all(token.stretch is not None or not token.is_word for token in sentence)


def _to_quote(reader: _Reader, start: int, end: int, source: _Source | None, kind: QuoteKind) -> Quote:
    return Quote(
        start=start,
        end=end,
        text=reader.text[start:end],
        source_start=source.start if source else None,
        source_end=source.end if source else None,
        speaker=source.speaker if source else None,
        cue=source.cue if source else None,
        kind=kind,
    )
