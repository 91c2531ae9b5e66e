"""Subscriptions at hubs, and what hubs have delivered: one file between the poller and the web server.

The server writes what arrives, durable before the hub has its answer; the poller reads it as it reads a poll, which
keeps "sent once" in one process. Rows in, rows out.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.clock import epoch_ms
from pipeline.sqlite_file import Layout, SqliteFile

State = Literal["wanted", "asked", "live", "refused"]
MAX_WAITING: Final = 20
"""Deliveries of one feed that wait for the poller; above it hubs are told to come again."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_RETRY_FIRST_S: Final = 300.0
_RETRY_LONGEST_S: Final = 86_400.0
# A lease is renewed when this share of it is left.
_RENEW_SHARE: Final = 0.2
_DISTRUST: Final = timedelta(days=1)
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS subscriptions (
    feed_url TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, secret TEXT NOT NULL, hub TEXT NOT NULL, topic TEXT NOT NULL,
    state TEXT NOT NULL, next_ask_at INTEGER NOT NULL, attempts INTEGER NOT NULL, lease_until INTEGER NOT NULL,
    distrusted_until INTEGER NOT NULL, reason TEXT) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS subscriptions_by_turn ON subscriptions (next_ask_at);
CREATE TABLE IF NOT EXISTS deliveries (number INTEGER PRIMARY KEY AUTOINCREMENT, feed_url TEXT NOT NULL,
    received_at INTEGER NOT NULL, content_type TEXT, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_by_feed ON deliveries (feed_url, number);
"""
_LAYOUT: Final = Layout("the file of subscriptions at hubs", _TABLES)
_COLUMNS: Final = "feed_url, token, secret, hub, topic, state, attempts, lease_until, reason"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed at its hub. `token` is the secret part of the callback's address, `secret` signs what the hub sends."""

    feed_url: str
    token: str
    secret: str
    hub: str
    topic: str
    state: State
    attempts: int
    lease_until: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a hub has sent for a feed."""

    number: int
    received_at: datetime
    content_type: str | None
    body: bytes


class HubStore(SqliteFile):
    """The file of subscriptions and deliveries. What it was told is on disk when a method returns."""

    def __init__(self, path: Path) -> None:
        """Open it. Errors as `SqliteFile`."""
        super().__init__(path, _LAYOUT)

    def want(self, feed_url: str, hub: str, topic: str, now: datetime) -> None:
        """Note that a feed names this hub; another hub or topic than before is asked anew. Idempotent."""
        row = self._rows("SELECT hub, topic FROM subscriptions WHERE feed_url = ?", feed_url)
        if row == [(hub, topic)]:
            return
        with self._transaction():
            # A new token: what the old hub still sends is nobody's any more.
            self._connection.execute(
                "INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?, ?, ?, 'wanted', ?, 0, 0, 0, NULL)",
                (feed_url, secrets.token_urlsafe(24), secrets.token_hex(24), hub, topic, epoch_ms(now)),
            )

    def drop(self, feed_url: str) -> None:
        """Forget a subscription and what it has delivered; the hub is told at its next delivery."""
        with self._transaction():
            for table in ("subscriptions", "deliveries"):
                self._connection.execute(f"DELETE FROM {table} WHERE feed_url = ?", (feed_url,))  # noqa: S608 - ours

    def to_ask(self, now: datetime, limit: int = 20) -> list[Subscription]:
        """Return subscriptions to ask hubs for: wanted ones, unanswered ones, leases that end soon."""
        query = f"SELECT {_COLUMNS} FROM subscriptions WHERE next_ask_at <= ? ORDER BY next_ask_at LIMIT ?"  # noqa: S608
        return [_subscription(row) for row in self._rows(query, epoch_ms(now), limit)]

    def asked(self, feed_url: str, now: datetime, reason: str | None = None) -> None:
        """Note that a hub was asked, and what went wrong; it is asked again later and later until it confirms."""
        with self._transaction():
            ((attempts,),) = self._rows("SELECT attempts FROM subscriptions WHERE feed_url = ?", feed_url) or [(0,)]
            wait = timedelta(seconds=min(_RETRY_FIRST_S * 2.0 ** min(int(attempts), 20), _RETRY_LONGEST_S))
            self._connection.execute(
                "UPDATE subscriptions SET attempts = attempts + 1, next_ask_at = ?, reason = ?,"
                " state = iif(state = 'live', state, 'asked') WHERE feed_url = ?",
                (epoch_ms(now + wait), reason, feed_url),
            )

    def confirmed(self, feed_url: str, lease_s: float, now: datetime) -> None:
        """Note that the hub has confirmed: live until the lease ends, asked again before that."""
        with self._transaction():
            self._connection.execute(
                "UPDATE subscriptions SET state = 'live', attempts = 0, reason = NULL, lease_until = ?, next_ask_at = ?"
                " WHERE feed_url = ?",
                (
                    epoch_ms(now + timedelta(seconds=lease_s)),
                    epoch_ms(now + timedelta(seconds=lease_s * (1 - _RENEW_SHARE))),
                    feed_url,
                ),
            )

    def refused(self, feed_url: str, reason: str, now: datetime) -> None:
        """Note that the hub has refused or ended the subscription; it is asked again after the longest wait."""
        with self._transaction():
            self._connection.execute(
                "UPDATE subscriptions SET state = 'refused', lease_until = 0, reason = ?, next_ask_at = ?"
                " WHERE feed_url = ?",
                (reason[:300], epoch_ms(now + timedelta(seconds=_RETRY_LONGEST_S)), feed_url),
            )

    def find(self, token: str) -> Subscription | None:
        """Return the subscription whose callback has this token."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM subscriptions WHERE token = ?", token)  # noqa: S608 - our columns
        return _subscription(rows[0]) if rows else None

    def get(self, feed_url: str) -> Subscription | None:
        """Return the subscription of a feed."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM subscriptions WHERE feed_url = ?", feed_url)  # noqa: S608 - ours
        return _subscription(rows[0]) if rows else None

    def may_rest(self, feed_url: str, now: datetime) -> bool:
        """Whether the feed's hub tells of its articles, so that it need be polled only now and then."""
        found = self._rows(
            "SELECT 1 FROM subscriptions"
            " WHERE feed_url = ? AND state = 'live' AND lease_until > ? AND distrusted_until < ?",
            feed_url,
            epoch_ms(now),
            epoch_ms(now),
        )
        return bool(found)

    def distrust(self, feed_url: str, now: datetime) -> None:
        """Note that a poll has found what the hub had not told: the feed is polled as ever for a day."""
        with self._transaction():
            self._connection.execute(
                "UPDATE subscriptions SET distrusted_until = ? WHERE feed_url = ?",
                (epoch_ms(now + _DISTRUST), feed_url),
            )

    def deliver(self, feed_url: str, content_type: str | None, body: bytes, now: datetime) -> bool:
        """Keep what a hub sent; durable on return. Return False when too much waits already."""
        with self._transaction():
            ((waiting,),) = self._rows("SELECT count(*) FROM deliveries WHERE feed_url = ?", feed_url)
            if int(waiting) >= MAX_WAITING:
                return False
            self._connection.execute(
                "INSERT INTO deliveries (feed_url, received_at, content_type, body) VALUES (?, ?, ?, ?)",
                (feed_url, epoch_ms(now), content_type, body),
            )
        return True

    def waiting(self) -> Sequence[str]:
        """Return the feeds for which something was delivered, the one that waits longest first."""
        rows = self._rows("SELECT feed_url FROM deliveries GROUP BY feed_url ORDER BY min(number)")
        return [feed_url for (feed_url,) in rows]

    def next_delivery(self, feed_url: str) -> Delivery | None:
        """Return the oldest delivery of a feed; it stays until `finished`."""
        rows = self._rows(
            "SELECT number, received_at, content_type, body FROM deliveries WHERE feed_url = ? ORDER BY number LIMIT 1",
            feed_url,
        )
        if not rows:
            return None
        number, received_at, content_type, body = rows[0]
        return Delivery(number, _time(received_at), content_type, body)

    def finished(self, numbers: Sequence[int]) -> None:
        """Forget deliveries whose articles were sent. Idempotent."""
        with self._transaction():
            self._connection.executemany("DELETE FROM deliveries WHERE number = ?", [(number,) for number in numbers])

    def counts(self) -> dict[str, int]:
        """Return how many subscriptions are in each state."""
        return {state: int(n) for state, n in self._rows("SELECT state, count(*) FROM subscriptions GROUP BY state")}


def _time(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _subscription(row: tuple[Any, ...]) -> Subscription:
    feed_url, token, secret, hub, topic, state, attempts, lease_until, reason = row
    return Subscription(feed_url, token, secret, hub, topic, state, attempts, _time(lease_until), reason)
