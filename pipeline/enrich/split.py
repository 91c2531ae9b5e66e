"""Divides a batch so that all processes finish at about the same time. Sizes → groups of positions; pure."""

import heapq
from collections.abc import Sequence
from math import ceil
from typing import Final

MAX_CHUNK_VALUES: Final = 8
"""More would make the rest wait for one bad article, and one process for another at the end; recognition takes the same
processor time with 4, 8 and 16."""

MAX_CHUNK_BYTES: Final = 1024 * 1024


def split_by_size(
    sizes: Sequence[int], processes: int, *, max_values: int = MAX_CHUNK_VALUES, max_bytes: int = MAX_CHUNK_BYTES
) -> list[list[int]]:
    """Return groups of positions, about equal in bytes, a multiple of `processes` where there are enough values.

    Largest first into the lightest group (Graham 1969): at worst a third more than the best division.

    >>> split_by_size([50, 10, 10, 30], 2)
    [[0], [3, 1, 2]]
    """
    if not sizes:
        return []
    needed = max(ceil(len(sizes) / max_values), ceil(sum(sizes) / max_bytes))
    count = min(ceil(needed / processes) * processes, len(sizes))
    groups: list[list[int]] = [[] for _ in range(count)]
    heap = [(0, number) for number in range(count)]
    for position in sorted(range(len(sizes)), key=lambda position: -sizes[position]):
        weight, number = heapq.heappop(heap)
        groups[number].append(position)
        if len(groups[number]) < max_values:
            heapq.heappush(heap, (weight + sizes[position] + 1, number))
    return groups
