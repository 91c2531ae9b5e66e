"""Scores origins on `wire_credit_X.jsonl`, joined with the texts of `quotes_X.jsonl.gz` beside it by id.

Files → `Score`. The author field of the gold file is not shown to the step: it would give the answer away. Imports the
pure step and the registry only.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pipeline.enrich.origin import find_origin
from pipeline.evaluate.examples import take_each
from pipeline.evaluate.gold_file import read_gold
from pipeline.evaluate.score import Score
from pipeline.extract.extracted import ExtractedArticle
from pipeline.sources.registry import SourceRegistry
from schemas.errors import ConfigurationError

# What the file calls publishers, where the registry has no such alias.
_PUBLISHERS: Final = {
    "huff-post": "HuffPost", "nyt": "The New York Times", "wash-post": "The Washington Post",
    "west-journal": "The Western Journal", "usa-today": "USA Today",
}  # fmt: skip
_NO_WIRE: Final = frozenset({"", "na", "none", "null"})
_EDGE_CHARS: Final = 300  # the baseline of ENRICHMENT.md section 9 looks at this much of either end


def score(path: Path, limit: int | None = None) -> Score:
    """Score whether each article is a wire story, and of which agency.

    Figures: `wire_precision`, `wire_recall`, `wire_f1` (an agency as origin or not) and `agency_accuracy` (the right
    one, among the wire stories of the gold file). The baseline calls it a wire story when an agency is named within
    the first or last 300 characters.

    Raises:
        ConfigurationError: a file is missing or has another form.
    """
    registry = SourceRegistry.load()
    gold: list[str | None] = []
    found: list[str | None] = []
    named: list[str | None] = []
    for record, text in _join(path, limit):
        gold.append(_agency_id(str(record.get("wire") or ""), registry))
        found.append(_find_agency(record, text, registry))
        named.append(_name_near_edges(text, registry))
    return Score("origin", len(gold), _figures(gold, found), _figures(gold, named))


def find_examples(path: Path, limit: int | None, count: int) -> Iterator[str]:
    """Yield at most `count` lines about each kind of fault: wire stories missed or of another agency, false alarms."""
    registry = SourceRegistry.load()
    faults: dict[str, list[str]] = {"missed": [], "not in the gold": []}
    for record, text in _join(path, limit):
        gold, found = _agency_id(str(record.get("wire") or ""), registry), _find_agency(record, text, registry)
        if gold != found:
            line = f"{record['id']}: {gold}, found {found}: {' '.join(text[:200].split())}…"
            faults["missed" if gold else "not in the gold"].append(line)
    yield from take_each(faults, count)


def _find_agency(record: dict[str, Any], text: str, registry: SourceRegistry) -> str | None:
    """Return the agency that made the article, as the step finds it."""
    slug = str(record.get("publisher") or "")
    publisher = registry.find_name(_PUBLISHERS.get(slug, slug))
    origin = find_origin(_as_extracted(text), registry, publisher)
    source = registry.get(origin.source_id) if origin and origin.source_id else None
    return source.id if source and source.kind == "agency" else None


def _texts_beside(path: Path) -> Path:
    stem = path.name.removesuffix(".gz").replace("wire_credit_", "quotes_")
    for candidate in (path.with_name(f"{stem}.gz"), path.with_name(stem)):
        if candidate != path and candidate.is_file():
            return candidate
    msg = f"{path}: the texts, {stem} or {stem}.gz, must stand beside it"
    raise ConfigurationError(msg)


def _join(path: Path, limit: int | None) -> Iterator[tuple[dict[str, Any], str]]:
    beside = _texts_beside(path)
    texts = {record.get("id"): record.get("text") for record in read_gold(beside)}
    for record in read_gold(path, limit):
        text = texts.get(record.get("id"))
        if not isinstance(text, str):
            msg = f"{path}: {beside.name} has no text for {record.get('id')!r}"
            raise ConfigurationError(msg)
        yield record, text


def _as_extracted(text: str) -> ExtractedArticle:
    return ExtractedArticle(text.partition("\n")[0], text, ())


def _agency_id(wire: str, registry: SourceRegistry) -> str | None:
    """Return the registry's id of the gold agency; one unknown to the registry counts as missed."""
    source = registry.find_name(wire)
    return None if wire.lower() in _NO_WIRE else source.id if source else f"unknown: {wire}"


def _name_near_edges(text: str, registry: SourceRegistry) -> str | None:
    for part in (text[:_EDGE_CHARS], text[-_EDGE_CHARS:]):
        for _, _, source in registry.names_in(part):
            if source.kind == "agency":
                return source.id
    return None


def _figures(gold: list[str | None], found: list[str | None]) -> dict[str, float]:
    both = sum(1 for right, mine in zip(gold, found, strict=True) if right and mine)
    wires = [(right, mine) for right, mine in zip(gold, found, strict=True) if right]
    precision = both / max(1, sum(1 for mine in found if mine))
    recall = both / max(1, len(wires))
    return {
        "wire_precision": precision,
        "wire_recall": recall,
        "wire_f1": 2 * precision * recall / (precision + recall) if both else 0.0,
        "agency_accuracy": sum(1 for right, mine in wires if mine == right) / max(1, len(wires)),
    }
