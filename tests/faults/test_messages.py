"""T7 and T10: poison among good messages, nothing but poison, versions out of order, everything twice."""

from contextlib import ExitStack, closing
from random import Random

import pytest

from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.delivery.limits import EXIT_BREAKER
from pipeline.log.tools import read_topic
from pipeline.roles import INDEX
from schemas.errors import DECODE, SCHEMA
from schemas.message import OutgoingMessage
from schemas.topics import ENRICHED
from tests.faults.articles import Oracle, article_id, enriched_article
from tests.faults.checks import find_losses, read_dead_letters
from tests.faults.harness import wait_drained
from tests.faults.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

_GOOD = enriched_article("good").value or b""
POISON: dict[str, bytes | None] = {
    "bad JSON": b'{"article_id": ',
    "wrong type": b"[1, 2, 3]",
    "null": None,
    "empty": b"",
    "invalid UTF-8": b'{"article_id": "\xff\xfe"}',
    "NUL": b"\x00" * 64,
    "as large as the topic takes": b"x" * (ENRICHED.max_message_bytes - 1_000),
    "very deep": b"[" * 100_000 + b"]" * 100_000,
    "future schema": _GOOD.replace(b'"schema_version":1', b'"schema_version":9'),
    "unknown field": _GOOD.replace(b'"schema_version":1', b'"schema_version":1,"surprise":1'),
    "a number too large": _GOOD.replace(b'"version":1', b'"version":1e400', 1),
}


def poison(name: str) -> OutgoingMessage:
    """Return a message that can never be indexed."""
    return OutgoingMessage(ENRICHED.name, article_id(name).encode(), POISON[name])


def test_each_poison_message_is_dead_lettered_once_and_its_neighbours_are_indexed(installation: Installation) -> None:
    """Poison first, last and two in a row costs no neighbour; a message without a key is as good as any."""
    oracle = Oracle()
    with ExitStack() as stack:
        log = stack.enter_context(closing(installation.open_log()))
        for number, name in enumerate(POISON):
            log.send([poison(name), poison(name)])
            oracle.send(log, [(f"{number}-{more}", 1) for more in range(10)], enriched=True)
            log.send([poison(name)])
        without_key = enriched_article("without a key")
        log.send([OutgoingMessage(ENRICHED.name, None, without_key.value)])
        oracle.versions[article_id("without a key")] = next(iter(oracle.versions.values()))
        stack.enter_context(installation.start(INDEX.name))
        wait_drained(log, INDEX, 90.0)
        assert find_losses(installation, log, oracle) == []
        letters = read_dead_letters(log)
        assert len(letters) == 3 * len(POISON)
        assert {message.key for message in letters.values()} == {article_id(name).encode() for name in POISON}
        assert {parse_dead_letter(message).reason for message in letters.values()} <= {DECODE, SCHEMA}


def test_nothing_but_poison_stops_the_worker(installation: Installation) -> None:
    """The breaker ends it with its own exit code and a loud line, and what it had not refused waits in the topic."""
    with ExitStack() as stack:
        log = stack.enter_context(closing(installation.open_log()))
        log.send([poison("bad JSON") for _ in range(80)])
        worker = stack.enter_context(installation.start(INDEX.name))
        assert worker.process.wait(60) == EXIT_BREAKER, worker.output
        assert "breaker tripped" in worker.output
        assert len(read_dead_letters(log)) <= 50


def test_versions_out_of_order_and_everything_twice_leave_the_highest_version_once(
    installation: Installation, seed: int
) -> None:
    """Whatever the order, repeated whole by a replay of the topic, each article stands once at its highest version."""
    random = Random(seed)  # noqa: S311 - chaos that can be repeated
    print(f"seed {seed}")
    oracle = Oracle()
    versions = [(name, version) for name in range(40) for version in random.sample(range(1, 60), 5)]
    random.shuffle(versions)
    with ExitStack() as stack:
        log = stack.enter_context(closing(installation.open_log()))
        oracle.send(log, versions, enriched=True)
        for _ in range(2):
            stack.enter_context(installation.start(INDEX.name))
        wait_drained(log, INDEX, 90.0)
        assert find_losses(installation, log, oracle) == []
        again = [OutgoingMessage(m.topic, m.key, m.value) for m in read_topic(log, ENRICHED.name)]
        log.send(again)
        wait_drained(log, INDEX, 60.0)
        assert find_losses(installation, log, oracle) == []
