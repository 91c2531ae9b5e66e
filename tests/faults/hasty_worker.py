"""Our own worker with one fault built in: it acknowledges a message when it arrives, before anything is written.

Kept to show that the harness sees such a build: whatever a kill finds unwritten is committed and lost. Arguments as
`worker_program.py`. Never part of the product.
"""

import pipeline.delivery.worker
from pipeline.delivery.acknowledging import FinishedPrefix
from pipeline.delivery.limits import Limits
from pipeline.delivery.outcome import Acknowledger
from pipeline.delivery.retry import Retries
from pipeline.delivery.tracker import Ticket, Token, Tracker
from pipeline.delivery.wakeup import Wakeup
from pipeline.metrics import StageMetrics
from schemas.message import Message
from tests.faults import worker_program


class HastyTracker(Tracker):
    """Counts every message as finished from the start."""

    def __init__(self, prefix: FinishedPrefix) -> None:
        super().__init__()
        self._prefix = prefix

    def track(self, message: Message, token: Token | None = None) -> Ticket:
        """Finish it at once; the message stays whole, because it is still to be written."""
        ticket = super().track(message, token)
        self._prefix.finish(ticket)
        ticket.message = message
        return ticket


class HastyPrefix(FinishedPrefix):
    """Acknowledges what the hasty tracker hands out."""

    def __init__(
        self, acknowledger: Acknowledger, retries: Retries, limits: Limits, metrics: StageMetrics, changed: Wakeup
    ) -> None:
        super().__init__(acknowledger, retries, limits, metrics, changed)
        self.tracker = HastyTracker(self)


def main() -> None:
    """Put the fault in place, and run as every worker does."""
    pipeline.delivery.worker.FinishedPrefix = HastyPrefix  # type: ignore[attr-defined] # the fault
    worker_program.main()


if __name__ == "__main__":
    main()
