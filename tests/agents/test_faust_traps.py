"""T16: what the installed Faust does where DELIVERY.md section 1 says it loses messages, and that ours avoids it.

Each test shows the trap and the way round it on Faust itself, without a broker. When an upgrade changes a trap, the
test fails, and the rule can be looked at again.
"""
# ruff: noqa: SLF001, ANN401 - what is pinned here is inside Faust, which has no types for it

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any

import faust
import pytest
from faust.events import Event
from faust.tables.recovery import ServiceStopped
from faust.transport._cython.conductor import ConductorHandler
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from agents.app import create_app
from agents.backfill import hold_back
from pipeline.roles import INDEX
from pipeline.settings import Settings

TOPIC = "news.enriched.v1"
PLACE = TP(TOPIC, 0)
GENERATION = 7


@pytest.fixture
async def app() -> AsyncIterator[Any]:
    """The index role's app, as if its group had given it partition 0."""
    made: Any = create_app(Settings(log_url="kafka://127.0.0.1:1"), INDEX)
    made.finalize()
    made.consumer_generation_id = GENERATION
    made.flow_control.resume()
    made.topics._acking_topics.add(TOPIC)
    yield made
    made.consumer._thread.thread_loop.close()  # made with the consumer, never started


def build_event(app: Any, offset: int, value: bytes = b"{}", generation: int = GENERATION) -> Event:
    """Return the event of a message that the consumer has read."""
    message = ConsumerMessage(TOPIC, 0, offset, 1.0, 1, [], b"key", value, None, tp=PLACE, generation_id=generation)
    message.incref()
    return Event(app, b"key", value, None, message)


def acknowledged(app: Any) -> list[int]:
    """Return the offsets that Faust's next commit would cover."""
    return sorted(app.consumer._acked[PLACE])


async def feed(app: Any, events: Sequence[Event]) -> Any:
    """Return a stream in which the events wait."""
    topic = app.topic(TOPIC, key_serializer="raw", value_serializer="raw")
    channel = topic.clone(is_iterator=False)
    stream = app.stream(channel)
    for event in events:
        await stream.channel.put(event)
    return stream


async def fail_at_first(stream: Any, iterator: Any) -> None:
    """Raise in the body of a loop over the stream, as an agent would, and let Faust and asyncio clean up after it."""

    async def agent() -> None:
        async for _ in iterator:
            msg = "an agent fails"
            raise RuntimeError(msg)

    with suppress(RuntimeError):
        await agent()
    await stream.stop()
    await asyncio.sleep(0.01)


async def test_an_exception_acknowledges_the_event(app: Any) -> None:
    """A plain stream acknowledges the event that its consumer has failed on; a noack stream leaves it alone."""
    plain = await feed(app, [build_event(app, 3)])
    await fail_at_first(plain, plain)
    assert acknowledged(app) == [3]
    careful = (await feed(app, [build_event(app, 4)])).noack()
    await fail_at_first(careful, careful.events())
    assert acknowledged(app) == [3]


async def test_a_failed_batch_of_take_is_acknowledged_whole(app: Any) -> None:
    """`take` acknowledges every event of a batch that was never finished."""
    stream = await feed(app, [build_event(app, offset) for offset in range(5)])
    await fail_at_first(stream, stream.take(5, within=1))
    assert acknowledged(app) == [0, 1, 2, 3, 4]


async def test_what_cannot_be_decoded_is_acknowledged_unless_it_is_raw(app: Any) -> None:
    """A JSON topic acknowledges what is no JSON; a raw topic hands over the bytes, also none at all."""
    as_json, as_bytes = (
        app.topic(TOPIC, value_type=dict),
        app.topic(TOPIC, key_serializer="raw", value_serializer="raw"),
    )
    for offset, topic, value in ((0, as_json, b"{"), (1, as_bytes, b"{"), (2, as_bytes, None)):
        event = build_event(app, offset)
        event.message.value, event.message.refcount = value, 0
        await ConductorHandler(app.topics, PLACE, {topic})(event.message)
    assert acknowledged(app) == [0]
    assert [as_bytes.queue.get_nowait().message.value for _ in range(2)] == [b"{", None]


async def test_an_event_of_an_earlier_generation_never_comes_out(app: Any) -> None:
    """The compiled stream drops events that were read before a rebalance, and does not acknowledge them."""
    stream = await feed(app, [build_event(app, 0, generation=GENERATION - 1), build_event(app, 1)])
    async for event in stream.noack().events():
        assert event.message.offset == 1
        break
    assert acknowledged(app) == []


async def test_a_commit_that_is_given_up_stops_the_partition_for_ever(app: Any) -> None:
    """Faust forgets acknowledged offsets before they are committed, and then waits for them; so we commit ourselves."""
    consumer: Any = app.consumer
    consumer._committed_offset[PLACE] = 10
    for offset in (10, 11, 12):
        build_event(app, offset).ack()
    assert consumer._filter_committable_offsets([PLACE]) == {PLACE: 13}  # what a commit asks before it talks to Kafka
    for offset in (13, 14, 15):
        build_event(app, offset).ack()
    assert consumer._filter_committable_offsets([PLACE]) == {}


@pytest.mark.parametrize(
    ("name", "default", "ours"),
    [
        ("broker_max_poll_interval", 1000.0, 604_800.0),
        ("stream_wait_empty", True, False),
        ("topic_allow_declare", True, False),
        ("topic_disable_leader", False, True),
        ("web_enabled", True, False),
        ("producer_acks", -1, -1),
        ("producer_threaded", False, False),
        ("producer_max_request_size", 1_000_000, 4 * 1024 * 1024),
        ("broker_session_timeout", 60.0, 30.0),
        ("broker_heartbeat_interval", 3.0, 3.0),
        ("broker_rebalance_timeout", 60.0, 60.0),
        ("broker_max_poll_records", None, 200),
        ("stream_buffer_maxsize", 4096, 64),
        ("consumer_metadata_max_age_ms", 300_000, 30_000),
        ("consumer_auto_offset_reset", "earliest", "earliest"),
        ("producer_compression_type", None, "zstd"),
    ],
)
def test_settings_that_faust_would_choose_otherwise(name: str, default: object, ours: object) -> None:
    """Faust's own default is as the design found it, and the app has the value that the design asks for."""
    assert getattr(faust.App("plain").conf, name) == default
    assert getattr(create_app(Settings(log_url="kafka://a,b:9093"), INDEX).conf, name) == ours


async def test_a_recovery_that_waits_too_long_ends_for_good(app: Any) -> None:
    """An answer that is late counts as "stopped", and the task that resumes deliveries ends; `StallWatch` finds it."""
    with pytest.raises(ServiceStopped):
        await app.tables.recovery._wait(asyncio.sleep(60), timeout=0.01)


async def test_a_pause_drops_what_was_fetched_unless_as_for_a_full_buffer(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Back-fill is held back while a fetch is being handed out: its other messages must come all the same."""
    consumer = app.consumer

    async def fetch(**_: object) -> dict[TP, list[int]]:
        return {PLACE: [0, 1, 2, 3]}

    async def delivered(hold: Callable[[], None]) -> list[int]:
        consumer._active_partitions = {PLACE}
        got = []
        async for _, record in consumer.getmany(timeout=0.0):
            got.append(record)
            hold()
        return got

    monkeypatch.setattr(consumer, "_getmany", fetch)
    monkeypatch.setattr(consumer, "_to_message", lambda _, record: record)
    monkeypatch.setattr(consumer, "highwater", lambda _: 4)
    assert await delivered(lambda: consumer.pause_partitions({PLACE})) == [0]
    consumer.resume_partitions({PLACE})
    assert await delivered(lambda: hold_back(consumer, {PLACE}, full=True)) == [0, 1, 2, 3]
    assert PLACE not in consumer._active_partitions  # and no more is fetched
    hold_back(consumer, {PLACE}, full=False)
    assert PLACE in consumer._active_partitions


def test_names_follow_the_prefix() -> None:
    """Group and brokers come from the settings."""
    conf: Any = create_app(Settings(log_url="kafka://a,b:9093", topic_prefix="blue."), INDEX).conf
    assert conf.id == "blue.newswire-index"
    assert [str(url) for url in conf.broker] == ["kafka://a:9092", "kafka://b:9093"]
    assert conf.agent_supervisor.__name__ == "CrashingSupervisor"
    assert conf.processing_guarantee.value == "at_least_once"
