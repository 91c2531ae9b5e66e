"""Straight lines through measurements, by least squares, with what they leave over. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Line:
    """y = intercept + slope × x. `residual` is the root mean square of what is left over, as a share of the mean y."""

    intercept: float
    slope: float
    residual: float

    def at(self, x: float) -> float:
        """Return y at x."""
        return self.intercept + self.slope * x


def fit_line(points: Sequence[tuple[float, float]]) -> Line:
    """Return the line that is nearest to the points; costs neither fall with size nor begin below nothing.

    A slope below 0 becomes 0, and an intercept below 0 becomes 0: then the other one is fitted alone.

    Raises:
        ValueError: there are fewer than two different x.

    >>> fit_line([(0, 1.0), (1, 3.0), (2, 5.0)])
    Line(intercept=1.0, slope=2.0, residual=0.0)
    """
    x, y = (np.array([point[axis] for point in points], dtype=float) for axis in (0, 1))
    if len(np.unique(x)) < 2:
        msg = "a line needs measurements at two different sizes"
        raise ValueError(msg)
    slope, intercept = np.polyfit(x, y, 1)
    if slope < 0:
        slope, intercept = 0.0, float(y.mean())
    elif intercept < 0:
        slope, intercept = float(x @ y / (x @ x)), 0.0
    left = y - intercept - slope * x
    residual = float(np.sqrt((left**2).mean()) / abs(y.mean())) if y.mean() else 0.0
    return Line(*(round(float(value), 12) for value in (intercept, slope, residual)))
