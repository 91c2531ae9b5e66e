"""Mail by TLS, to a real server on loopback: from the first byte, after STARTTLS, and not at all to an impostor."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.alerts.sinks import Sinks
from pipeline.clock import ManualClock
from pipeline.settings import Settings
from schemas.alert import Alert, AlertKind, MailSink
from schemas.errors import ConfigurationError
from tests.alerts.receivers import Mailbox, running_mailbox
from tests.index.making import NOW
from tests.services.certificates import make_certificates

SECURITIES = ("tls", "starttls")
ALERT = Alert(
    alert_id="a" * 32,
    search_id="b" * 16,
    search_name="Ferries",
    kind=AlertKind.TEST,
    subject="a test",
    raised_at=NOW,
    title="A test alert",
    text="this is a test",
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority and a certificate for 127.0.0.1 that it signed."""
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


@contextmanager
def encrypted_mailbox(certificates: Path, security: str) -> Iterator[Mailbox]:
    """Listen as the setting says."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "own.pem")
    served = {"tls": {"tls": context}, "starttls": {"upgrade": context}}[security]
    with running_mailbox(**served) as mailbox:
        yield mailbox


async def send(folder: Path, mailbox: Mailbox, **settings: object) -> None:
    """Send the alert by a server on loopback."""
    values = {"data_dir": folder, "smtp_host": "127.0.0.1", "smtp_port": mailbox.port, "smtp_from": "desk@a.example"}
    sinks = Sinks(Settings.model_validate(values | settings), ManualClock(NOW))
    await sinks.send(ALERT, MailSink(to="ida@b.example"))


@pytest.mark.parametrize("security", SECURITIES)
async def test_a_mail_arrives_encrypted(tmp_path: Path, certificates: Path, security: str) -> None:
    """With the authority that signed the server's certificate, the mail arrives, and nothing of it goes unencrypted."""
    with encrypted_mailbox(certificates, security) as mailbox:
        await send(tmp_path, mailbox, smtp_security=security, smtp_ca_file=certificates / "ca.pem")
    (mail,) = mailbox.got
    assert "Subject: [Ferries] A test alert" in mail
    assert [line.split()[0].upper() for line in mailbox.heard] == ([] if security == "tls" else ["EHLO", "STARTTLS"])


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize(
    ("host", "authority", "why"),
    [("127.0.0.1", None, "unable to get local issuer certificate"), ("localhost", "ca.pem", "Hostname mismatch")],
)
async def test_an_impostor_gets_no_mail(
    tmp_path: Path, certificates: Path, security: str, host: str, authority: str | None, why: str
) -> None:
    """A certificate of an unknown authority, or of another host, ends it before a login; the remedy is told."""
    ca_file = None if authority is None else certificates / authority
    secret = {"smtp_user": "ida", "smtp_password": "very secret"}
    with (
        encrypted_mailbox(certificates, security) as mailbox,
        pytest.raises(ConfigurationError, match=why) as refused,
    ):
        await send(tmp_path, mailbox, smtp_host=host, smtp_security=security, smtp_ca_file=ca_file, **secret)
    assert "NEWSWIRE_SMTP_CA_FILE" in str(refused.value)
    assert "NEWSWIRE_SMTP_HOST" in str(refused.value)
    assert mailbox.got == []
    assert [line.split()[0].upper() for line in mailbox.heard] == ([] if security == "tls" else ["EHLO", "STARTTLS"])


@pytest.mark.parametrize(
    ("security", "message"),
    [("starttls", "STARTTLS extension not supported"), ("tls", "does not begin with TLS")],
)
async def test_a_server_without_tls_is_not_trusted(tmp_path: Path, security: str, message: str) -> None:
    """Nothing falls back to plain text: a person has to say that it may."""
    with running_mailbox() as mailbox, pytest.raises(ConfigurationError, match=message):
        await send(tmp_path, mailbox, smtp_security=security)
    assert mailbox.got == []


async def test_an_authority_that_is_not_there(tmp_path: Path) -> None:
    """A file that cannot be read is named with its setting."""
    with running_mailbox() as mailbox, pytest.raises(ConfigurationError, match="NEWSWIRE_SMTP_CA_FILE"):
        await send(tmp_path, mailbox, smtp_security="tls", smtp_ca_file=tmp_path / "none.pem")
