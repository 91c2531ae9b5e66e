"""Libraries say little in the log, and ours always."""

import itertools
import logging
from datetime import UTC, datetime

from pipeline.chatter import INTERVAL_S, OneOfAKind
from pipeline.clock import ManualClock


def _record(name: str, message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "", 0, message, args, None)


def test_a_library_says_the_same_once_a_minute() -> None:
    """Of one kind of record one passes in a minute, and the next that passes counts those that were left out."""
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    kinds = OneOfAKind(clock)
    assert kinds.filter(_record("aiokafka.conn", "cannot connect to %s", "a:1"))
    assert not any(kinds.filter(_record("aiokafka.conn", "cannot connect to %s", f"a:{port}")) for port in range(7))
    assert kinds.filter(_record("aiokafka.conn", "something else"))
    clock.advance(INTERVAL_S)
    later = _record("aiokafka.conn", "cannot connect to %s", "a:1")
    assert kinds.filter(later)
    assert later.getMessage() == "cannot connect to a:1 (7 more like this were left out)"


def test_our_own_records_always_pass() -> None:
    """What the program itself says is never left out."""
    kinds = OneOfAKind(ManualClock(datetime(2026, 1, 1, tzinfo=UTC)))
    assert all(kinds.filter(_record("pipeline.delivery.retry", "blocked")) for _ in range(9))


def test_endless_kinds_do_not_fill_the_memory() -> None:
    """A library whose messages all differ is forgotten from time to time."""
    kinds = OneOfAKind(ManualClock(datetime(2026, 1, 1, tzinfo=UTC)))
    letters = "abcdefghijklmnop"
    for one, two, three in itertools.product(letters, repeat=3):
        assert kinds.filter(_record("kafka", f"message {one}{two}{three}"))
    assert len(kinds._kinds) <= 500  # noqa: SLF001 - the bound is the point


def test_what_passes_by_itself_is_no_news() -> None:
    """A broker that is still choosing a coordinator is reported only when that goes on."""
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    kinds = OneOfAKind(clock)
    text = "Group Coordinator Request failed: %s"
    assert not kinds.filter(_record("aiokafka.consumer.group_coordinator", text, "Error 15"))
    clock.advance(16)
    assert kinds.filter(_record("aiokafka.consumer.group_coordinator", text, "Error 15"))


def test_what_differs_in_numbers_alone_is_one_kind() -> None:
    """Messages that carry addresses, ports and times themselves are counted as one kind."""
    kinds = OneOfAKind(ManualClock(datetime(2026, 1, 1, tzinfo=UTC)))
    passed = [
        kinds.filter(_record("kafka.net", f"<Connection 0x7f{n}a9 port={n}>: closed after {n} ms")) for n in range(9)
    ]
    assert passed == [True, *[False] * 8]


def test_a_busy_machine_is_no_news() -> None:
    """A client's step that took long on a busy machine is not reported, everything else of the client is."""
    kinds = OneOfAKind(ManualClock(datetime(2026, 1, 1, tzinfo=UTC)))
    busy = (
        "Task <kafka.net.selector.Task object at 0x7f74f51a9f50> ran for 0.877s (>0.100s threshold). It is blocking …"
    )
    assert not kinds.filter(_record("kafka.net.selector", busy))
    assert kinds.filter(_record("kafka.net.selector", "Wakeup socket returned empty. Rebuilding."))
