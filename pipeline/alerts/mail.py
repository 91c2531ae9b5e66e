"""Telling a person by e-mail, through the SMTP server that the settings name. Blocking; called in a thread."""

import smtplib
import ssl
from dataclasses import dataclass
from typing import Final, Literal

from pipeline.alerts.message import build_mail
from schemas.alert import Alert
from schemas.errors import ALERT_REFUSED, ConfigurationError, Rejected, Unavailable

TIMEOUT_S: Final = 20.0
Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `security`: upgrade the connection, begin it with TLS, or neither."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = None
    security: Security = "starttls"


class MailSender:
    """Sends through one server; a connection for each mail, since alerts are few."""

    def __init__(self, server: MailServer | None) -> None:
        self._server = server

    def send(self, alert: Alert, to: str) -> None:
        """Return when the server has taken the mail.

        Raises:
            Rejected: `alert-refused`: the server will never take it.
            Unavailable: no answer, or one that says later.
            ConfigurationError: no server is set, or it does not let us in.
        """
        server = self._server
        if server is None:
            msg = "there is no mail server: set NEWSWIRE_SMTP_HOST and NEWSWIRE_SMTP_FROM"
            raise ConfigurationError(msg)
        mail = build_mail(alert, server.sender, to)
        try:
            with self._connect(server) as connection:
                connection.send_message(mail)
        except smtplib.SMTPAuthenticationError as error:
            msg = f"the mail server does not let us in ({error.smtp_code}): check NEWSWIRE_SMTP_USER and _PASSWORD"
            raise ConfigurationError(msg) from error
        except smtplib.SMTPRecipientsRefused as error:
            code, reason = next(iter(error.recipients.values()), (0, b""))
            raise _judge(code, f"{to}: {_text(reason)}") from error
        except smtplib.SMTPResponseException as error:
            raise _judge(error.smtp_code, _text(error.smtp_error)) from error
        except (smtplib.SMTPException, OSError) as error:
            msg = f"the mail server cannot be reached: {type(error).__name__}: {error}"
            raise Unavailable(msg) from error

    def _connect(self, server: MailServer) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if server.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
            if server.security == "starttls":
                connection.starttls(context=context)
        if server.user is not None:
            connection.login(server.user, server.password or "")
        return connection


def _judge(code: int, reason: str) -> Rejected | Unavailable:
    message = f"the mail server answered {code}: {reason}"
    return Rejected(ALERT_REFUSED, message) if code >= 500 else Unavailable(message)


def _text(reason: bytes | str) -> str:
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
