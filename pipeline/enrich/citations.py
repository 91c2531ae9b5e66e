"""Outlets that an article names as its source: text, paragraphs and entities → records. Pure.

A name counts only with a phrase that makes it a source ("told Reuters", "Kommersant quoted"): many outlets are named
after ordinary words, and an outlet can be the story itself. Names come from the registry; an outlet that it does not
know is found when a noun ("the newspaper X") or its own name ("the Harbour Gazette") says what it is.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from pipeline.enrich.citation_rules import CitationRules, load_citation_rules
from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.quote_clauses import is_cue
from pipeline.enrich.quote_sources import phrase_before
from pipeline.enrich.quote_speakers import Speakers
from pipeline.enrich.quote_tokens import find_tokens
from pipeline.enrich.quote_words import load_speech_words
from pipeline.sources.registry import SourceRegistry
from schemas.annotations import ChainLink, Citation, Entity, Span, ZoneKind
from schemas.source import Source

MAX_CITATIONS: Final = 100
LOOK_CHARS: Final = 120
"""How far before and after a name its phrase may reach."""

CHAIN_CHARS: Final = 400
MAX_LINK_CHARS: Final = 160

_READ: Final = frozenset({ZoneKind.BODY, ZoneKind.TITLE, ZoneKind.CORRECTION})
_NO_OUTLETS: Final = frozenset({"government", "pr-wire"})
_OUTLET_NAME: Final = re.compile(
    r"\b(?:Times|Post|Herald|Tribune|Gazette|Chronicle|Courier|Observer|Journal|Daily|Telegraph|Examiner|Dispatch|"
    r"Inquirer|Zeitung|Nachrichten|Tagblatt|Tageblatt|Rundschau|Anzeiger|Courrier|Dépêche|Diario|Periódico|Heraldo|"
    r"Radio|News|Newspaper|TV|Television|Magazine)$"
)
_SENTENCE_END: Final = re.compile(r"[.!?][\"”’»]*\s+(?=[\"“„«]?[^\W\da-z_])|\n")
_NOT_BEFORE_QUOTE: Final = re.compile(r"[\"“”„«»\n]")


class _Name(NamedTuple):
    start: int
    end: int
    name: str
    source: Source | None


def find_citations(
    text: str,
    paragraphs: Sequence[Paragraph],
    entities: Sequence[Entity],
    language: str | None,
    registry: SourceRegistry,
    own_ids: frozenset[str] = frozenset(),
) -> tuple[Citation, ...]:
    """Return the outlets cited, one record per place, in text order; at most `MAX_CITATIONS`.

    The span covers the name with the phrase that makes it a source, and the chain: whom the outlet quotes, and to whom
    that one attributes what is said.

    Args:
        text: the article's text.
        paragraphs: the story's paragraphs in text order.
        entities: its entities; organisations among them can be outlets, people links of the chain.
        language: ISO 639-1; without rules for it nothing is found.
        registry: who is an outlet.
        own_ids: registry ids of the article's publisher and origin, who do not cite themselves.
    """
    rules = load_citation_rules().get(language or "")
    if rules is None:
        return ()
    words = load_speech_words()[language or ""]
    speakers = Speakers(text, paragraphs, entities, words)
    organisations = sorted(
        (mention.start, mention.end) for entity in entities if entity.label == "ORG" for mention in entity.mentions
    )
    found: list[Citation] = []
    for paragraph in paragraphs:
        if paragraph.zone not in _READ:
            continue
        for name in _names(text, paragraph, organisations, registry, rules):
            if name.source is not None and (name.source.id in own_ids or name.source.kind in _NO_OUTLETS):
                continue
            citation = _read(text, paragraph, name, rules, speakers)
            if citation is not None and (not found or citation.span.start >= found[-1].span.end):
                found.append(citation)
        if len(found) >= MAX_CITATIONS:
            break
    return tuple(found[:MAX_CITATIONS])


def _names(
    text: str,
    paragraph: Paragraph,
    organisations: Sequence[tuple[int, int]],
    registry: SourceRegistry,
    rules: CitationRules,
) -> list[_Name]:
    """Return the outlets named in a paragraph, in order, never overlapping; the registry's first."""
    content = text[paragraph.start : paragraph.end]
    names = [
        _Name(paragraph.start + start, paragraph.start + end, source.name, source)
        for start, end, source in registry.names_in(content)
    ]
    taken = [(name.start, name.end) for name in names]
    first = bisect_right(organisations, (paragraph.start, 0))
    for start, end in organisations[first : bisect_right(organisations, (paragraph.end, 0))]:
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            continue
        written = text[start:end]
        before = text[max(paragraph.start, start - LOOK_CHARS) : start]
        if (" " in written and _OUTLET_NAME.search(written)) or rules.noun.search(before):
            names.append(_Name(start, end, written, None))
    return sorted(names, key=lambda name: name.start)


def _read(text: str, paragraph: Paragraph, name: _Name, rules: CitationRules, speakers: Speakers) -> Citation | None:
    window = text[max(paragraph.start, name.start - LOOK_CHARS) : name.start]
    # "told" in the sentence before has nothing to do with this name.
    window = _SENTENCE_END.split(window)[-1]
    before = rules.before.search(window)
    ahead = text[name.end : min(paragraph.end, name.end + LOOK_CHARS)]
    after = rules.after.match(ahead)
    own_report = None if after else rules.own_report.match(ahead)
    if before is None and after is None and own_report is None:
        return None
    start = name.start if before is None else name.start - len(window) + before.start()
    following = own_report or (after if before is None else None)
    end = name.end + (following.end() if following else 0)
    chain: tuple[ChainLink, ...] = ()
    if after is not None:
        verb = name.end + after.start(1)
        chain = tuple(_chain(text, verb, min(paragraph.end, verb + CHAIN_CHARS), rules, speakers))
        end = max(end, *(link.end for link in chain)) if chain else end
    noun = rules.noun.search(window) if before is None else None
    if noun is not None:
        start = name.start - len(window) + noun.start()
    return Citation(
        outlet=name.name,
        source_id=name.source.id if name.source else None,
        span=Span(start=start, end=end),
        chain=chain,
    )


def _chain(text: str, verb: int, limit: int, rules: CitationRules, speakers: Speakers) -> Iterator[ChainLink]:
    """Yield whom the outlet quotes ("quoted a diplomat as saying"), then the subject of what that one said."""
    stop = _SENTENCE_END.search(text, verb, limit)
    limit = stop.start() + 1 if stop else limit
    relay = rules.relay.match(text, verb) or rules.relay.search(text, verb, limit)
    closing = rules.as_saying.search(text, relay.end(), limit) if relay else None
    if relay is None or closing is None or closing.start() - relay.end() > MAX_LINK_CHARS:
        return
    if _NOT_BEFORE_QUOTE.search(text, relay.end(), closing.start()):
        return
    yield _link(text, relay.end(), closing.start(), speakers)
    tokens = find_tokens(text, closing.end(), limit, ())
    words = speakers.words
    for index in range(1, len(tokens)):
        if is_cue(tokens, index, words):
            low = 1 if tokens[0].lower in words.that else 0
            phrase = phrase_before(tokens, index, low, words)
            if phrase is not None and tokens[phrase.first].lower not in words.pronouns:
                yield _link(text, tokens[phrase.first].start, tokens[phrase.end - 1].end, speakers)
            return


def _link(text: str, start: int, end: int, speakers: Speakers) -> ChainLink:
    return ChainLink(start=start, end=end, text=text[start:end], speaker=speakers.resolve(start, end))
