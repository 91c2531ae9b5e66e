"""Messages by the partition that they go to, so that a sender can hand over one after the other there. Pure.

In: messages. Out: the same in lanes. Imports the topics table and the partitioner.
"""

from collections import defaultdict
from collections.abc import Iterable

from pipeline.log.partitioner import partition_for_key
from schemas.message import OutgoingMessage
from schemas.topics import BY_NAME


def split_lanes(messages: Iterable[OutgoingMessage]) -> list[list[OutgoingMessage]]:
    """Return the messages of each partition, in their order; those of a topic that have no key share a lane.

    By the number of partitions in the topics table: where a cluster has more, a lane serves several of them.
    """
    lanes: defaultdict[tuple[str, int | None], list[OutgoingMessage]] = defaultdict(list)
    for message in messages:
        partitions = BY_NAME[message.topic].partitions
        lane = None if message.key is None else partition_for_key(message.key, partitions)
        lanes[message.topic, lane].append(message)
    return list(lanes.values())
