"""A quantile from the buckets of a histogram, as Prometheus's `histogram_quantile` estimates it. Pure."""

from collections.abc import Mapping


def estimate_quantile(buckets: Mapping[float, float], share: float) -> float | None:
    """Return the value below which `share` (0 to 1) of the observations lie; None without observations.

    `buckets` maps upper bounds, the last one infinite, to cumulative counts. Values are taken as evenly spread within a
    bucket; what lies beyond the last finite bound is told as that bound.

    >>> estimate_quantile({1.0: 10, 2.0: 20, float("inf"): 20}, 0.75)
    1.5
    """
    bounds = sorted(buckets)
    total = buckets[bounds[-1]] if bounds else 0
    if total <= 0:
        return None
    rank, below, count_below = share * total, 0.0, 0.0
    for bound in bounds:
        count = buckets[bound]
        if count >= rank:
            if bound == float("inf"):
                return below
            return below + (bound - below) * (rank - count_below) / max(count - count_below, 1)
        below, count_below = bound, count
    return below
