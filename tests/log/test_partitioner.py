"""The embedded log puts a key where Kafka's clients put it."""

import random

import aiokafka.partitioner
import kafka.partitioner
import pytest

from pipeline.log.partitioner import murmur2, partition_for_key


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_gives_the_java_client_s_numbers(key: bytes, signed: int) -> None:
    """The vectors of `UtilsTest.testMurmur2` in Kafka's own tests come out, as unsigned numbers."""
    assert murmur2(key) == signed % 2**32


@pytest.mark.parametrize("length", range(40))
def test_partitions_equal_those_of_the_clients(length: int) -> None:
    """kafka-python and aiokafka (which Faust uses) choose the same partition for keys of every length and content."""
    chooser = random.Random(length)  # noqa: S311 - test keys, not secrets
    for _ in range(50):
        key = chooser.randbytes(length)
        count = chooser.randint(1, 50)
        ours = partition_for_key(key, count)
        assert murmur2(key) == kafka.partitioner.murmur2(key)
        assert ours == (kafka.partitioner.murmur2(key) & 0x7FFFFFFF) % count
        partitions = list(range(count))
        assert ours == aiokafka.partitioner.DefaultPartitioner()(key, partitions, partitions)
