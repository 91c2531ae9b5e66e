"""The inbox is bounded, keeps the order per key, and lets go of nothing by accident."""

import asyncio
from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.delivery.inbox import Inbox
from pipeline.delivery.tracker import Ticket, Tracker
from schemas.message import Message
from tests.delivery.virtual_time import VirtualClock, run_virtual

TRACKER = Tracker()


def _ticket(offset: int, key: bytes | None = None, size: int = 10) -> Ticket:
    return TRACKER.track(Message("news.raw.v1", 0, offset, 0, key, bytes(size - len(key or b""))))


def _offsets(batch: list[Ticket]) -> list[int]:
    return [ticket.message.offset for ticket in batch]


def test_put_waits_for_room_in_the_order_of_arrival() -> None:
    """When full by count, those who put wait, and get in first come, first served."""

    async def scenario() -> None:
        inbox = Inbox(max_records=2, max_bytes=1000)
        puts = [asyncio.create_task(inbox.put(_ticket(offset))) for offset in range(4)]
        await asyncio.sleep(1)
        assert [put.done() for put in puts] == [True, True, False, False]
        assert _offsets(await inbox.take(1, 1000, 0)) == [0]
        await asyncio.sleep(1)
        assert [put.done() for put in puts] == [True, True, True, False]
        assert _offsets(await inbox.take(9, 1000, 0)) == [1, 2]
        assert all(await asyncio.gather(*puts))

    run_virtual(scenario)


def test_a_record_larger_than_the_bound_passes_when_nothing_else_is_there() -> None:
    """An oversized record waits for an empty inbox and then enters, is taken alone, and blocks nobody for ever."""

    async def scenario() -> None:
        inbox = Inbox(max_records=10, max_bytes=100)
        assert await inbox.put(_ticket(0, size=60))
        large = asyncio.create_task(inbox.put(_ticket(1, size=5000)))
        await asyncio.sleep(1)
        assert not large.done()
        assert _offsets(await inbox.take(10, 50, 0)) == [0]
        assert await large
        behind = asyncio.create_task(inbox.put(_ticket(2)))
        await asyncio.sleep(1)
        assert not behind.done()
        assert _offsets(await inbox.take(10, 50, 0)) == [1]
        assert await behind

    run_virtual(scenario)


def test_take_stops_at_the_byte_bound() -> None:
    """A batch holds no more bytes than asked for, except for a single record."""

    async def scenario() -> None:
        inbox = Inbox(max_records=10, max_bytes=1000)
        for offset, size in enumerate([40, 40, 40, 200]):
            await inbox.put(_ticket(offset, size=size))
        assert [_offsets(await inbox.take(10, 100, 0)) for _ in range(3)] == [[0, 1], [2], [3]]

    run_virtual(scenario)


def test_take_lingers_for_a_full_batch_and_no_longer() -> None:
    """A first message waits at most the linger for company, and not at all once the batch is full."""

    async def scenario() -> None:
        inbox = Inbox(max_records=10, max_bytes=1000)
        clock = VirtualClock()
        await inbox.put(_ticket(0))
        taking = asyncio.create_task(inbox.take(2, 1000, 0.5))
        assert _offsets(await taking) == [0]
        assert clock.monotonic_s() == 0.5
        taking = asyncio.create_task(inbox.take(2, 1000, 0.5))
        for offset in (1, 2):
            await asyncio.sleep(0.1)
            await inbox.put(_ticket(offset))
        assert _offsets(await taking) == [1, 2]
        assert round(clock.monotonic_s(), 3) == 0.7

    run_virtual(scenario)


def test_cancelling_a_take_loses_nothing() -> None:
    """A take that is cancelled while it lingers leaves everything where it was."""

    async def scenario() -> None:
        inbox = Inbox(max_records=10, max_bytes=1000)
        await inbox.put(_ticket(0))
        taking = asyncio.create_task(inbox.take(5, 1000, 10))
        await asyncio.sleep(1)
        taking.cancel()
        await asyncio.wait({taking})
        assert _offsets(await inbox.take(5, 1000, 0)) == [0]

    run_virtual(scenario)


def test_close_gives_back_what_was_not_started_and_keeps_what_was_overtaken() -> None:
    """After the end of intake only messages that started ones have passed are handed out, then nothing."""

    async def scenario() -> None:
        inbox = Inbox(max_records=10, max_bytes=1000)
        for offset, key in enumerate([b"a", b"a", b"b", b"c", b"a"]):
            await inbox.put(_ticket(offset, key))
        started = await inbox.take(2, 1000, 0)
        assert _offsets(started) == [0, 2]
        inbox.close()
        assert inbox.records == 1
        assert not await inbox.put(_ticket(9))
        ending = asyncio.create_task(inbox.take(2, 1000, 5))
        await asyncio.sleep(1)
        assert not ending.done()
        inbox.release(b"a")
        assert _offsets(await ending) == [1]
        inbox.release(b"a")
        assert await inbox.take(2, 1000, 0) == []

    run_virtual(scenario)


def test_discard_removes_what_is_unwanted_and_keeps_the_order_per_key() -> None:
    """Messages of a lost partition go; the next with the same key takes the place of the removed one."""

    async def scenario() -> None:
        inbox = Inbox(max_records=10, max_bytes=1000)
        for offset, key in enumerate([b"a", b"a", b"b", b"a", None]):
            await inbox.put(_ticket(offset, key))
        inbox.discard(lambda ticket: ticket.message.offset in {0, 4})
        assert (inbox.records, inbox.size_bytes) == (3, 30)
        assert _offsets(await inbox.take(9, 1000, 0)) == [1, 2]
        inbox.release(b"a")
        assert _offsets(await inbox.take(9, 1000, 0)) == [3]

    run_virtual(scenario)


@settings(max_examples=150, deadline=None)
@given(
    keys=st.lists(st.sampled_from([None, b"a", b"b", b"c"]), max_size=40),
    moves=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), max_size=60),
)
def test_one_message_of_each_key_at_a_time_and_in_order(keys: list[bytes | None], moves: list[tuple[int, int]]) -> None:
    """Whatever is taken and released when: no key is out twice, each key's messages come in order, none is lost."""

    async def scenario() -> None:
        inbox = Inbox(max_records=1000, max_bytes=100_000)
        for offset, key in enumerate(keys):
            await inbox.put(_ticket(offset, key))
        out: list[Ticket] = []
        seen: defaultdict[bytes | None, list[int]] = defaultdict(list)
        for size, released in [*moves, *[(5, 5)] * 50]:
            if sum(map(len, seen.values())) < len(keys) and (not out or inbox.records):
                batch = await _take_now(inbox, size)
                for ticket in batch:
                    seen[ticket.message.key].append(ticket.message.offset)
                out += batch
            held = [ticket.message.key for ticket in out if ticket.message.key]
            assert len(held) == len(set(held))
            for ticket in out[:released]:
                inbox.release(ticket.message.key)
            del out[:released]
        for key, offsets in seen.items():
            assert offsets == [offset for offset, other in enumerate(keys) if other == key]
        assert sum(map(len, seen.values())) == len(keys)
        assert inbox.records == inbox.size_bytes == 0

    async def _take_now(inbox: Inbox, size: int) -> list[Ticket]:
        taking = asyncio.create_task(inbox.take(size, 100_000, 0))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if taking.done():
            return taking.result()
        taking.cancel()
        await asyncio.wait({taking})
        return []

    run_virtual(scenario)


def test_taking_goes_on_when_everything_ready_is_discarded_while_it_lingers() -> None:
    """A rebalance in the moment of lingering leaves the one who takes waiting, not with an empty batch."""

    async def scenario() -> None:
        inbox = Inbox(max_records=10, max_bytes=1000)
        assert await inbox.put(_ticket(0))
        taking = asyncio.create_task(inbox.take(10, 1000, 5.0))
        await asyncio.sleep(1)
        inbox.discard(lambda _: True)
        await asyncio.sleep(60)
        assert not taking.done()
        assert await inbox.put(_ticket(1))
        assert _offsets(await taking) == [1]

    run_virtual(scenario)
