"""What all of our kafka-python clients share: where the cluster is, what names are, time limits, what errors mean.

In: addresses and a prefix. Out: connected clients, and kafka-python's errors as ours. Every call that goes through here
ends within its time limit (twice that at worst, when two steps fail), whether the broker answers, hangs or is gone.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from kafka import errors
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket

from pipeline.log.kafka_security import OPEN_TO_ALL, KafkaSecurity
from schemas.errors import BAD_INPUT, TOO_LARGE, ConfigurationError, Rejected, Unavailable

Client = TypeVar("Client")

#: After an outage of any length the clients find the broker again within about this time, in milliseconds.
_RECONNECT_AT_MOST_MS: Final = 2_000
#: How long one attempt to connect may take; a broker that hangs accepts connections and says nothing.
_CONNECT_AT_MOST_MS: Final = 10_000
_BOOTSTRAP: Final = "Unable to bootstrap"
_DIRECT_URL: Final = "direct://"

_TOO_LARGE: Final = (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError)
_BAD_INPUT: Final = (errors.InvalidRecordError, errors.InvalidTimestampError)
_NEEDS_A_PERSON: Final = (
    errors.AuthorizationError,
    errors.IncompatibleBrokerVersion,
    errors.InvalidConfigurationError,
    errors.InvalidGroupIdError,
    errors.InvalidPartitionsError,
    errors.InvalidReplicationFactorError,
    errors.InvalidSessionTimeoutError,
    errors.InvalidTopicError,
    errors.InconsistentGroupProtocolError,
    errors.KafkaConfigurationError,
    errors.PolicyViolationError,
    errors.SaslAuthenticationFailedError,
    errors.UnrecognizedBrokerVersion,
    errors.UnsupportedCodecError,
    errors.UnsupportedCompressionTypeError,
    errors.UnsupportedSaslMechanismError,
    errors.UnsupportedVersionError,
)


class _ClosingSocket(socket.socket):
    """A socket that closes when nothing holds it any more.

    kafka-python 3.0 forgets the socket of a connection whose last bytes still wait to be written when its client
    closes. The descriptor is freed either way; this frees it without Python's warning about an unclosed socket.
    """

    def __del__(self) -> None:
        self.close()


class _DirectSocket(KafkaNetSocket):  # type: ignore[misc]  # kafka-python has no types
    """Connects directly, and closes the socket when that fails.

    kafka-python 3.0 leaves it to the garbage collector, so that an outage holds file descriptors. Ways to connect are
    chosen by the scheme of `proxy_url`; this one is for our scheme.
    """

    SCHEMES = ("direct",)

    def socket(self, family: int, sock_type: int, proto: int) -> _ClosingSocket:
        return _ClosingSocket(family, sock_type, proto)

    async def sock_connect(self, net: Any, sock: Any, sockaddr: Any, timeout_at: float | None = None) -> Any:  # noqa: ANN401 - as above
        try:
            return await super().sock_connect(net, sock, sockaddr, timeout_at=timeout_at)
        except BaseException:
            sock.close()
            raise


@dataclass(frozen=True, slots=True)
class KafkaCluster:
    """Where the brokers are and how to talk to them.

    `prefix` stands before every topic and group name on the cluster, and nowhere else. `timeout_s` bounds each call.
    `security` says how the brokers let us in.
    """

    bootstrap: tuple[str, ...]
    prefix: str
    timeout_s: float
    security: KafkaSecurity = OPEN_TO_ALL

    def outer(self, name: str) -> str:
        """Return the cluster's name of a topic or group."""
        return self.prefix + name

    def inner(self, name: str) -> str:
        """Return our name of a topic."""
        return name.removeprefix(self.prefix)

    def open(self, kind: Callable[..., Client], **settings: object) -> Client:
        """Return a connected client of this kind; when it cannot connect, nothing of it is left.

        Raises:
            Unavailable: no broker answered in time.
            ConfigurationError: the cluster refuses this client.
        """
        timeout_ms = round(self.timeout_s * 1000)
        connect_ms = min(timeout_ms, _CONNECT_AT_MOST_MS)
        made: list[Any] = []

        def make(**configured: object) -> object:
            # The clients themselves do not take these two settings.
            configured["socket_connection_setup_timeout_ms"] = connect_ms
            configured["socket_connection_setup_timeout_max_ms"] = connect_ms
            made.append(KafkaNetClient(**configured))
            return made[-1]

        with translated_errors(self.bootstrap):
            try:
                return kind(
                    bootstrap_servers=list(self.bootstrap),
                    kafka_client=make,
                    proxy_url=_DIRECT_URL,
                    bootstrap_timeout_ms=timeout_ms,
                    reconnect_backoff_max_ms=_RECONNECT_AT_MOST_MS,
                    **{"request_timeout_ms": timeout_ms, **self.security.client_options(), **settings},
                )
            except BaseException:
                # Constructors connect and leave their thread behind when that fails; a retry for hours would add up.
                for client in made:
                    client.close()
                raise


@contextmanager
def translated_errors(bootstrap: tuple[str, ...]) -> Iterator[None]:
    """Turn kafka-python's errors into ours.

    Raises:
        Rejected: `too-large`, or `bad-input` for a record that the broker finds invalid.
        ConfigurationError: wrong credentials, versions, names or settings.
        Unavailable: everything else; the same call may succeed later.
    """
    try:
        yield
    except _TOO_LARGE as error:
        raise Rejected(TOO_LARGE, f"the broker refuses the size ({describe(error)})") from error
    except _BAD_INPUT as error:
        raise Rejected(BAD_INPUT, f"the broker refuses the message ({describe(error)})") from error
    except _NEEDS_A_PERSON as error:
        msg = f"Kafka at {','.join(bootstrap)} refuses: {describe(error)}"
        raise ConfigurationError(msg) from error
    except (errors.KafkaError, OSError) as error:
        # A broker that lets nobody in hangs up without a word, which the clients cannot tell from one that is away.
        hint = "; one that wants TLS or another user looks the same" if _BOOTSTRAP in str(error) else ""
        msg = f"Kafka at {','.join(bootstrap)} does not answer: {describe(error)}{hint}"
        raise Unavailable(msg) from error


def describe(error: Exception) -> str:
    """Return the error's name and message in one line of bounded length."""
    name, text = type(error).__name__, " ".join(str(error).split())[:300]
    return text if name in text else f"{name}: {text}"
