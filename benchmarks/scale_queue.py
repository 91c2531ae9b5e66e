"""A small simulation of the busiest hour: do the waits stay below their bounds with the plan's workers? Pure.

One stage is a queue with some servers, each of which takes what waits, up to a batch, after a moment of lingering. What
arrives follows a day's curve and comes in bursts, because a poll or a push brings several articles.
"""

import heapq
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

HOUR_S: Final = 3600.0
DAY_S: Final = 24 * HOUR_S

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stage:
    """The most loaded process or worker of a role: cores that serve it, articles at once, seconds of lingering."""

    peak_s: float
    """Articles a second that reach it at the peak."""
    service_s: tuple[float, ...]
    """Core-seconds of single articles, drawn at random for each."""
    servers: int
    batch: int
    linger_s: float


def day_curve(hour: float, peak: float) -> float:
    """Return the traffic at an hour of the day against the mean; the peak is at noon.

    The curve is exp(k·cos), which is smooth and never below 0, with the k that has this peak.

    >>> round(day_curve(12, 2.5), 2), round(day_curve(0, 2.5), 2)
    (2.5, 0.18)
    """
    sharpness = _sharpness(peak)
    return float(math.exp(sharpness * math.cos(2 * math.pi * (hour - 12) / 24)) / np.i0(sharpness))


def draw_arrivals(stage: Stage, peak: float, burst: float, seconds: float, random: np.random.Generator) -> Numbers:
    """Return the moments of arrival in so many seconds around the peak, ordered.

    Bursts come at random; each brings a number of articles of this mean (geometric) at one moment.
    """
    expected = stage.peak_s * seconds / burst
    bursts = np.sort(random.uniform(0, seconds, random.poisson(expected)))
    hours = 12 + (bursts - seconds / 2) / HOUR_S
    sharpness = _sharpness(peak)
    share = np.exp(sharpness * (np.cos(2 * np.pi * (hours - 12) / 24) - 1))  # thinned where the curve is lower
    bursts = bursts[random.uniform(0, 1, len(bursts)) < share]
    return np.repeat(bursts, random.geometric(1 / burst, len(bursts)))


def find_latencies(
    arrivals: Sequence[float] | Numbers, service_s: Sequence[float] | Numbers, servers: int, batch: int, linger_s: float
) -> Numbers:
    """Return the seconds from each arrival to the end of its batch, first come, first served.

    >>> find_latencies([0.0, 0.0, 5.0], [1.0, 1.0, 1.0], servers=1, batch=1, linger_s=0.0).tolist()
    [1.0, 2.0, 1.0]
    """
    moments, services = [float(one) for one in arrivals], [float(one) for one in service_s]
    free = [0.0] * servers
    latencies = np.empty(len(moments))
    place = 0
    while place < len(moments):
        begin = max(heapq.heappop(free), moments[place] + linger_s)
        behind = min(bisect_right(moments, begin, place), place + batch)
        end = begin + sum(services[place:behind])
        heapq.heappush(free, end)
        latencies[place:behind] = end - np.array(moments[place:behind])
        place = behind
    return latencies


def simulate(
    stages: Sequence[Stage], peak: float, burst: float, seconds: float = HOUR_S / 2, seed: int = 1
) -> list[Numbers]:
    """Return for each stage the latencies of its own articles in the middle of the busiest hour."""
    random = np.random.default_rng(seed)
    found = []
    for stage in stages:
        arrivals = draw_arrivals(stage, peak, burst, seconds, random)
        services = random.choice(np.array(stage.service_s), len(arrivals))
        found.append(find_latencies(arrivals, services, stage.servers, stage.batch, stage.linger_s))
    return found


def add_latencies(latencies: Sequence[Numbers], extra_s: float, seed: int = 1) -> Numbers:
    """Return what articles wait for in all stages, paired at random, and up to `extra_s` more (a refresh)."""
    random = np.random.default_rng(seed)
    count = max((len(one) for one in latencies), default=0)
    whole = random.uniform(0, extra_s, count)
    for one in latencies:
        whole += random.choice(one, count) if len(one) else 0.0
    return whole


def _sharpness(peak: float) -> float:
    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if math.exp(middle) / float(np.i0(middle)) < peak else (low, middle)
    return (low + high) / 2
