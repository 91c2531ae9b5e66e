"""Back-fill on Faust: how many live messages are unread, and pausing the back-fill partitions. See `Backfill`."""

from collections.abc import Iterable
from typing import Final, cast

import faust
from faust.exceptions import ConsumerNotStarted
from faust.transport.consumer import Consumer
from faust.types import TP

from pipeline.clock import Clock
from pipeline.delivery.backfill import LOW_LAG, Backfill
from pipeline.delivery.worker import DeliveryWorker
from pipeline.roles import Role

UNKNOWN: Final = LOW_LAG + 1


class FaustBackfill(Backfill):
    """Stands before the worker of one app. To be made inside the running event loop, where it starts at once."""

    def __init__(self, app: faust.App, worker: DeliveryWorker, clock: Clock, role: Role, topic_prefix: str) -> None:
        topics = [topic.name for topic in role.backfill]
        super().__init__(worker, topics, self._count_unread, clock, self._pause)
        self._app, self._outer_names = app, {topic_prefix + name for name in topics}
        self.start()

    def _count_unread(self) -> int:
        """Return how many live messages the brokers have that this worker has not read.

        What is not known yet counts as none: live messages come with the first fetch, and are counted from then on.
        """
        consumer = cast("Consumer", self._app.consumer)
        unread = 0
        try:
            for place in consumer.assignment():
                # As read, or as committed before the first is read: then one is counted too few.
                seen = consumer._read_offset[place]  # noqa: SLF001  # no public way to ask
                if place.topic not in self._outer_names and seen is not None:
                    unread += max(0, (consumer.highwater(place) or 0) - seen - 1)
        except (AssertionError, ConsumerNotStarted):
            return UNKNOWN  # partitions changed hands at this moment, in the client's thread
        return unread

    def _pause(self, full: bool) -> None:  # as it is called
        consumer = cast("Consumer", self._app.consumer)
        hold_back(consumer, [place for place in consumer.assignment() if place.topic in self._outer_names], full=full)


def hold_back(consumer: Consumer, places: Iterable[TP], *, full: bool) -> None:
    """Fetch no more from the partitions, or fetch again; what was fetched is delivered all the same.

    As Faust does when its own buffer is full. `pause_partitions` drops what was fetched, and goes on behind it.
    """
    for place in places:
        (consumer.on_buffer_full if full else consumer.on_buffer_drop)(place)
