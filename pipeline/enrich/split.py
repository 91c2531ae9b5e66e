"""Divides a batch so that all processes finish at about the same time, in chunks of bounded size. Pure."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from typing import Final

MAX_CHUNK_VALUES: Final = 8
"""More would make the rest wait for one bad article, and one process for another at the end; recognition takes the same
processor time with 8, 16 and 32."""

MAX_CHUNK_BYTES: Final = 1024 * 1024
"""What a process holds of values at once; one that is larger goes alone."""


def split_by_weight(weights: Sequence[int], processes: int, *, max_values: int = MAX_CHUNK_VALUES) -> list[list[int]]:
    """Return groups of positions, about equal in weight, a multiple of `processes` where there are enough values.

    Largest first into the lightest group (Graham 1969): at worst a third more than the best division.

    >>> split_by_weight([50, 10, 10, 30], 2)
    [[0], [3, 1, 2]]
    """
    if not weights:
        return []
    needed = ceil(len(weights) / max_values)
    count = min(ceil(needed / processes) * processes, len(weights))
    groups: list[list[int]] = [[] for _ in range(count)]
    heap = [(0, number) for number in range(count)]
    for position in sorted(range(len(weights)), key=lambda position: -weights[position]):
        weight, number = heapq.heappop(heap)
        groups[number].append(position)
        if len(groups[number]) < max_values:
            heapq.heappush(heap, (weight + weights[position] + 1, number))
    return groups


def cut(
    families: Iterable[Sequence[int]],
    sizes: Sequence[int],
    *,
    max_values: int = MAX_CHUNK_VALUES,
    max_bytes: int = MAX_CHUNK_BYTES,
) -> Iterator[list[int]]:
    """Yield the positions in order, in chunks of at most so many values and bytes; `sizes` are those of all positions.

    A family is divided only where no chunk could hold it, and a value is alone in its chunk where it is too large.

    >>> list(cut([[3], [0, 1], [2]], [400, 300, 200, 500], max_bytes=1000))
    [[3], [0, 1, 2]]
    """
    chunk: list[int] = []
    held = 0
    for family in families:
        whole = sum(sizes[position] for position in family)
        fits = len(family) <= max_values and whole <= max_bytes
        parts = [(family, whole)] if fits else [([position], sizes[position]) for position in family]
        for part, size in parts:
            if chunk and (len(chunk) + len(part) > max_values or held + size > max_bytes):
                yield chunk
                chunk, held = [], 0
            chunk.extend(part)
            held += size
    if chunk:
        yield chunk
