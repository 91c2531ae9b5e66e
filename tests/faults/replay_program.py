"""`newswire dead-letters replay` that dies without a word after its first confirmed batch."""

import os
from collections.abc import Sequence

from pipeline.clock import SystemClock
from pipeline.delivery.replay import replay
from pipeline.log.kafka import KafkaLog
from pipeline.log.tools import read_topic
from pipeline.settings import load_settings
from schemas.message import OutgoingMessage, Position
from schemas.topics import DEAD_LETTER

EXIT_CRASHED = 86


class DyingLog(KafkaLog):
    """A log that ends the process once something was confirmed."""

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Position]:
        """Send, and die."""
        super().send(messages)
        os._exit(EXIT_CRASHED)


def main() -> None:
    """Replay everything, as far as it comes."""
    settings = load_settings()
    address = settings.resolved_log_url.removeprefix("kafka://")
    log = DyingLog([address], SystemClock(), topic_prefix=settings.topic_prefix)
    replay(log, read_topic(log, DEAD_LETTER.name))


if __name__ == "__main__":
    main()
