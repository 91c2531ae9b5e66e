"""What a worker receives from Kafka and sends to it: every codec, sizes, positions, on a real broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing
from random import Random

import pytest
from kafka import KafkaProducer

from agents.app import RoleApp, create_app
from agents.sender import FaustSender
from pipeline.log.partitioner import partition_for_key
from pipeline.log.tools import read_topic
from pipeline.roles import INDEX
from pipeline.settings import Settings
from schemas.errors import ConfigurationError, Rejected, Unavailable
from schemas.message import OutgoingMessage
from schemas.topics import ENRICHED, INDEXED, TOPICS
from tests.faults.articles import Oracle, article_id, enriched_article
from tests.faults.checks import find_losses
from tests.faults.harness import wait_drained
from tests.faults.installation import Installation
from tests.services.kafka_clients import connect

CODECS = (None, "gzip", "snappy", "lz4", "zstd")


@asynccontextmanager
async def started_producer(installation: Installation) -> AsyncIterator[RoleApp]:
    """Start nothing of the app but its producer."""
    settings = Settings(log_url=f"kafka://{installation.kafka}", topic_prefix=installation.topic_prefix)
    app = create_app(settings, INDEX)
    app.producer_only = True
    await app.producer.maybe_start()
    try:
        yield app
    finally:
        await app.producer.stop()


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_batches_in_every_codec_are_read(bare_installation: Installation) -> None:
    """What other producers compress, in whichever codec Kafka knows, a worker reads."""
    here = bare_installation
    here.set_up()
    oracle = Oracle()
    with ExitStack() as stack:
        log = stack.enter_context(closing(here.open_log()))
        oracle.send(log, [("plain", 1)], enriched=True)
        version = oracle.versions[article_id("plain")]
        for codec in CODECS:
            producer = connect(KafkaProducer, here.kafka, compression_type=codec)
            message = enriched_article(f"in {codec}", text="Quay. " * 500)
            producer.send(here.topic_prefix + ENRICHED.name, message.value, message.key).get(timeout=10)
            producer.close()
            oracle.versions[article_id(f"in {codec}")] = version
        stack.enter_context(here.start(INDEX.name))
        wait_drained(log, INDEX, 90.0)
        assert find_losses(here, log, oracle) == []


async def test_what_is_sent_is_confirmed_where_every_client_expects_it(bare_installation: Installation) -> None:
    """Key, value, headers and partition are those that the other clients use; `send` returns when they are stored."""
    await asyncio.to_thread(bare_installation.set_up)
    messages = [OutgoingMessage(ENRICHED.name, f"k{n}".encode(), b"v", (("a", b"1"), ("a", b""))) for n in range(30)]
    async with started_producer(bare_installation) as app:
        await FaustSender(app, bare_installation.topic_prefix).send(messages)
    with closing(bare_installation.open_log()) as log:
        found = await asyncio.to_thread(lambda: list(read_topic(log, ENRICHED.name)))
    assert sorted(m.key or b"" for m in found) == sorted(m.key or b"" for m in messages)
    assert all(m.headers == (("a", b"1"), ("a", b"")) for m in found)
    assert all(m.partition == partition_for_key(m.key or b"", ENRICHED.partitions) for m in found)


async def test_errors_of_sending_are_ours(bare_installation: Installation) -> None:
    """A message over its topic's limit is refused before anything is sent; up to the limit, it passes."""
    await asyncio.to_thread(bare_installation.set_up)
    small = OutgoingMessage(INDEXED.name, b"k", b"v")
    fits = OutgoingMessage(INDEXED.name, b"k", b"x" * (INDEXED.max_message_bytes - 200))
    large = OutgoingMessage(INDEXED.name, b"k", b"x" * INDEXED.max_message_bytes)
    async with started_producer(bare_installation) as app:
        sender = FaustSender(app, bare_installation.topic_prefix)
        with pytest.raises(Rejected, match="too-large"):
            await sender.send([small, large])
        await sender.send([fits])
    with closing(bare_installation.open_log()) as log:
        assert [len(m.value or b"") for m in await asyncio.to_thread(lambda: list(read_topic(log, INDEXED.name)))] == [
            len(fits.value or b"")
        ]


async def test_full_batches_fit_the_smallest_topic(bare_installation: Installation) -> None:
    """Many messages at once that no compression makes smaller: each of the client's batches is below the limit."""
    await asyncio.to_thread(bare_installation.set_up)
    assert INDEXED.max_message_bytes == min(topic.max_message_bytes for topic in TOPICS)
    random = Random(7)  # noqa: S311 - bytes for a test, no secret
    sizes = [random.randrange(1, 20_000) for _ in range(200)]
    messages = [OutgoingMessage(INDEXED.name, b"k%d" % n, random.randbytes(size)) for n, size in enumerate(sizes)]
    async with started_producer(bare_installation) as app:
        await FaustSender(app, bare_installation.topic_prefix).send(messages)
    with closing(bare_installation.open_log()) as log:
        found = await asyncio.to_thread(lambda: list(read_topic(log, INDEXED.name)))
    assert [m.value for m in found] == [m.value for m in messages]


async def test_a_missing_topic_is_no_reason_to_lose_or_to_dead_letter(bare_installation: Installation) -> None:
    """Sending to a topic that does not exist asks for a person, or for patience; it is never taken for sent."""
    async with started_producer(bare_installation) as app:
        sending = FaustSender(app, bare_installation.topic_prefix).send([OutgoingMessage(INDEXED.name, b"k", b"v")])
        with pytest.raises((ConfigurationError, Unavailable, TimeoutError)):
            await asyncio.wait_for(sending, 3.0)
