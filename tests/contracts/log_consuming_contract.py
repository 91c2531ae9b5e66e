"""What every log must do for the consumers of a group: order, commits, sharing, leaving."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import closing

from pipeline.log.base import Log, OffsetRange
from pipeline.log.partitioner import partition_for_key
from schemas.message import Message, TopicPartition
from schemas.topics import Topic
from tests.contracts.log_place import (
    MIB,
    PATIENCE_S,
    PLENTY,
    LogPlace,
    batch,
    collect,
    join,
    message,
    next_offsets,
    poll_until,
    polling,
)


class LogConsumingContract:
    """Part of `LogContract`, which has the fixtures."""

    #: How long a hand-over may take without waiting for a session to end, in seconds.
    takeover_s = 10.0

    def test_a_lone_consumer_gets_everything_in_order(self, log: Log, topic: Topic, group: str) -> None:
        """One consumer owns all partitions, and each comes from its first message on, in order, once."""
        positions = log.send(batch(topic, 50))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            found = collect(consumer, 50)
            assert consumer.assignment == {TopicPartition(topic.name, partition) for partition in range(3)}
        assert sorted(one.position for one in found) == sorted(positions)
        for place in {one.topic_partition for one in found}:
            offsets = [one.offset for one in found if one.topic_partition == place]
            assert offsets == list(range(len(offsets)))

    def test_a_consumer_may_read_several_topics(self, log: Log, place: LogPlace, group: str) -> None:
        """A consumer of two topics gets the messages of both."""
        topics = [place.topic(2), place.topic(1)]
        log.create_topics(topics)
        for topic in topics:
            log.send(batch(topic, 10))
        with closing(log.subscribe(group, [topic.name for topic in topics])) as consumer:
            found = collect(consumer, 20)
            assert len(consumer.assignment) == 3
        assert {one.topic for one in found} == {topic.name for topic in topics}

    def test_an_empty_poll_waits_and_a_message_ends_it(self, log: Log, topic: Topic, group: str) -> None:
        """Without messages a poll waits its time; a message that arrives meanwhile is returned well before."""
        with closing(log.subscribe(group, [topic.name])) as consumer:
            join(consumer, 3)
            started = time.monotonic()
            assert list(consumer.poll(10, MIB, 0.3)) == []
            assert 0.25 < time.monotonic() - started < 5
            sender = threading.Timer(0.1, log.send, [[message(topic, b"key")]])
            sender.start()
            started = time.monotonic()
            assert len(consumer.poll(10, MIB, 20.0)) == 1
            assert time.monotonic() - started < 10
            sender.join()

    def test_a_poll_returns_no_more_records_than_asked(self, log: Log, topic: Topic, group: str) -> None:
        """`max_records` bounds every poll, and the rest comes later."""
        log.send(batch(topic, 30))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            sizes: list[int] = []
            while sum(sizes) < 30:
                sizes.append(len(consumer.poll(7, PLENTY, 5.0)))
            assert sum(sizes) == 30
            assert max(sizes) <= 7

    def test_a_poll_returns_no_more_bytes_than_asked(self, log: Log, topic: Topic, group: str) -> None:
        """`max_bytes` bounds every poll of more than one message, and nothing is lost or turned round by it."""
        log.send(batch(topic, 30, size=20_000))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            found: list[Message] = []
            while len(found) < 30:
                polled = consumer.poll(100, 70_000, 5.0)
                assert sum(one.size_bytes for one in polled) <= 70_000
                found += polled
        assert len({one.position for one in found}) == 30
        for partition in range(3):
            offsets = [one.offset for one in found if one.partition == partition]
            assert offsets == sorted(offsets)

    def test_a_message_larger_than_asked_comes_alone(self, log: Log, topic: Topic, group: str) -> None:
        """A message over `max_bytes` is returned by itself instead of blocking its partition for ever."""
        log.send([message(topic, b"key", b"x" * 50_000) for _ in range(3)])
        with closing(log.subscribe(group, [topic.name])) as consumer:
            sizes: list[int] = []
            while sum(sizes) < 3:
                sizes.append(len(consumer.poll(10, 1000, 5.0)))
            assert max(sizes) == 1

    def test_a_busy_partition_does_not_starve_others(self, log: Log, place: LogPlace, group: str) -> None:
        """With a long backlog in one partition, a message in another is returned long before the backlog ends."""
        topic = place.topic(2)
        log.create_topics([topic])
        keys = [b"%d" % n for n in range(100)]
        crowded = next(key for key in keys if partition_for_key(key, 2) == 0)
        lonely = next(key for key in keys if partition_for_key(key, 2) == 1)
        # 8 MB that do not compress: several of any client's fetches.
        log.send([message(topic, crowded, os.urandom(4000)) for _ in range(2000)] + [message(topic, lonely)])
        with closing(log.subscribe(group, [topic.name])) as consumer:
            keys_seen: list[bytes | None] = []
            while lonely not in keys_seen:
                keys_seen += [one.key for one in consumer.poll(10, PLENTY, 5.0)]
                assert len(keys_seen) < 1500

    def test_committed_work_is_not_delivered_again(self, log: Log, topic: Topic, group: str) -> None:
        """A later consumer of the group continues after the committed offsets, one of another group does not."""
        log.send(batch(topic, 40))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            consumer.commit(next_offsets(collect(consumer, 40)))
        log.send(batch(topic, 5))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            assert len(collect(consumer, 5)) == 5
            assert list(consumer.poll(100, PLENTY, 0.5)) == []
        with closing(log.subscribe(group + "-other", [topic.name])) as consumer:
            assert len(collect(consumer, 45)) == 45

    def test_uncommitted_work_is_delivered_again(self, log: Log, topic: Topic, group: str) -> None:
        """Closing commits nothing: what was read and not committed comes again."""
        log.send(batch(topic, 30))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            first = collect(consumer, 30)
            done = [one for one in first if one.offset < 4]
            consumer.commit(next_offsets(done))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            again = collect(consumer, 30 - len(done))
        assert {one.position for one in again} == {one.position for one in first} - {one.position for one in done}

    def test_commits_survive_the_client(self, log: Log, opened: Callable[[], Log], topic: Topic, group: str) -> None:
        """Another client sees the committed offsets, the ranges and the lag that follows from them."""
        log.send(batch(topic, 30))
        consumer = log.subscribe(group, [topic.name])
        found = collect(consumer, 30)
        half = {place: offset // 2 for place, offset in next_offsets(found).items()}
        consumer.commit(half)
        log.close()
        other = opened()
        assert other.committed(group, topic.name) == {place.partition: offset for place, offset in half.items()}
        ends = next_offsets(found)
        assert other.offsets(topic.name) == {place.partition: OffsetRange(0, ends[place]) for place in ends}
        assert other.lag(group, [topic.name]) == {place: ends[place] - half[place] for place in ends}

    def test_a_new_group_lags_by_everything(self, log: Log, topic: Topic, group: str) -> None:
        """Without a commit there is no committed offset, and all kept messages are outstanding."""
        log.send(batch(topic, 30))
        assert dict(log.committed(group, topic.name)) == {}
        lag = log.lag(group, [topic.name])
        assert {place.partition: count for place, count in lag.items()} == {
            partition: span.end for partition, span in log.offsets(topic.name).items()
        }
        assert sum(lag.values()) == 30

    # Groups

    def test_two_consumers_share_fairly(self, log: Log, opened: Callable[[], Log], place: LogPlace, group: str) -> None:
        """Two consumers own half the partitions each, never the same one, and get every message between them."""
        topic = place.topic(6)
        log.create_topics([topic])
        with closing(log.subscribe(group, [topic.name])) as first:
            join(first, 6)
            with closing(opened().subscribe(group, [topic.name])) as second:

                def halved() -> bool:
                    return len(first.assignment) == len(second.assignment) == 3

                with polling(first) as others:
                    poll_until(halved, second)
                    assert not first.assignment & second.assignment
                    log.send(batch(topic, 60))
                    found: list[Message] = []
                    deadline = time.monotonic() + PATIENCE_S
                    while len(found) + len(others) < 60 and time.monotonic() < deadline:
                        found += second.poll(100, PLENTY, 0.1)
        positions = {one.position for one in [*found, *others]}
        assert len(positions) == 60
        assert {one.partition for one in found}.isdisjoint({one.partition for one in others})

    def test_a_consumer_too_many_waits(self, log: Log, opened: Callable[[], Log], place: LogPlace, group: str) -> None:
        """With one partition one of two consumers stands by, and continues at the commit when the other leaves."""
        topic = place.topic(1)
        log.create_topics([topic])
        log.send(batch(topic, 3))
        first = log.subscribe(group, [topic.name])
        first.commit(next_offsets(collect(first, 3)[:1]))
        second = opened().subscribe(group, [topic.name])
        with polling(first):
            for _ in range(5):
                second.poll(10, MIB, 0.1)
            poll_until(lambda: len(first.assignment) + len(second.assignment) == 1, second)
        owner, standby = (first, second) if first.assignment else (second, first)
        owner.close()
        assert [one.offset for one in collect(standby, 2)] == [1, 2]
        standby.close()

    def test_a_closed_consumer_gives_back_at_once(
        self, log: Log, opened: Callable[[], Log], topic: Topic, group: str
    ) -> None:
        """After `close` the next consumer owns everything well before a session could have ended."""
        log.send(batch(topic, 10))
        first = log.subscribe(group, [topic.name])
        collect(first, 10)
        first.close()
        started = time.monotonic()
        with closing(opened().subscribe(group, [topic.name])) as second:
            assert len(collect(second, 10)) == 10
        assert time.monotonic() - started < self.takeover_s

    def test_a_silent_consumer_loses_its_partitions(
        self, log: Log, opened: Callable[[], Log], place: LogPlace, topic: Topic, group: str
    ) -> None:
        """One that does not poll for the session time is replaced, its late commit is ignored, and it may come back."""
        log.send(batch(topic, 30))
        silent = log.subscribe(group, [topic.name])
        stale = next_offsets(collect(silent, 30))
        with closing(opened().subscribe(group, [topic.name])) as successor:
            found = collect(successor, 30, place.session_s * 3 + PATIENCE_S)
            assert len(successor.assignment) == 3
            silent.commit(stale)
            assert dict(log.committed(group, topic.name)) == {}
            successor.commit(next_offsets(found))
            assert sum(log.lag(group, [topic.name]).values()) == 0
            with polling(successor):
                poll_until(lambda: 0 < len(silent.assignment) < 3, silent)
        silent.close()

    def test_a_late_consumer_learns_what_it_lost(
        self, log: Log, opened: Callable[[], Log], place: LogPlace, topic: Topic, group: str
    ) -> None:
        """After another consumer took over and left, the late one starts again at the committed offsets."""
        log.send(batch(topic, 30))
        late = log.subscribe(group, [topic.name])
        collect(late, 30)
        with closing(opened().subscribe(group, [topic.name])) as successor:
            found = collect(successor, 30, place.session_s * 3 + PATIENCE_S)
            done = [one for one in found if one.offset < 3]
            successor.commit(next_offsets(done))
        again = collect(late, 30 - len(done))
        assert {one.position for one in again} == {one.position for one in found} - {one.position for one in done}
        late.close()

    def test_commits_for_others_are_ignored(self, log: Log, place: LogPlace, topic: Topic, group: str) -> None:
        """Committing partitions that one does not own, or not yet, records nothing and raises nothing."""
        other = place.topic(1)
        log.create_topics([other])
        log.send(batch(topic, 3))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            consumer.commit({TopicPartition(topic.name, 0): 1})
            join(consumer, 3)
            consumer.commit({TopicPartition(other.name, 0): 1})
        assert dict(log.committed(group, topic.name)) == {}
        assert dict(log.committed(group, other.name)) == {}

    def test_paused_partitions_are_held_back_and_kept(
        self, log: Log, place: LogPlace, topic: Topic, group: str
    ) -> None:
        """A full inbox: paused partitions deliver nothing, stay owned beyond the session, and then miss nothing."""
        with closing(log.subscribe(group, [topic.name])) as consumer:
            join(consumer, 3)
            consumer.pause(consumer.assignment)
            log.send(batch(topic, 20))
            deadline = time.monotonic() + place.session_s * 1.5
            while time.monotonic() < deadline:
                assert list(consumer.poll(100, PLENTY, 0.1)) == []
            assert len(consumer.assignment) == 3
            consumer.pause([TopicPartition(topic.name, 0)])
            open_partitions = [one for one in batch(topic, 20) if partition_for_key(one.key or b"", 3) != 0]
            found = collect(consumer, len(open_partitions))
            assert {one.partition for one in found} == {1, 2}
            consumer.pause([])
            assert {one.partition for one in collect(consumer, 20 - len(found))} == {0}

    # The end

    def test_nothing_young_is_pruned(self, log: Log, topic: Topic) -> None:
        """Pruning leaves what is within its retention."""
        log.send(batch(topic, 10))
        assert log.prune() == 0
        assert sum(span.end - span.begin for span in log.offsets(topic.name).values()) == 10

    def test_closing_a_log_closes_its_consumers(
        self, log: Log, opened: Callable[[], Log], topic: Topic, group: str
    ) -> None:
        """A forgotten consumer goes with its log, and its partitions are free at once."""
        log.send(batch(topic, 10))
        collect(log.subscribe(group, [topic.name]), 10)
        log.close()
        started = time.monotonic()
        with closing(opened().subscribe(group, [topic.name])) as second:
            assert len(collect(second, 10)) == 10
        assert time.monotonic() - started < self.takeover_s

    def test_closing_again_is_harmless(self, log: Log, topic: Topic, group: str) -> None:
        """Subscriptions and logs may be closed twice, and in any order."""
        consumer = log.subscribe(group, [topic.name])
        unused = log.subscribe(group, [topic.name])
        join(consumer, 3)
        consumer.close()
        consumer.close()
        assert consumer.assignment == frozenset()
        log.close()
        log.close()
        unused.close()
