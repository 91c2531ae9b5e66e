"""Alert → what those who are told get to see: the body of a webhook, a line of a file, an e-mail. Pure."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final

from schemas.alert import Alert

SUBJECT_CHARS: Final = 150


def build_payload(alert: Alert) -> dict[str, Any]:
    """Return the alert as JSON for programs. `id` is the same at every attempt; `text` is what chat services show."""
    article = alert.article
    return {
        "schema_version": 1,
        "id": alert.alert_id,
        "type": alert.kind.value,
        "raised_at": _iso(alert.raised_at),
        "text": f"{alert.search_name}: {alert.text}",
        "saved_search": {"id": alert.search_id, "name": alert.search_name},
        "subject": alert.subject,
        "title": alert.title,
        "article": None if article is None else article.model_dump(mode="json"),
    }


def build_mail(alert: Alert, sender: str, to: str) -> EmailMessage:
    """Return the e-mail. Its Message-ID is the same at every attempt, so that mail programs can tell repeats."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = _line(f"[{alert.search_name}] {alert.title}")[:SUBJECT_CHARS]
    mail["Date"] = format_datetime(alert.raised_at.astimezone(UTC))
    mail["Message-ID"] = f"<{alert.alert_id}@{sender.rpartition('@')[2] or 'newswire.invalid'}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in answer
    mail["X-Newswire-Alert"] = alert.alert_id
    mail.set_content("\n".join(describe(alert)) + "\n")
    return mail


def describe(alert: Alert) -> list[str]:
    """Return the alert as lines for a person."""
    lines = [alert.text]
    if alert.article is not None:
        article = alert.article
        facts = [article.source or "unknown source"]
        if article.origin:
            facts.append(f"written by {article.origin}")
        if article.published_at is not None:
            facts.append(f"published {article.published_at:%Y-%m-%d %H:%M} UTC")
        lines += ["", article.title, " · ".join(facts)]
        lines += [article.summary] if article.summary else []
        lines += [article.url] if article.url else []
    return [*lines, "", f"Saved search: {alert.search_name} ({alert.search_id})", f"Alert: {alert.alert_id}"]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _line(text: str) -> str:
    """Return the text on one line of printable signs: a headline must not end a header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
