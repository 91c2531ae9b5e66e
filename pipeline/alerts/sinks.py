"""Alert and sink → the sender of that kind. The one place that knows which settings belong to which."""

import asyncio
from importlib.metadata import version

from pipeline.alerts.files import FileSender
from pipeline.alerts.mail import MailSender, MailServer
from pipeline.alerts.webhook import WebhookSender
from pipeline.clock import Clock
from pipeline.fetch.refusals import FetchRefused
from pipeline.fetch.targets import TargetRules, check_target
from pipeline.settings import Settings
from schemas.alert import Alert, FileSink, MailSink, Sink, WebhookSink
from schemas.errors import ConfigurationError


class Sinks:
    """Everything that an alert can be sent to."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._rules = webhook_rules(settings)
        self._webhooks = WebhookSender(self._rules, settings.alerts_secret, clock, f"newswire/{version('newswire')}")
        self._mail = MailSender(_mail_server(settings))
        self._files = FileSender(settings.alerts_folder)

    async def send(self, alert: Alert, sink: Sink) -> None:
        """Return when the sink has taken the alert. It may get it again: receivers tell repeats by the alert's id.

        Raises:
            Rejected: `alert-refused`: it never will.
            Unavailable: not now.
            ConfigurationError: a person has to act first.
        """
        match sink:
            case WebhookSink(url=url):
                await self._webhooks.send(alert, url)
            case MailSink(to=to):
                await asyncio.to_thread(self._mail.send, alert, to)
            case FileSink():
                await asyncio.to_thread(self._files.send, alert)

    def check(self, sink: Sink) -> None:
        """Say nothing when the sink could be used with these settings.

        Raises:
            ConfigurationError: it could not, with the remedy.
        """
        if isinstance(sink, WebhookSink):
            try:
                check_target(sink.url, self._rules)
            except FetchRefused as refused:
                msg = f"{refused.detail}; NEWSWIRE_ALERTS_ALLOW_LOOPBACK=true lets webhooks of this machine be told"
                raise ConfigurationError(msg if "loopback" in refused.reason else refused.detail) from refused
            if self._settings.alerts_secret is None:
                msg = (
                    "webhooks are signed: set NEWSWIRE_ALERTS_SECRET (16 characters or more), known to the receiver too"
                )
                raise ConfigurationError(msg)
        if isinstance(sink, MailSink) and _mail_server(self._settings) is None:
            msg = "there is no mail server: set NEWSWIRE_SMTP_HOST and NEWSWIRE_SMTP_FROM"
            raise ConfigurationError(msg)


def name_sink(sink: Sink) -> str:
    """Return the sink for people; of a webhook only the host, since addresses often hold a token.

    >>> name_sink(WebhookSink(url="https://hooks.example/T1/secret"))
    'webhook hooks.example'
    """
    match sink:
        case WebhookSink(url=url):
            return f"webhook {url.partition('://')[2].partition('/')[0].rpartition('@')[2]}"
        case MailSink(to=to):
            return f"mail {to}"
        case FileSink():
            return "file"


def webhook_rules(settings: Settings) -> TargetRules:
    """Return which addresses webhooks may have: those that may be fetched from, and this machine when that is set."""
    ports = frozenset(int(port) for port in settings.fetch_ports.split(","))
    return TargetRules(ports, settings.alerts_allow_loopback)


def _mail_server(settings: Settings) -> MailServer | None:
    if settings.smtp_host is None or settings.smtp_from is None:
        return None
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_from,
        user=settings.smtp_user,
        password=settings.smtp_password,
        security=settings.smtp_security,
        ca_file=settings.smtp_ca_file,
    )
