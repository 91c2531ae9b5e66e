"""What a worker says about itself, for /readyz, `newswire status` and logs. Pure types."""

from dataclasses import dataclass
from enum import StrEnum

from pipeline.delivery.retry import Blockage


class State(StrEnum):
    """The life of a worker, in this order."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker at one moment. `exit_code` is None until it has stopped."""

    stage: str
    state: State
    blocked: tuple[Blockage, ...]
    inbox_records: int
    inbox_bytes: int
    batches_in_flight: int
    unacknowledged: int
    exit_code: int | None
    last_error: Blockage | None = None
    """What was blocked last, whether it still is or not."""

    @property
    def ready(self) -> bool:
        """Whether it runs and nothing is blocked."""
        return self.state is State.RUNNING and not self.blocked
