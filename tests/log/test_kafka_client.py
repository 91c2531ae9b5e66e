"""kafka-python's errors become ours, by what has to happen next; names get their prefix; checksums are fast."""

import gc
import os
import socket

import pytest
from kafka import errors
from kafka.net.inet import KafkaNetSocket
from kafka.record import util

from pipeline.log.kafka_client import KafkaCluster, describe, translated_errors
from schemas.errors import BAD_INPUT, TOO_LARGE, ConfigurationError, Rejected, Unavailable

BROKERS = ("h1:9092", "h2:9092")


@pytest.mark.parametrize(
    "error",
    [
        errors.KafkaTimeoutError("x"),
        errors.NodeNotReadyError("1"),
        errors.NotEnoughReplicasError(),
        errors.NotLeaderForPartitionError(),
        errors.OutOfOrderSequenceNumberError(),
        errors.UnknownError(),
        ConnectionResetError(104, "reset"),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_may_pass_is_unavailable(error: Exception) -> None:
    """Whatever is not known to need a person is tried again, and the message names the brokers."""
    with pytest.raises(Unavailable, match="h1:9092,h2:9092 does not answer"), translated_errors(BROKERS):
        raise error


@pytest.mark.parametrize(
    "error",
    [
        errors.TopicAuthorizationFailedError("x"),
        errors.SaslAuthenticationFailedError(),
        errors.InvalidReplicationFactorError(),
        errors.IncompatibleBrokerVersion("x"),
        errors.InvalidSessionTimeoutError(),
        errors.KafkaConfigurationError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_needs_a_person_is_a_configuration_error(error: Exception) -> None:
    """Credentials, versions and settings do not become right by trying again."""
    with pytest.raises(ConfigurationError, match=type(error).__name__), translated_errors(BROKERS):
        raise error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (errors.MessageSizeTooLargeError(), TOO_LARGE),
        (errors.RecordListTooLargeError(), TOO_LARGE),
        (errors.InvalidRecordError(), BAD_INPUT),
    ],
)
def test_what_can_never_be_sent_is_rejected(error: Exception, reason: str) -> None:
    """A message that the broker refuses for what it is carries the reason for its dead letter."""
    with pytest.raises(Rejected) as caught, translated_errors(BROKERS):
        raise error
    assert caught.value.reason == reason


def test_mistakes_in_the_program_stay_what_they_are() -> None:
    """An error that is not the cluster's is not dressed up as one."""
    mistake = ValueError("partition must be >= 0")
    with pytest.raises(ValueError, match="partition"), translated_errors(BROKERS):
        raise mistake


def test_descriptions_name_the_error_once_in_one_bounded_line() -> None:
    """Messages go to one line of a log, so they are short and name their kind."""
    assert describe(errors.KafkaTimeoutError("no\nanswer")) == "KafkaTimeoutError: no answer"
    assert describe(OSError("refused")) == "OSError: refused"
    assert len(describe(errors.UnknownError("x" * 10_000))) < 400


def test_prefixes_stand_on_the_cluster_only() -> None:
    """Outside names carry the prefix, and lose it exactly once on the way in."""
    cluster = KafkaCluster(BROKERS, "a.", 1.0)
    assert cluster.outer("a.b") == "a.a.b"
    assert cluster.inner("a.a.b") == "a.b"


def test_checksums_are_computed_in_c() -> None:
    """Without the crc32c package kafka-python computes them in Python, at 4 MB/s: half a second for 2 MiB."""
    assert util.crc32c_c is not None


def test_a_forgotten_socket_closes_without_a_warning() -> None:
    """kafka-python forgets sockets now and then; such a one gives its descriptor back, and warnings are errors here."""
    forgotten = KafkaNetSocket("direct://").socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    descriptor = forgotten.fileno()
    del forgotten
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
