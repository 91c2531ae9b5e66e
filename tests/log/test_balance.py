"""Shares of a consumer group are fair, complete and stay where they are."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipeline.log.balance import balance
from schemas.message import TopicPartition

TOPICS = {"raw": 12, "backfill": 12, "indexed": 1}
PLACES = [TopicPartition(topic, partition) for topic, count in TOPICS.items() for partition in range(count)]
WANTED = st.dictionaries(st.integers(1, 8), st.sets(st.sampled_from(sorted(TOPICS)), min_size=1), max_size=5)
OWNERS = st.dictionaries(st.sampled_from(PLACES), st.integers(1, 8))


@given(OWNERS, WANTED, st.sets(st.sampled_from(PLACES)))
def test_every_wanted_partition_has_one_willing_owner(
    owners: dict[TopicPartition, int], wanted: dict[int, set[str]], busy: set[TopicPartition]
) -> None:
    """Whatever the start, each wanted partition goes to one who wants it, and each topic is shared evenly."""
    target = balance(owners, wanted, PLACES, busy)
    for place in PLACES:
        willing = [member for member, topics in wanted.items() if place.topic in topics]
        assert (target.get(place) in willing) if willing else (place not in target)
    for topic in TOPICS:
        willing = [member for member, topics in wanted.items() if topic in topics]
        shares = Counter(member for place, member in target.items() if place.topic == topic)
        if willing:
            assert max(shares[member] for member in willing) - min(shares[member] for member in willing) <= 1


@given(OWNERS, WANTED)
def test_a_balanced_group_rests(owners: dict[TopicPartition, int], wanted: dict[int, set[str]]) -> None:
    """Balancing what is balanced moves nothing, so members do not pass partitions round for ever."""
    target = balance(owners, wanted, PLACES)
    assert balance(target, wanted, PLACES) == target


def test_a_new_consumer_takes_no_more_than_its_share() -> None:
    """Only as many partitions move as fairness needs."""
    before = dict.fromkeys(PLACES, 1)
    after = balance(before, {1: {"raw", "backfill"}, 2: {"raw", "backfill"}}, PLACES)
    moved = Counter(place.topic for place, member in after.items() if member == 2)
    assert moved == {"raw": 6, "backfill": 6}


def test_busy_partitions_move_last() -> None:
    """A partition with unfinished work stays with its owner when another one serves as well."""
    places = [TopicPartition("raw", partition) for partition in range(4)]
    busy = places[:2]
    after = balance(dict.fromkeys(places, 1), {1: {"raw"}, 2: {"raw"}}, places, busy)
    assert [after[place] for place in places] == [1, 1, 2, 2]


def test_single_partitions_spread_over_members() -> None:
    """Topics of one partition do not all land on the oldest member."""
    places = [TopicPartition(name, 0) for name in ("indexed", "grouped")]
    topics = {"indexed", "grouped"}
    after = balance({}, {1: topics, 2: topics}, places)
    assert set(after.values()) == {1, 2}


def test_a_newcomer_gets_one_of_several_single_partitions() -> None:
    """Topics of one partition are even each for itself, so the whole is evened out as well."""
    places = [TopicPartition(name, 0) for name in ("indexed", "grouped")]
    topics = {"indexed", "grouped"}
    after = balance(dict.fromkeys(places, 1), {1: topics, 2: topics}, places)
    assert sorted(after.values()) == [1, 2]
