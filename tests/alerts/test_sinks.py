"""What receivers get: signed requests, mails that nobody can forge headers into, whole lines; and what is refused."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pipeline.alerts.message import build_payload
from pipeline.alerts.signature import verify
from pipeline.alerts.sinks import Sinks
from pipeline.alerts.webhook import WebhookSender
from pipeline.clock import ManualClock
from pipeline.fetch.targets import TargetRules
from pipeline.settings import Settings
from schemas.alert import Alert, AlertArticle, AlertKind, FileSink, MailSink, WebhookSink
from schemas.errors import ConfigurationError, Rejected, Unavailable
from tests.alerts.receivers import Hook, Mailbox, running_hook, running_mailbox
from tests.index.making import NOW, article_id

SECRET = "a secret of the tests"  # noqa: S105 - of receivers that live for one test
ALERT = Alert(
    alert_id="a" * 32,
    search_id="b" * 16,
    search_name="Ferries",
    kind=AlertKind.STORY,
    subject=article_id("a"),
    raised_at=NOW,
    title="Ferry\r\nBcc: thief@example.org",
    text="new story: Ferry (Harbour Post)",
    article=AlertArticle(
        article_id=article_id("a"), version=1, story_id=article_id("a"), title="Fähre", url="https://a.example/"
    ),
)


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A webhook of this machine."""
    with running_hook() as hook:
        yield hook


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server of this machine."""
    with running_mailbox() as mailbox:
        yield mailbox


def sinks(folder: Path, **settings: object) -> Sinks:
    """Return what sends with these settings."""
    values = {"data_dir": folder, "alerts_secret": SECRET, "alerts_allow_loopback": True, **settings}
    return Sinks(Settings.model_validate(values), ManualClock(NOW))


async def test_a_webhook_is_signed(hook: Hook, tmp_path: Path) -> None:
    """The request bears the alert's id and a signature that only the secret makes; any change of it is seen."""
    await sinks(tmp_path).send(ALERT, WebhookSink(url=hook.url))
    ((headers, body),) = hook.got
    assert json.loads(body) == json.loads(json.dumps(build_payload(ALERT)))
    assert headers["webhook-id"] == ALERT.alert_id
    assert verify(SECRET, headers, body, NOW)
    assert not verify(SECRET, headers, body + b" ", NOW)
    assert not verify("another secret", headers, body, NOW)
    assert not verify(SECRET, {**headers, "webhook-id": "c" * 32}, body, NOW)
    assert not verify(SECRET, headers, body, NOW.replace(hour=13))
    assert not verify(SECRET, {}, body, NOW)


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of the Standard Webhooks libraries has the signature that they give for it."""
    from datetime import UTC, datetime

    from pipeline.alerts.signature import sign

    at = datetime.fromtimestamp(1614265330, UTC)
    headers = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("status", "error"), [(404, Rejected), (302, Rejected), (410, Rejected), (429, Unavailable), (503, Unavailable)]
)
async def test_what_a_webhook_answers_decides(hook: Hook, tmp_path: Path, status: int, error: type[Exception]) -> None:
    """Refusals and redirects are final, busy and broken servers are asked again; what they say is told."""
    hook.answers = [status]
    with pytest.raises(error, match=rf"answered {status}: said <b>so</b>"):
        await sinks(tmp_path).send(ALERT, WebhookSink(url=hook.url))
    assert len(hook.got) == 1, "redirects are not followed"


async def test_nobody_listens(tmp_path: Path) -> None:
    """A connection that is refused is tried again."""
    with running_hook() as gone:
        pass
    with pytest.raises(Unavailable, match="cannot be reached"):
        await sinks(tmp_path).send(ALERT, WebhookSink(url=gone.url))


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "[::1]", "2130706433", "user@a.example"])
async def test_addresses_inside_are_never_told(tmp_path: Path, host: str) -> None:
    """Loopback, private and metadata addresses are refused, when they are saved and again when they are used."""
    strict = sinks(tmp_path, alerts_allow_loopback=False)
    sink = WebhookSink(url=f"http://{host}/")
    with pytest.raises(ConfigurationError):
        strict.check(sink)
    with pytest.raises(Rejected):
        await strict.send(ALERT, sink)


async def test_a_name_that_leads_inside_is_not_told() -> None:
    """What a name resolves to is checked as well, on the connection."""

    async def lookup(_host: str, _port: int, _family: int) -> Sequence[str]:
        return ["127.0.0.1"]

    sender = WebhookSender(TargetRules(), SECRET, ManualClock(NOW), "newswire", lookup=lookup)
    with pytest.raises(Rejected, match="not of the public internet"):
        await sender.send(ALERT, "http://desk.example/hook")


async def test_unsigned_webhooks_are_not_sent(hook: Hook, tmp_path: Path) -> None:
    """Without a secret nothing is sent, and a person is told what to set."""
    with pytest.raises(ConfigurationError, match="NEWSWIRE_ALERTS_SECRET"):
        await sinks(tmp_path, alerts_secret=None).send(ALERT, WebhookSink(url=hook.url))
    assert hook.got == []


async def test_mail(mailbox: Mailbox, tmp_path: Path) -> None:
    """A mail names the alert in its Message-ID, and a headline with line breaks adds no header."""
    mails = sinks(
        tmp_path, smtp_host="127.0.0.1", smtp_port=mailbox.port, smtp_security="none", smtp_from="desk@a.example"
    )
    await mails.send(ALERT, MailSink(to="ida@b.example"))
    (mail,) = mailbox.got
    head, _, text = mail.partition("\r\n\r\n")
    assert f"Message-ID: <{ALERT.alert_id}@a.example>" in head
    assert "Subject: [Ferries] Ferry Bcc: thief@example.org" in head
    assert [line for line in head.splitlines() if line.lower().startswith("bcc:")] == []
    assert "https://a.example/" in text


@pytest.mark.parametrize(("answer", "error"), [("550 no such user", Rejected), ("450 later", Unavailable)])
async def test_what_a_mail_server_answers_decides(
    mailbox: Mailbox, tmp_path: Path, answer: str, error: type[Exception]
) -> None:
    """Codes from 500 on are final, those below are tried again (RFC 5321, section 4.2.1)."""
    mailbox.refuse = answer
    mails = sinks(
        tmp_path, smtp_host="127.0.0.1", smtp_port=mailbox.port, smtp_security="none", smtp_from="desk@a.example"
    )
    with pytest.raises(error, match=answer.partition(" ")[2]):
        await mails.send(ALERT, MailSink(to="ida@b.example"))


async def test_mail_needs_a_server(tmp_path: Path) -> None:
    """Without a mail server, saving is refused with the settings that are missing; one that is down is tried again."""
    with pytest.raises(ConfigurationError, match="NEWSWIRE_SMTP_HOST"):
        sinks(tmp_path).check(MailSink(to="ida@b.example"))
    down = sinks(tmp_path, smtp_host="127.0.0.1", smtp_port=1, smtp_security="none", smtp_from="desk@a.example")
    down.check(MailSink(to="ida@b.example"))
    with pytest.raises(Unavailable):
        await down.send(ALERT, MailSink(to="ida@b.example"))


@pytest.mark.parametrize(
    "to", ["ida", "ida@b.example\nBcc: x@y.example", "a b@c.example", "<ida@b.example>", "a@b@c.example"]
)
def test_what_is_no_address_is_no_sink(to: str) -> None:
    """Nothing that could be more than one address is taken."""
    with pytest.raises(ValueError, match="to"):
        MailSink(to=to)


async def test_a_file_gets_whole_lines(tmp_path: Path) -> None:
    """Each alert is a line of the saved search's own file, which bears no name that a person chose."""
    for _ in range(2):
        await sinks(tmp_path).send(ALERT, FileSink())
    lines = (tmp_path / "alerts" / f"{ALERT.search_id}.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [ALERT.alert_id] * 2
    (tmp_path / "blocked").write_text("")
    with pytest.raises(Unavailable):
        await sinks(tmp_path / "blocked").send(ALERT, FileSink())
