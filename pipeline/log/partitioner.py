"""Which partition a key belongs to: Kafka's default partitioner, as the Java client defines it.

In: a key and a number of partitions. Out: a partition. Pure; imports nothing of ours and no client. The embedded log
chooses by this module, and a test holds it to kafka-python's and aiokafka's own, so that an article's versions stay in
one partition whichever program sends them, and a log can be copied from one medium to the other.
"""

import struct
from typing import Final

_SEED: Final = 0x9747B28C
_MULTIPLIER: Final = 0x5BD1E995
_SHIFT: Final = 24
_MASK: Final = 0xFFFFFFFF


def murmur2(key: bytes) -> int:
    """Return the 32-bit MurmurHash2 of `key`, unsigned, with Kafka's seed.

    Source: `org.apache.kafka.common.utils.Utils.murmur2`.

    >>> murmur2(b"foobar") - 2**32
    -790332482
    """
    length = len(key)
    state = (_SEED ^ length) & _MASK
    words = length // 4
    for (word,) in struct.iter_unpack("<I", key[: words * 4]):
        mixed = (word * _MULTIPLIER) & _MASK
        mixed = ((mixed ^ (mixed >> _SHIFT)) * _MULTIPLIER) & _MASK
        state = ((state * _MULTIPLIER) & _MASK) ^ mixed
    rest = key[words * 4 :]
    if rest:
        state = ((state ^ int.from_bytes(rest, "little")) * _MULTIPLIER) & _MASK
    state = ((state ^ (state >> 13)) * _MULTIPLIER) & _MASK
    return state ^ (state >> 15)


def partition_for_key(key: bytes, partitions: int) -> int:
    """Return the partition of `key`, from 0 to `partitions` - 1.

    Messages without a key have no partition of their own: the sender spreads them as it likes.
    """
    return (murmur2(key) & 0x7FFFFFFF) % partitions
