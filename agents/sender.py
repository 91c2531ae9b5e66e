"""Sending through Faust's producer: every message's record metadata is awaited, every error is one of ours."""

import asyncio
from collections.abc import Sequence
from itertools import chain
from typing import Final

import faust
from aiokafka import errors
from faust.exceptions import ProducerSendError

from pipeline.log.kafka_producer import check_fit
from pipeline.log.lanes import split_lanes
from pipeline.log.topic_check import as_wanted
from schemas.errors import TOO_LARGE, ConfigurationError, Rejected, Unavailable
from schemas.message import OutgoingMessage
from schemas.topics import BY_NAME

_TOO_LARGE: Final = (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError)
_NEEDS_A_PERSON: Final = (errors.UnknownTopicOrPartitionError, errors.TopicAuthorizationFailedError)


class FaustSender:
    """A `Sender`. Sizes are checked before anything is sent; waits at most the producer's request timeout."""

    def __init__(self, app: faust.App, topic_prefix: str) -> None:
        self._app = app
        self._prefix = topic_prefix

    async def send(self, messages: Sequence[OutgoingMessage]) -> None:
        """Return when the brokers have confirmed every message; see `Sender.send`."""
        for message in messages:
            check_fit(message, as_wanted(BY_NAME[message.topic]))
        for answer in chain.from_iterable(await asyncio.gather(*map(self._send_in_turn, split_lanes(messages)))):
            if isinstance(answer, BaseException):
                raise _translate(answer) from answer

    async def _send_in_turn(self, messages: Sequence[OutgoingMessage]) -> list[object]:
        """Return what came of each, up to the first that was not taken; all waiting for room would wake each other."""
        underway, failed = [], []
        try:
            for message in messages:
                topic, headers = self._prefix + message.topic, list(message.headers)
                underway.append(await self._app.producer.send(topic, message.key, message.value, None, None, headers))
        except Exception as error:  # noqa: BLE001  # raised above, as ours
            failed.append(error)
        # All are awaited even after a failure: what is still under way must not arrive after a second attempt.
        return [*await asyncio.gather(*underway, return_exceptions=True), *failed]


def _translate(error: BaseException) -> BaseException:
    cause = error.__cause__ if isinstance(error, ProducerSendError) and error.__cause__ else error
    if isinstance(cause, _TOO_LARGE):
        return Rejected(TOO_LARGE, f"the broker refuses the size: {cause}")
    if isinstance(cause, _NEEDS_A_PERSON):
        return ConfigurationError(f"Kafka refuses a message ({cause!r}): newswire setup creates and checks the topics")
    if isinstance(cause, errors.KafkaError) and (cause.retriable or isinstance(cause, errors.KafkaTimeoutError)):
        return Unavailable(f"Kafka did not confirm a message: {cause!r}")
    return error  # nobody foresaw it: the worker leaves, and the broker delivers again
