"""Acknowledging to Kafka: commits exactly the finished prefix that the delivery loop knows.

Faust's own bookkeeping (`event.ack()` and `consumer.commit()`) is left alone: it forgets acknowledged offsets when a
commit is given up, after which the partition never commits again (a test in tests/agents shows it).
"""

import asyncio
from collections.abc import Sequence
from typing import Final, cast

import faust
from faust.transport.consumer import Consumer
from faust.types import TP

from pipeline.delivery.tracker import finished_offsets
from schemas.errors import Unavailable
from schemas.message import Message

COMMIT_S: Final = 10.0
"""Longest wait for one commit; the client itself would wait for ever while the broker is away."""


class FaustAcknowledger:
    """An `Acknowledger` for the app's consumer."""

    def __init__(self, app: faust.App, topic_prefix: str) -> None:
        self._app = app
        self._prefix = topic_prefix

    async def acknowledge(self, finished: Sequence[Message]) -> None:
        """Commit one past the last finished message of each partition that is still ours.

        Raises:
            Unavailable: not confirmed in time, or the group is sharing out its partitions anew.
        """
        consumer = cast("Consumer", self._app.consumer)
        offsets = {TP(self._prefix + at.topic, at.partition): to for at, to in finished_offsets(finished).items()}
        try:
            async with asyncio.timeout(COMMIT_S):
                committed = await consumer._commit(offsets)  # noqa: SLF001  # see the module's docstring
        except TimeoutError as error:
            msg = f"Kafka did not confirm a commit within {COMMIT_S:g} s"
            raise Unavailable(msg) from error
        if not committed:
            msg = "Kafka did not take a commit, because the group is sharing out its partitions anew"
            raise Unavailable(msg)
