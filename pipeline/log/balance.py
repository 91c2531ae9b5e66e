"""Who in a consumer group should own which partition. Pure.

In: who owns what now, and who wants what. Out: who should own what. Every member computes this for itself from the same
facts and only ever gives up or takes partitions of its own, so no leader is needed.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from schemas.message import TopicPartition


@dataclass
class _Plan:
    owners: dict[TopicPartition, int]
    of_topic: Counter[tuple[int, str]]
    in_all: Counter[int]

    def load(self, member: int, topic: str) -> tuple[int, int]:
        return self.of_topic[member, topic], self.in_all[member]

    def give(self, place: TopicPartition, member: int) -> None:
        before = self.owners.get(place)
        if before is not None:
            self.of_topic[before, place.topic] -= 1
            self.in_all[before] -= 1
        self.owners[place] = member
        self.of_topic[member, place.topic] += 1
        self.in_all[member] += 1


def balance(
    owners: Mapping[TopicPartition, int],
    wanted: Mapping[int, AbstractSet[str]],
    places: Collection[TopicPartition],
    busy: Collection[TopicPartition] = (),
) -> dict[TopicPartition, int]:
    """Return the member that should own each partition; partitions that nobody wants are missing.

    Shares of each topic differ by one at most, shares of the whole by as little as that allows; nothing moves that
    need not move.

    Args:
        owners: present owners; a member that is not in `wanted` has left.
        wanted: topics that each member wants, by member number. Of equals the lower (older) number comes first.
        places: all partitions of all topics that anybody wants.
        busy: partitions to move only when no other serves, because their owner has unfinished work.
    """
    plan = _Plan({}, Counter(), Counter())
    free = []
    for place in sorted(places):
        owner = owners.get(place)
        if owner is not None and place.topic in wanted.get(owner, frozenset()):
            plan.give(place, owner)
        else:
            free.append(place)
    for place in free:
        takers = [member for member, topics in wanted.items() if place.topic in topics]
        if takers:
            plan.give(place, min(takers, key=lambda member: (plan.load(member, place.topic), member)))
    movable = sorted(plan.owners, key=lambda place: (place in busy, place))
    while _move_one(plan, wanted, movable):
        pass
    return plan.owners


def _move_one(plan: _Plan, wanted: Mapping[int, AbstractSet[str]], movable: Collection[TopicPartition]) -> bool:
    """Make the first move that evens out a topic, or else the whole; say whether there was one."""
    for place in movable:
        topic = place.topic
        of_topic, in_all = plan.load(plan.owners[place], topic)
        takers = [member for member, topics in wanted.items() if topic in topics]
        taker = min(takers, key=lambda member: (plan.load(member, topic), member))
        taker_of_topic, taker_in_all = plan.load(taker, topic)
        evens_topic = taker_of_topic + 1 < of_topic
        evens_all = taker_of_topic + 1 == of_topic and taker_in_all + 1 < in_all
        if evens_topic or evens_all:
            plan.give(place, taker)
            return True
    return False
