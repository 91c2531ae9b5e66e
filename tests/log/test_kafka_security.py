"""TLS and SASL for Kafka: settings that fit together, the same for both clients, and a real broker that wants both."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from agents.security import build_credentials
from pipeline.clock import SystemClock
from pipeline.log.kafka import KafkaLog
from pipeline.log.kafka_security import OPEN_TO_ALL, KafkaSecurity
from pipeline.settings import load_settings
from schemas.errors import ConfigurationError, Unavailable
from schemas.topics import DEAD_LETTER
from tests.services.certificates import make_certificates
from tests.services.kafka_server import KafkaServer
from tests.services.server import HOST

USER: dict[str, Any] = {"mechanism": "PLAIN", "user": "ada", "password": "secret"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority (`ca.pem`) and a certificate of this machine with its key (`own.pem`)."""
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


@pytest.mark.parametrize(
    ("given", "protocol"),
    [
        ({}, "PLAINTEXT"),
        ({"tls": True}, "SSL"),
        ({"user": "ada", "password": "secret"}, "SASL_PLAINTEXT"),
        ({"tls": True, "user": "ada", "password": "secret", "mechanism": "SCRAM-SHA-256"}, "SASL_SSL"),
    ],
)
def test_both_clients_are_told_the_same(given: dict[str, Any], protocol: str) -> None:
    """kafka-python and Faust's client get the same protocol, mechanism, user and password from the same settings."""
    security = KafkaSecurity(**given)
    credentials = build_credentials(security)
    ours = security.client_options()
    # What Faust hands to its client when there are no credentials is checked by every other test of the agents.
    theirs = dict(credentials_to_aiokafka_auth(credentials)) if credentials else {}
    assert security.protocol == protocol == theirs.get("security_protocol", "PLAINTEXT")
    names = ("security_protocol", "sasl_mechanism", "sasl_plain_username", "sasl_plain_password")
    assert [ours.get(name) for name in names] == [theirs.get(name) for name in names]
    for options in (ours, theirs):
        context = options.get("ssl_context")
        assert isinstance(context, ssl.SSLContext) == security.encrypted
        assert not isinstance(context, ssl.SSLContext) or context.check_hostname


def test_files_mean_tls(certificates: Path) -> None:
    """Naming an authority or our own certificate is enough to connect by TLS, and the certificate is loaded."""
    assert KafkaSecurity(ca_file=certificates / "ca.pem").protocol == "SSL"
    security = KafkaSecurity(cert_file=certificates / "own.pem", user="ada", password="secret")  # noqa: S106 - invented
    assert security.protocol == "SASL_SSL"
    assert security.build_context() is not None
    assert "secret" not in repr(security)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"KAFKA_USER": "ada"}, "kafka_password"),
        ({"KAFKA_PASSWORD": "secret"}, "kafka_user"),
        ({"KAFKA_SASL_MECHANISM": "PLAIN"}, "kafka_user"),
        ({"KAFKA_SASL_MECHANISM": "GSSAPI", "KAFKA_USER": "a", "KAFKA_PASSWORD": "b"}, "GSSAPI"),
        ({"KAFKA_CA_FILE": "/nowhere/ca.pem"}, "/nowhere/ca.pem"),
        ({"KAFKA_KEY_FILE": "/nowhere/key.pem"}, "kafka_cert_file"),
    ],
)
def test_settings_that_do_not_fit_are_named(variables: Mapping[str, str], named: str, tmp_path: Path) -> None:
    """Half a pair, an unknown mechanism or a missing file is one sentence, before anything connects."""
    settings = load_settings({f"NEWSWIRE_{name}": value for name, value in variables.items()}, tmp_path)
    with pytest.raises(ConfigurationError, match=named):
        _ = settings.kafka_security


def test_files_without_certificates_are_named(tmp_path: Path) -> None:
    """A file that holds no certificate is named."""
    (tmp_path / "empty.pem").write_text("nothing\n")
    with pytest.raises(ConfigurationError, match=r"empty\.pem"):
        KafkaSecurity(ca_file=tmp_path / "empty.pem").client_options()
    assert OPEN_TO_ALL.client_options() == {}


class _SecureServer(KafkaServer):
    """A broker with TLS and users on its only listener."""

    def __init__(self, certificates: Path) -> None:
        jaas = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        settings = {
            "listener.security.protocol.map": "SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "SASL_SSL",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.enabled.mechanisms": "PLAIN",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(certificates / "own.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(certificates / "ca.pem"),
            "listener.name.sasl_ssl.plain.sasl.jaas.config": (
                f'{jaas} username="broker" password="own" user_broker="own" user_ada="secret";'
            ),
        }
        super().__init__(settings)
        listeners = f"SASL_SSL://{self.address}"
        controller = f"CONTROLLER://{HOST}:{self._controller_port}"
        self._settings |= {"listeners": f"{listeners},{controller}", "advertised.listeners": listeners}

    def is_healthy(self) -> bool:
        """Say whether the port is open; nobody is answered there without TLS."""
        try:
            socket.create_connection((HOST, self.port), 1.0).close()
        except OSError:
            return False
        return True


@pytest.fixture(scope="module")
def secure_server(startable_services: None, certificates: Path) -> Iterator[KafkaServer]:  # noqa: ARG001 - the promise
    """A broker of this module alone."""
    with _SecureServer(certificates) as server:
        yield server


async def test_a_real_broker_lets_both_clients_in(secure_server: KafkaServer, certificates: Path) -> None:
    """With TLS and a user both clients work on a broker that wants both."""
    security = KafkaSecurity(ca_file=certificates / "ca.pem", **USER)
    with closing(KafkaLog([secure_server.address], SystemClock(), security=security)) as log:
        log.create_topics([DEAD_LETTER])
        assert list(log.verify_topics([DEAD_LETTER])) == []
        options: Any = credentials_to_aiokafka_auth(build_credentials(security))
        async with AIOKafkaProducer(bootstrap_servers=secure_server.address, **options) as producer:
            sent = await producer.send_and_wait(DEAD_LETTER.name, b"value", b"key")
        (found,) = log.read(DEAD_LETTER.name, sent.partition, sent.offset, 1)
        assert found.value == b"value"


def test_a_wrong_password_is_not_let_in(secure_server: KafkaServer, certificates: Path) -> None:
    """With a wrong password nothing is told, and the sentence says what to think of."""
    security = KafkaSecurity(ca_file=certificates / "ca.pem", **(USER | {"password": "wrong"}))
    with (
        closing(KafkaLog([secure_server.address], SystemClock(), timeout_s=3.0, security=security)) as log,
        pytest.raises((ConfigurationError, Unavailable), match="user"),
    ):
        log.verify_topics([DEAD_LETTER])
