"""The bounds of a delivery worker, and the exit codes that a supervisor sees. Imports nothing of ours."""

from dataclasses import dataclass, fields
from typing import Final

EXIT_OK: Final = 0
EXIT_UNEXPECTED: Final = 70
"""A step or a task failed in a way nobody foresaw (EX_SOFTWARE of sysexits.h): restart, the log redelivers."""
EXIT_FORCED: Final = 75
"""Left before everything that was started had finished (EX_TEMPFAIL): nothing is lost, the log redelivers."""
EXIT_BREAKER: Final = 78
"""The breaker tripped (EX_CONFIG): a restart would only fill the dead-letter topic, a person has to look first."""

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a worker holds, how it batches, and how long it waits.

    All values are above 0, except `linger_s` and `behind_rest`, which may be 0.

    Memory is bounded by `inbox_bytes` + `batches_in_flight` × `batch_bytes` (each plus at most one larger message)
    and what the step makes of those; finished messages keep only their place.
    """

    inbox_records: int = 1000
    inbox_bytes: int = 32 * MIB
    batch_records: int = 64
    batch_bytes: int = 8 * MIB
    linger_s: float = 0.2
    batches_in_flight: int = 2
    """Two, so that a process pool has work while the outputs of the batch before are being confirmed."""
    behind_rest: float = 1.0
    """Seconds without a batch of what stays behind after each second of one, while other messages come. One: at most
    half of the time is taken from them. For a step whose work behind gives way by itself: 0."""
    unacknowledged_records: int = 20_000
    """Messages taken from the source and not yet acknowledged; also bounds what a crash delivers again."""
    acknowledge_records: int = 500
    acknowledge_interval_s: float = 2.0
    renew_s: float = 5.0
    """How often a worker that is full still polls, with everything paused, so that it keeps its partitions."""
    step_limit_s: float = 900.0
    """A step that has not answered by then hangs: the worker leaves with `EXIT_UNEXPECTED`. Steps have own timeouts."""
    retry_cap_s: float = 30.0
    """Longest pause before the next attempt at what does not answer; below it pauses grow from 0.2 s."""
    configuration_pause_s: float = 30.0
    """Pause before the next attempt at what a person has to change; asking more often only fills the logs."""
    last_acknowledge_s: float = 2.0
    """Given to a last acknowledgement when the drain time is over."""

    def __post_init__(self) -> None:
        """Refuse values that could never work.

        Raises:
            ValueError: a value of 0 or less, or a window that is full before it is ever acknowledged.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            if value < 0 or (value == 0 and field.name not in {"linger_s", "behind_rest"}):
                msg = f"{field.name} = {value} must be above 0"
                raise ValueError(msg)
        if self.unacknowledged_records < self.acknowledge_records:
            msg = f"unacknowledged_records = {self.unacknowledged_records} is below acknowledge_records"
            raise ValueError(msg)
