"""Scores the copy decision on `near_dup_X.jsonl.gz`; the texts stand beside it in one file per set.

Pairs → `Score`. Each pair is decided as the grouper would: the earlier article is known, the later one arrives, and
they only meet if they share a fingerprint band.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pipeline.enrich.fingerprint import estimate_jaccard, fingerprint
from pipeline.evaluate.gold_file import read_gold
from pipeline.evaluate.score import Score
from pipeline.stories.copies import CONTINUED, COPY_JACCARD, compare
from pipeline.stories.member import Member
from schemas.article import Fingerprint
from schemas.errors import ConfigurationError

_COPIES: Final = frozenset({"identical", "near_dup"})
_SINGLE_SOURCE: Final = "reuters"  # sets of one newswire name no domains
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Pair:
    """What is known of a pair. `template`: a newswire repeats itself more than a day later (the file's README)."""

    first: Fingerprint | None
    second: Fingerprint | None
    days: float
    domains: tuple[str, str]
    labelled: bool
    template: bool


def score(path: Path, limit: int | None = None) -> Score:
    """Score which pairs are copies; pairs of sets whose texts are not there are left out.

    Figures: `precision`, `recall`, `f1` with recurring templates of a newswire counted as wrong when they are called
    copies; `label_f1` against the file's label alone, which cannot tell an editor's copy from a template; and
    `templates_merged`, the share of templates called copies. The baseline is MinHash at .5 without any other rule.

    Raises:
        ConfigurationError: no texts stand beside the file.
    """
    pairs = list(itertools.islice(_read_pairs(path), limit))
    found = [_is_copy(pair) for pair in pairs]
    alike = [_is_alike(pair) for pair in pairs]
    return Score("copies", len(pairs), _figures(pairs, found), _figures(pairs, alike))


def _read_pairs(path: Path) -> Iterator[_Pair]:
    records = list(read_gold(path))
    prints: dict[str, Fingerprint | None] = {}
    for name in sorted({str(record.get("set")) for record in records}):
        wanted = {record[side] for record in records if record.get("set") == name for side in ("a", "b")}
        beside = [path.with_name(f"{name}.jsonl.gz"), path.with_name(f"{name}.jsonl")]
        for text in itertools.chain.from_iterable(read_gold(texts) for texts in beside if texts.is_file()):
            if text.get("id") in wanted:
                prints[text["id"]] = fingerprint(str(text.get("text", "")))
    if records and not prints:
        msg = f"{path}: the texts of its sets, such as {records[0].get('set')}.jsonl.gz, must stand beside it"
        raise ConfigurationError(msg)
    for record in records:
        if record["a"] in prints and record["b"] in prints:
            yield _as_pair(record, prints)


def _as_pair(record: dict[str, Any], prints: dict[str, Fingerprint | None]) -> _Pair:
    days = float(record.get("days") or 0.0)
    domains = (str(record.get("dom_a") or _SINGLE_SOURCE), str(record.get("dom_b") or _SINGLE_SOURCE))
    labelled = record.get("label") in _COPIES
    template = labelled and days > 1 and domains == (_SINGLE_SOURCE, _SINGLE_SOURCE)
    return _Pair(prints[record["a"]], prints[record["b"]], days, domains, labelled, template)


def _is_copy(pair: _Pair) -> bool:
    if pair.first is None or pair.second is None or not set(pair.first.bands) & set(pair.second.bands):
        return False
    first, second = (
        Member(
            article_id=letter * 32,
            version=1,
            title="",
            language=None,
            source_domain=domain,
            source_id=None,
            origin_id=None,
            published_at=_EPOCH + timedelta(days=days),
            first_seen_at=_EPOCH + timedelta(days=days),
            signature=made.signature,
            terms=(),
        )
        for letter, made, domain, days in (
            ("1", pair.first, pair.domains[0], 0.0),
            ("2", pair.second, pair.domains[1], pair.days),
        )
    )
    return compare(first, second) not in {None, CONTINUED}


def _is_alike(pair: _Pair) -> bool:
    """Decide as a library does off the shelf: similarity of the texts alone."""
    if pair.first is None or pair.second is None:
        return False
    return estimate_jaccard(pair.first.signature, pair.second.signature) >= COPY_JACCARD


def _figures(pairs: Sequence[_Pair], found: Sequence[bool]) -> dict[str, float]:
    right = [pair.labelled and not pair.template for pair in pairs]
    templates = [copy for pair, copy in zip(pairs, found, strict=True) if pair.template]
    precision, recall, f1 = _prf(right, found)
    return {
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "label_f1": _prf([pair.labelled for pair in pairs], found)[2],
        "templates_merged": sum(templates) / max(1, len(templates)),
    }


def _prf(right: Sequence[bool], found: Sequence[bool]) -> tuple[float, float, float]:
    both = sum(a and b for a, b in zip(right, found, strict=True))
    precision, recall = both / max(1, sum(found)), both / max(1, sum(right))
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0
