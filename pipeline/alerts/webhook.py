"""Telling a program by POST: one signed request, with the same rules for addresses as every other fetch.

Alert and address in, nothing out. No redirect is followed and no proxy of the environment used; the address is checked
before it is resolved, and again on the socket that is connected to. Imports aiohttp.
"""

import asyncio
import json
from typing import Final

import aiohttp

from pipeline.alerts.message import build_payload
from pipeline.alerts.signature import sign
from pipeline.clock import Clock
from pipeline.fetch.refusals import FetchRefused
from pipeline.fetch.resolver import Lookup, SafeResolver, checked_sockets
from pipeline.fetch.targets import TargetRules, check_target
from schemas.alert import Alert
from schemas.errors import ALERT_REFUSED, ConfigurationError, Rejected, Unavailable

CONNECT_S: Final = 5.0
TOTAL_S: Final = 15.0
MAX_ANSWER_BYTES: Final = 2048
"""Of the answer only the beginning is read, for the message when it refuses."""
_SHOWN_CHARS: Final = 200
_AGAIN: Final = frozenset({408, 409, 425, 429})


class WebhookSender:
    """Sends to webhooks. One event loop."""

    def __init__(
        self, rules: TargetRules, secret: str | None, clock: Clock, user_agent: str, *, lookup: Lookup | None = None
    ) -> None:
        """`lookup` asks name servers, instead of the system's way."""
        self._rules = rules
        self._secret = secret
        self._clock = clock
        self._user_agent = user_agent
        self._lookup = lookup

    async def send(self, alert: Alert, url: str) -> None:
        """Return when the receiver has answered with success.

        Raises:
            Rejected: `alert-refused`: it will never take this, or may not be asked.
            Unavailable: no answer, or one that says later.
            ConfigurationError: there is no secret to sign with.
        """
        if self._secret is None:
            msg = "webhooks are signed: set NEWSWIRE_ALERTS_SECRET (16 characters or more)"
            raise ConfigurationError(msg)
        body = json.dumps(build_payload(alert), ensure_ascii=False).encode()
        headers = sign(self._secret, alert.alert_id, self._clock.now(), body)
        try:
            target = check_target(url, self._rules)
            status, text = await self._post(str(target.url), body, headers)
        except FetchRefused as refused:
            raise Rejected(ALERT_REFUSED, refused.detail) from refused
        except TimeoutError as error:
            msg = f"the webhook did not answer within {TOTAL_S:.0f} s"
            raise Unavailable(msg) from error
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error.__cause__, FetchRefused):
                raise Rejected(ALERT_REFUSED, error.__cause__.detail) from error
            msg = f"the webhook cannot be reached: {type(error).__name__}: {error}"
            raise Unavailable(msg) from error
        _check_answer(status, text)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        loopback = self._rules.allow_loopback
        resolver = SafeResolver(allow_loopback=loopback, lookup=self._lookup)
        connector = aiohttp.TCPConnector(
            resolver=resolver, socket_factory=checked_sockets(allow_loopback=loopback), force_close=True
        )
        sent_headers = {**headers, "Content-Type": "application/json", "User-Agent": self._user_agent}
        try:
            async with (
                asyncio.timeout(TOTAL_S),
                aiohttp.ClientSession(
                    connector=connector,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    trust_env=False,
                    timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
                ) as session,
                session.post(url, data=body, headers=sent_headers, allow_redirects=False) as answer,
            ):
                return answer.status, (await answer.content.read(MAX_ANSWER_BYTES)).decode("utf-8", "replace")
        finally:
            await resolver.close()


def _check_answer(status: int, text: str) -> None:
    if 200 <= status < 300:
        return
    said = " ".join(text.split())[:_SHOWN_CHARS]
    message = f"the webhook answered {status}" + (f": {said}" if said else "")
    if 300 <= status < 400:
        raise Rejected(ALERT_REFUSED, f"{message}; redirects are not followed, give the address that it leads to")
    if 400 <= status < 500 and status not in _AGAIN:
        raise Rejected(ALERT_REFUSED, message)
    raise Unavailable(message)
