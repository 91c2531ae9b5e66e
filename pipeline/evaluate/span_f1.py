"""Precision, recall and F1 over sets of items. Pure."""

from collections.abc import Hashable
from collections.abc import Set as AbstractSet


def score_sets(gold: AbstractSet[Hashable], found: AbstractSet[Hashable]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of `found`; 0 where nothing can be counted."""
    right = len(gold & found)
    precision = right / len(found) if found else 0.0
    recall = right / len(gold) if gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return precision, recall, f1
