"""Lanes: what a sender hands over one after the other."""

from pipeline.log.lanes import split_lanes
from pipeline.log.partitioner import partition_for_key
from schemas.message import OutgoingMessage
from schemas.topics import ENRICHED, INDEXED


def test_each_partition_has_its_lane() -> None:
    """Nothing is missing, the order of a partition is kept, and what has no key is together."""
    keys = [f"k{number % 20}".encode() for number in range(60)]
    enriched = [OutgoingMessage(ENRICHED.name, key, b"%d" % place) for place, key in enumerate(keys)]
    indexed = [OutgoingMessage(INDEXED.name, key, b"") for key in keys]
    unkeyed = [OutgoingMessage(ENRICHED.name, None, b"%d" % place) for place in range(3)]
    lanes = split_lanes([*enriched, *indexed, *unkeyed])
    assert indexed in lanes
    assert unkeyed in lanes
    others = [lane for lane in lanes if lane not in (indexed, unkeyed)]
    places = [{partition_for_key(one.key or b"", ENRICHED.partitions) for one in lane} for lane in others]
    assert all(len(place) == 1 for place in places)
    assert len(set.union(*places)) == len(others)
    assert sorted((one for lane in others for one in lane), key=lambda one: int(one.value or b"")) == enriched
    assert all(
        [int(one.value or b"") for one in lane] == sorted(int(one.value or b"") for one in lane) for lane in others
    )


def test_nothing_has_no_lane() -> None:
    """No messages, no lanes."""
    assert split_lanes([]) == []
