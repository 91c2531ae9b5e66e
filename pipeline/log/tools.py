"""Reading a log outside any consumer group, for commands and reports. Imports only the log protocol and `schemas`."""

from collections.abc import Iterator

from pipeline.log.base import Log
from schemas.message import Message

PAGE = 500


def read_topic(log: Log, topic: str, page: int = PAGE) -> Iterator[Message]:
    """Yield the messages that the topic holds now, partition by partition, in offset order.

    Holds one page in memory. Messages appended while reading are left out.
    """
    for partition, span in sorted(log.offsets(topic).items()):
        start = span.begin
        while start < span.end:
            messages = [m for m in log.read(topic, partition, start, page) if m.offset < span.end]
            if not messages:
                break
            yield from messages
            start = messages[-1].offset + 1
