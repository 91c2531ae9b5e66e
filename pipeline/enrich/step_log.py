"""Runs the steps of an article's enrichment: what each took, and what went wrong without costing the article."""

from collections.abc import Callable
from typing import Final, TypeVar

import structlog

from pipeline.clock import Clock
from schemas.article import Problem
from schemas.errors import Rejected

log = structlog.get_logger(__name__)

DETAIL_CHARS: Final = 300
R = TypeVar("R")


class StepLog:
    """Times and problems of one article's steps."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.milliseconds: dict[str, float] = {}
        self.problems: list[Problem] = []

    def attempt(self, step: str, function: Callable[[], R], default: R) -> R:
        """Return what `function` returns, or `default` with a problem noted when it raises."""
        started = self._clock.monotonic_s()
        try:
            return function()
        except MemoryError:
            raise  # the process is not to be trusted any more
        except Exception as error:  # noqa: BLE001 - whatever one step does, the article goes on without it
            self.note(step, error)
            return default
        finally:
            self.add_time(step, self._clock.monotonic_s() - started)

    def add_time(self, step: str, seconds: float) -> None:
        """Add to what the step took."""
        self.milliseconds[step] = round(self.milliseconds.get(step, 0.0) + seconds * 1000, 3)

    def note(self, step: str, error: Exception) -> None:
        """Note that the step failed."""
        log.warning("enrichment step failed", step=step, error=f"{type(error).__name__}: {error}"[:DETAIL_CHARS])
        reason = error.reason if isinstance(error, Rejected) else "failed"
        self.add_problem(step, reason, f"{type(error).__name__}: {error}")

    def add_problem(self, step: str, reason: str, detail: str = "") -> None:
        """Note a problem that the step itself found; `reason` is kebab-case."""
        self.problems.append(Problem(step=step, reason=reason, detail=detail[:DETAIL_CHARS]))
