"""T17: the finished prefix never passes unfinished work and always reaches as far as it may."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipeline.delivery.tracker import Ticket, Tracker
from schemas.message import Message, TopicPartition

TOPIC = "news.raw.v1"


def _message(offset: int, partition: int = 0) -> Message:
    return Message(TOPIC, partition, offset, 0, b"key", b"value", (("h", b"v"),))


def _offsets(tickets: list[Ticket]) -> list[int]:
    return [ticket.message.offset for ticket in tickets]


def test_prefix_waits_for_the_oldest() -> None:
    """Finishing out of order hands out nothing until the gap is closed, then all of it in order."""
    tracker = Tracker()
    tickets = [tracker.track(_message(offset)) for offset in (3, 4, 9)]
    tracker.finish(tickets[2])
    tracker.finish(tickets[1])
    assert tracker.take_finished() == []
    tracker.finish(tickets[0])
    assert _offsets(tracker.take_finished()) == [3, 4, 9]
    assert tracker.take_finished() == []
    assert tracker.pending == 0


def test_each_delivery_of_an_offset_has_to_be_finished() -> None:
    """A message delivered twice is only in the prefix for good when both deliveries are finished."""
    tracker = Tracker()
    first, second, after = (tracker.track(_message(offset)) for offset in (5, 5, 6))
    for ticket in (second, after):
        tracker.finish(ticket)
    assert tracker.take_finished() == []
    tracker.finish(first)
    assert _offsets(tracker.take_finished()) == [5, 5, 6]


def test_a_rewound_source_is_followed() -> None:
    """After a rewind, offsets beyond the repeated ones wait until these are finished again."""
    tracker = Tracker()
    tracker.finish(tracker.track(_message(10)))
    assert _offsets(tracker.take_finished()) == [10]
    repeated, later = tracker.track(_message(4)), tracker.track(_message(11))
    tracker.finish(later)
    assert tracker.take_finished() == []
    tracker.finish(repeated)
    assert _offsets(tracker.take_finished()) == [4, 11]


def test_finishing_twice_or_late_changes_nothing() -> None:
    """A second finish, and one for a partition that was taken away, are ignored."""
    tracker = Tracker()
    kept, lost = tracker.track(_message(0)), tracker.track(_message(0, partition=1))
    tracker.forget([TopicPartition(TOPIC, 1), TopicPartition(TOPIC, 9)])
    again = tracker.track(_message(0, partition=1))
    assert lost.stale
    assert [tracker.finish(kept), tracker.finish(kept), tracker.finish(lost)] == [True, False, False]
    assert [ticket.message.partition for ticket in tracker.take_finished()] == [0]
    assert tracker.finish(again)
    assert [ticket.message.partition for ticket in tracker.take_finished()] == [1]


def test_finished_messages_hold_no_bytes() -> None:
    """A message that waits behind an unfinished one keeps its place and key, not its value."""
    tracker = Tracker()
    waiting, finished = tracker.track(_message(0)), tracker.track(_message(1))
    tracker.finish(finished)
    assert finished.message == Message(TOPIC, 0, 1, 0, b"key", None)
    assert waiting.message.value == b"value"


class TrackerAgainstOracle(RuleBasedStateMachine):
    """The tracker against a naive oracle: a list per partition, searched from the beginning every time."""

    partitions = st.integers(0, 2)

    def __init__(self) -> None:
        super().__init__()
        self.tracker = Tracker()
        self.open: list[Ticket] = []
        self.stale: list[Ticket] = []
        self.oracle: dict[int, list[tuple[int, int, bool]]] = {0: [], 1: [], 2: []}  # (offset, sequence, finished)
        self.next_offset = dict.fromkeys(self.oracle, 0)

    @rule(partition=partitions, hole=st.sampled_from([1, 1, 1, 2, 50]))
    def track_next(self, partition: int, hole: int) -> None:
        """The next message arrives, sometimes behind a hole."""
        self._track(partition, self.next_offset[partition])
        self.next_offset[partition] += hole

    @precondition(lambda self: any(self.next_offset.values()))
    @rule(partition=partitions, back=st.integers(1, 60))
    def track_again(self, partition: int, back: int) -> None:
        """An offset is delivered again, pending or long gone."""
        self._track(partition, max(0, self.next_offset[partition] - back))

    @precondition(lambda self: bool(self.open))
    @rule(choice=st.randoms(use_true_random=False))
    def finish_any(self, choice: object) -> None:
        """Work finishes in any order."""
        ticket = self.open.pop(choice.randrange(len(self.open)))  # type: ignore[attr-defined]  # hypothesis's Random
        assert self.tracker.finish(ticket)
        rows = self.oracle[ticket.message.partition]
        self.oracle[ticket.message.partition] = [
            (offset, sequence, finished or sequence == ticket.sequence) for offset, sequence, finished in rows
        ]

    @precondition(lambda self: bool(self.stale))
    @rule()
    def finish_late(self) -> None:
        """Work of a lost partition finishes and changes nothing."""
        assert not self.tracker.finish(self.stale.pop())

    @rule(partition=partitions)
    def lose(self, partition: int) -> None:
        """A partition is taken away; it may come back with whatever offsets."""
        self.tracker.forget([TopicPartition(TOPIC, partition)])
        self.stale += [ticket for ticket in self.open if ticket.message.partition == partition]
        self.open = [ticket for ticket in self.open if ticket.message.partition != partition]
        self.oracle[partition] = []

    @rule()
    def take(self) -> None:
        """What is handed out is exactly the oracle's finished prefix, no less and no more."""
        taken: dict[int, list[tuple[int, int]]] = {partition: [] for partition in self.oracle}
        for ticket in self.tracker.take_finished():
            taken[ticket.message.partition].append((ticket.message.offset, ticket.sequence))
        for partition, rows in self.oracle.items():
            prefix = []
            for offset, sequence, finished in sorted(rows):
                if not finished:
                    break
                prefix.append((offset, sequence))
            assert taken[partition] == prefix
            self.oracle[partition] = sorted(rows)[len(prefix) :]

    @invariant()
    def counts_agree(self) -> None:
        """`pending` is what the oracle holds."""
        assert self.tracker.pending == sum(map(len, self.oracle.values()))

    def _track(self, partition: int, offset: int) -> None:
        ticket = self.tracker.track(_message(offset, partition))
        self.open.append(ticket)
        self.oracle[partition].append((offset, ticket.sequence, False))


TestTrackerAgainstOracle = TrackerAgainstOracle.TestCase
TestTrackerAgainstOracle.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
