"""Telling a person by e-mail, through the SMTP server that the settings name. Blocking; called in a thread."""

import smtplib
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pipeline.alerts.message import build_mail
from schemas.alert import Alert
from schemas.errors import ALERT_REFUSED, ConfigurationError, Rejected, Unavailable

TIMEOUT_S: Final = 20.0
_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"})
"""What OpenSSL 1.1 to 3 says when the answer to its greeting is plain text."""
Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `security`: upgrade the connection, begin it with TLS, or neither.

    With TLS its certificate has to be valid for `host`.
    """

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = None
    security: Security = "starttls"
    ca_file: Path | None = None
    """The authority that signed its certificate; None: one that this machine trusts."""


class MailSender:
    """Sends through one server; a connection for each mail, since alerts are few."""

    def __init__(self, server: MailServer | None) -> None:
        self._server = server

    def send(self, alert: Alert, to: str) -> None:
        """Return when the server has taken the mail.

        Raises:
            Rejected: `alert-refused`: the server will never take it.
            Unavailable: no answer, or one that says later.
            ConfigurationError: no server is set, it cannot prove who it is, or it does not let us in.
        """
        server = self._server
        if server is None:
            msg = "there is no mail server: set NEWSWIRE_SMTP_HOST and NEWSWIRE_SMTP_FROM"
            raise ConfigurationError(msg)
        mail = build_mail(alert, server.sender, to)
        try:
            with _connect(server) as connection:
                _secure(connection, server)
                connection.send_message(mail)
        except smtplib.SMTPAuthenticationError as error:
            msg = f"the mail server does not let us in ({error.smtp_code}): check NEWSWIRE_SMTP_USER and _PASSWORD"
            raise ConfigurationError(msg) from error
        except smtplib.SMTPNotSupportedError as error:
            msg = f"{server.host}:{server.port} does not do what the settings ask for (NEWSWIRE_SMTP_…): {error}"
            raise ConfigurationError(msg) from error
        except smtplib.SMTPRecipientsRefused as error:
            code, reason = next(iter(error.recipients.values()), (0, b""))
            raise _judge(code, f"{to}: {_text(reason)}") from error
        except smtplib.SMTPResponseException as error:
            raise _judge(error.smtp_code, _text(error.smtp_error)) from error
        except ssl.SSLError as error:
            raise _explain(error, server) from error
        except (smtplib.SMTPException, OSError) as error:
            msg = f"the mail server cannot be reached: {type(error).__name__}: {error}"
            raise Unavailable(msg) from error


def _connect(server: MailServer) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=_context(server))
    return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)


def _secure(connection: smtplib.SMTP, server: MailServer) -> None:
    """Upgrade the connection and log in, as the settings say; nothing secret is sent before."""
    if server.security == "starttls":
        connection.starttls(context=_context(server))
    if server.user is not None:
        connection.login(server.user, server.password or "")


def _context(server: MailServer) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except OSError as error:
        msg = f"{server.ca_file} cannot be used (NEWSWIRE_SMTP_CA_FILE): {error}"
        raise ConfigurationError(msg) from error


def _explain(error: ssl.SSLError, server: MailServer) -> ConfigurationError | Unavailable:
    """Return what a failed handshake means: a certificate that proves nothing, no TLS at all, or a broken line."""
    place = f"{server.host}:{server.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message
        return ConfigurationError(
            f"the mail server {place} cannot prove who it is ({why}), so nothing was sent: NEWSWIRE_SMTP_HOST must be "
            "a name in its certificate, and NEWSWIRE_SMTP_CA_FILE the authority that signed it when no public one did"
        )
    if error.reason in _NO_TLS:
        return ConfigurationError(
            f"{place} does not begin with TLS: check NEWSWIRE_SMTP_PORT and NEWSWIRE_SMTP_SECURITY"
        )
    return Unavailable(f"the mail server {place} breaks off the TLS handshake: {error}")


def _judge(code: int, reason: str) -> Rejected | Unavailable:
    message = f"the mail server answered {code}: {reason}"
    return Rejected(ALERT_REFUSED, message) if code >= 500 else Unavailable(message)


def _text(reason: bytes | str) -> str:
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
