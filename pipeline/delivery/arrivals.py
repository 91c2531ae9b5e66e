"""What a client delivers, held to the order of the log, on its way to the worker.

Messages of a consumer's partitions in; the worker is told of each partition's first message after a rebalance, because
clients deliver before they say what was assigned, and a message that is turned away while later ones are taken would be
lost. Knows no client. Lives in one event loop.
"""

from collections.abc import Collection

from pipeline.delivery.backfill import Backfill
from pipeline.delivery.continuity import Continuity
from pipeline.delivery.worker import DeliveryWorker
from schemas.message import Message, TopicPartition


class Arrivals:
    """Hands messages over, live ones and those of back-fill. Each rebalance begins a new epoch."""

    def __init__(self, worker: DeliveryWorker, backfill: Backfill, order: Continuity) -> None:
        self._worker, self._backfill, self._order = worker, backfill, order
        self._epoch = 0
        self._epochs: dict[TopicPartition, int] = {}

    async def take(self, message: Message) -> None:
        """Offer the message, waiting while the worker has no room; what is wrong ends the worker. Never raises."""
        epoch, place = self._epoch, message.topic_partition
        if self._epochs.get(place) != epoch:
            self._epochs[place] = epoch
            self._worker.assign({place}, epoch)
        try:
            await self._order.check(message)
        except Exception as error:  # noqa: BLE001  # nothing may leave an agent; all is delivered again
            self._worker.fail(error)
        else:
            await self._backfill.offer(message, epoch)

    async def revoke(self, partitions: Collection[TopicPartition], drain_s: float) -> None:
        """Have the worker finish what it started of the partitions, within `drain_s`, and begin a new epoch."""
        self._epoch += 1
        self._order.restart()
        await self._backfill.revoke(partitions, drain_s)
