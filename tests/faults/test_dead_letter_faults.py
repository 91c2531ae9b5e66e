"""T8 and T15: a dead-letter topic that is missing or too small, and dead letters that are replayed.

A broker that does not answer while dead letters are sent is in test_outages.py.
"""

import json
from collections.abc import Iterator

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from pipeline.clock import SystemClock
from pipeline.delivery.dead_letter import build_dead_letter, parse_dead_letter
from pipeline.delivery.replay import replay
from pipeline.log.base import Log
from pipeline.log.tools import read_topic
from pipeline.roles import INDEX
from schemas.errors import INDEX_MAPPING, Rejected
from schemas.message import Message, OutgoingMessage
from schemas.topics import DEAD_LETTER, ENRICHED, TOPICS
from tests.faults.articles import Oracle, article_id, enriched_article
from tests.faults.checks import find_early_commits, find_losses, read_dead_letters
from tests.faults.harness import PROGRAM, count_lag, wait_drained
from tests.faults.installation import REPOSITORY, Installation, Worker, wait_until
from tests.faults.replay_program import EXIT_CRASHED
from tests.services.kafka_clients import connect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

REPLAY = str(REPOSITORY / "tests" / "faults" / "replay_program.py")
LETTERS = 250


@pytest.fixture
def admin(installation: Installation) -> Iterator[KafkaAdminClient]:
    """A client that changes topics."""
    client = connect(KafkaAdminClient, installation.kafka)
    yield client
    client.close()


def set_limit(admin: KafkaAdminClient, topic: str, max_bytes: int) -> None:
    """Change how large a message of the topic may be."""
    changed = {"max.message.bytes": str(max_bytes)}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, changed)])


def send_bad_among_good(log: Log, oracle: Oracle, name: str) -> None:
    """Send articles with one among them that can only be refused."""
    for part in ("before", "after"):
        oracle.send(log, [(f"{part} {name} {number}", 1) for number in range(10)], enriched=True)
        if part == "before":
            log.send([OutgoingMessage(ENRICHED.name, article_id(name).encode(), b"{")])
            oracle.versions[article_id(name)] = 0


def wait_blocked(worker: Worker) -> None:
    """Wait until the worker says that it cannot write dead letters."""
    wait_until(
        lambda: "dead-letters" in str(worker.readiness().get("blocked")),
        60.0,
        lambda: f"{worker.readiness()}\n{worker.output}",
        worker,
    )


def test_dead_letters_that_cannot_be_written_are_waited_for(
    installation: Installation, log: Log, admin: KafkaAdminClient
) -> None:
    """With the dead-letter topic too small or missing, nothing is committed over; after the repair all arrives."""
    oracle = Oracle()
    topic = installation.topic_prefix + DEAD_LETTER.name
    with installation.start(PROGRAM, INDEX.name, "--delivery-timeout", "2") as worker:
        worker.wait_ready()

        def go_through(name: str) -> None:
            send_bad_among_good(log, oracle, name)
            wait_blocked(worker)
            assert count_lag(log, INDEX) > 0, "what is not refused for good is not acknowledged"

        set_limit(admin, topic, 100)
        go_through("too small")
        assert find_early_commits(installation, log, INDEX) == []
        set_limit(admin, topic, DEAD_LETTER.max_message_bytes)
        wait_drained(log, INDEX, 60.0)
        assert [message.key for message in read_dead_letters(log).values()] == [article_id("too small").encode()]
        admin.delete_topics([topic])
        go_through("missing")
        log.create_topics(TOPICS)
        wait_drained(log, INDEX, 60.0)
        assert [message.key for message in read_dead_letters(log).values()] == [article_id("missing").encode()]
        assert worker.running
    oracle.versions = {key: version for key, version in oracle.versions.items() if version}
    assert find_losses(installation, log, oracle) == []


def dead_letter(name: str, offset: int, version: int, value: bytes | None = None) -> OutgoingMessage:
    """Return the dead letter of an enriched article that an index refused once."""
    article = enriched_article(name, version)
    message = Message(ENRICHED.name, 0, offset, 0, article.key, article.value if value is None else value)
    error = Rejected(INDEX_MAPPING, "a bug that has been mended since")
    return build_dead_letter(message, "index", error, attempts=1, now=SystemClock().now(), program_version="0")


def bad_letters(log: Log) -> list[Message]:
    """Return the dead letters of what can never be read."""
    return [message for message in read_topic(log, DEAD_LETTER.name) if message.value == b"{"]


def test_a_replay_repeats_nothing_and_ends(installation: Installation, log: Log) -> None:
    """A dry run sends nothing; a replay that is killed midway is repeated without harm; what is still bad stays out."""
    log.send([dead_letter(f"letter {number}", number, 1) for number in range(LETTERS)])
    oracle = Oracle()
    oracle.send(log, [("older", 9)], enriched=True)
    log.send([dead_letter("older", LETTERS, 3), dead_letter("bad", LETTERS + 1, 1, b"{")])
    dry = installation.newswire("dead-letters", "replay", "--dry-run")
    assert f"{LETTERS + 2} dead letters would be sent" in dry.stdout, dry.stdout + dry.stderr
    assert sum(1 for _ in read_topic(log, ENRICHED.name)) == 1
    with installation.start(REPLAY) as dying:
        assert dying.process.wait(60) == EXIT_CRASHED, dying.output
    assert 1 < sum(1 for _ in read_topic(log, ENRICHED.name)) < LETTERS
    with installation.start(PROGRAM, INDEX.name):
        done = installation.newswire("dead-letters", "replay")
        assert f"{LETTERS + 2} dead letters sent again" in done.stdout, done.stdout + done.stderr
        for number in range(LETTERS):
            oracle.versions[article_id(f"letter {number}")] = json.loads(enriched_article(0).value or b"")["version"]
        wait_drained(log, INDEX, 60.0)
        assert find_losses(installation, log, oracle) == []
        rounds = 0
        while replay(log, bad_letters(log)).sent:
            rounds += 1
            assert rounds <= 5, "a message that stays bad is replayed for ever"
            wait_drained(log, INDEX, 60.0)
    replays = [parse_dead_letter(letter).replays for letter in read_topic(log, DEAD_LETTER.name)]
    assert max(replays) == 5
    assert find_losses(installation, log, oracle) == []
