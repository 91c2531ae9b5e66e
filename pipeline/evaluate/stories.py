"""Scores story grouping on `clusters_X.jsonl.gz`: articles with the event that they tell.

Articles → `Score`. They arrive in the order of their publication, as on the topic; nothing of the gold reaches the
grouping; how its threshold was chosen without it stands in `pipeline.stories.linking`.
"""

import itertools
import math
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pipeline.enrich.fingerprint import fingerprint
from pipeline.evaluate.gold_file import read_gold
from pipeline.evaluate.score import Score
from pipeline.stories.grouping import Grouping
from pipeline.stories.likeness import read_terms
from pipeline.stories.member import Member
from pipeline.stories.terms import extract_terms
from schemas.errors import ConfigurationError

ORDERS: Final = 10
BASELINE_THRESHOLDS: Final = tuple(number / 100 for number in range(8, 40, 2))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def score(path: Path, limit: int | None = None) -> Score:
    """Score which articles are put together.

    Figures: B-cubed `precision`, `recall`, `f1` in time order; `f1_lowest` and `f1_highest` over ten random orders of
    arrival; `copies_differing`, the articles whose copy relation is not the same in all of them. The baseline joins an
    article to the nearest centroid, at whatever threshold is best for this file.

    Raises:
        ConfigurationError: the file holds no clusters.
    """
    records = list(itertools.islice(read_gold(path), limit))
    if not records or "cluster" not in records[0]:
        msg = f"{path} names no cluster for its articles"
        raise ConfigurationError(msg)
    gold = {str(record["id"]): str(record["cluster"]) for record in records}
    members = sorted(map(_arrival, records), key=lambda one: (one.member.dated_at, one.member.article_id))
    stories, copies = group(members)
    precision, recall, f1 = b_cubed(stories, gold)
    shuffled = [group(_shuffled(members, seed)) for seed in range(ORDERS)]
    others = [b_cubed(found, gold)[2] for found, _ in shuffled]
    differing = {key for _, found in shuffled for key in gold if found.get(key) != copies.get(key)}
    figures = {
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "f1_lowest": min(others),
        "f1_highest": max(others),
        "copies_differing": len(differing),
    }
    best = max((b_cubed(_single_pass(members, each), gold) for each in BASELINE_THRESHOLDS), key=lambda prf: prf[2])
    return Score("stories", len(records), figures, dict(zip(("precision", "recall", "f1"), best, strict=True)))


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article as it arrives: what grouping is told, and the bands by which the index finds it."""

    member: Member
    bands: tuple[str, ...]


def group(arrivals: Sequence[Arrival]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the story of each article, and the original of each copy, after they arrived in this order."""
    grouping = Grouping(len(arrivals) + 1)
    bands: defaultdict[str, list[str]] = defaultdict(list)
    for arrival in arrivals:
        ids = dict.fromkeys(one for band in arrival.bands for one in bands[band])
        held = [found for one in ids if (found := grouping.get(one)) is not None]
        grouping.add(replace(arrival.member), held)
        for band in arrival.bands:
            bands[band].append(arrival.member.article_id)
    placed = [found for each in arrivals if (found := grouping.get(each.member.article_id)) is not None]
    return (
        {one.article_id: one.story_id or one.article_id for one in placed},
        {one.article_id: one.copy_of for one in placed if one.copy_of is not None},
    )


def b_cubed(found: Mapping[str, str], gold: Mapping[str, str]) -> tuple[float, float, float]:
    """Return B-cubed precision, recall and F1 (Bagga and Baldwin 1998).

    >>> b_cubed({"a": "1", "b": "1"}, {"a": "x", "b": "y"})
    (0.5, 1.0, 0.6666666666666666)
    """
    both = Counter((found[key], gold[key]) for key in gold)
    mine, theirs = Counter(found[key] for key in gold), Counter(gold.values())
    precision = sum(both[found[key], gold[key]] / mine[found[key]] for key in gold) / len(gold)
    recall = sum(both[found[key], gold[key]] / theirs[gold[key]] for key in gold) / len(gold)
    return precision, recall, 2 * precision * recall / (precision + recall)


def _arrival(record: Mapping[str, Any]) -> Arrival:
    text, title = str(record.get("text", "")), str(record.get("title", ""))
    published = record.get("published")
    at = datetime.fromisoformat(published) if published else None
    made = fingerprint(text)
    member = Member(
        article_id=str(record["id"]),
        version=1,
        title=title,
        language=record.get("lang"),
        source_domain=record.get("domain"),
        source_id=None,
        origin_id=None,
        published_at=at and at.replace(tzinfo=at.tzinfo or UTC),
        first_seen_at=at.replace(tzinfo=at.tzinfo or UTC) if at else _EPOCH,
        signature=made.signature if made else (),
        terms=extract_terms(title, text, (), record.get("lang")),
    )
    return Arrival(member, made.bands if made else ())


def _shuffled(arrivals: Sequence[Arrival], seed: int) -> list[Arrival]:
    return random.Random(seed).sample(arrivals, len(arrivals))  # noqa: S311 - a repeatable order, no secret


def _single_pass(arrivals: Sequence[Arrival], threshold: float) -> dict[str, str]:
    """Put each article to the nearest centroid, or into a cluster of its own (single-pass clustering)."""
    centroids: dict[str, Counter[int]] = {}
    found: dict[str, str] = {}
    for arrival in arrivals:
        key = arrival.member.article_id
        terms, weights, _ = read_terms(arrival.member.terms)
        vector = dict(zip(terms.tolist(), weights.tolist(), strict=True))
        near = {name: _cosine(vector, centroid) for name, centroid in centroids.items()}
        best = max(near, key=near.__getitem__, default=key)
        found[key] = best if near.get(best, 0.0) >= threshold else key
        centroids.setdefault(found[key], Counter()).update(vector)
    return found


def _cosine(vector: Mapping[int, float], centroid: Mapping[int, float]) -> float:
    length = math.sqrt(sum(weight * weight for weight in centroid.values()))
    return sum(weight * centroid.get(term, 0.0) for term, weight in vector.items()) / length if length else 0.0
