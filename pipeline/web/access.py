"""Who may come in: host names, tokens, the proxy's word, and requests forged by other sites. Pure.

Settings and a request's headers in, a refusal or None out.
"""

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pipeline.settings import Settings
from schemas.errors import ConfigurationError

_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_ANY: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_TARGET_CHARS: Final = 16_384
"""Path and query: the longest query of the language, encoded, and all facets selected."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered; `headers` go with it."""

    status: int
    reason: str
    message: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """The rules of one server. `names` are the hosts that it answers to; None of a token or header asks for nothing."""

    names: frozenset[str]
    token: str | None
    proxy_header: str | None

    @classmethod
    def build(cls, settings: Settings, host: str) -> "Access":
        """Return the rules for listening on `host`.

        Raises:
            ConfigurationError: beyond loopback without a token or a proxy's header, or without a name to answer to.
        """
        named = {name.strip().lower() for name in settings.web_names.split(",") if name.strip()}
        if not is_loopback(host):
            if not settings.web_token and not settings.web_proxy_header:
                msg = (
                    f"listening on {host} lets others in: set NEWSWIRE_WEB_TOKEN (16 characters or more), or "
                    "NEWSWIRE_WEB_PROXY_HEADER when a reverse proxy authenticates its users"
                )
                raise ConfigurationError(msg)
            if host in _ANY and not named:
                msg = (
                    f"listening on {host}: set NEWSWIRE_WEB_NAMES to the host names people use, as in news.example.org"
                )
                raise ConfigurationError(msg)
        own = set() if host in _ANY else {host.lower()}
        if settings.websub_callback:
            own.add(host_name(urlsplit(settings.websub_callback).netloc))  # what hubs call it
        return cls(frozenset(named | own | _LOOPBACK_NAMES), settings.web_token, settings.web_proxy_header)

    def refuse(self, method: str, target: str, headers: Mapping[str, str], *, public: bool) -> Refusal | None:
        """Return why the request is refused. `headers` by lower-case name; `public` needs neither token nor proxy."""
        host = headers.get("host", "")
        if host_name(host) not in self.names:
            return Refusal(421, "unknown-host", "this server does not answer to that host name (NEWSWIRE_WEB_NAMES)")
        if len(target) > MAX_TARGET_CHARS:
            return Refusal(414, "too-large", f"the address is longer than {MAX_TARGET_CHARS:,} characters")
        if method not in _SAFE_METHODS and is_forged(headers):
            return Refusal(403, "cross-site", "another site's page may not write here")
        if public or self._is_let_in(headers):
            return None
        ask = ("WWW-Authenticate", 'Basic realm="newswire", charset="UTF-8"')
        return Refusal(401, "no-token", "this server asks for a token: any user name, the token as password", (ask,))

    def client(self, address: str, headers: Mapping[str, str]) -> str:
        """Return whom to count a request for: the proxy's user, else the address."""
        return headers.get(self.proxy_header.lower(), address) if self.proxy_header else address

    def _is_let_in(self, headers: Mapping[str, str]) -> bool:
        if self.token is None and self.proxy_header is None:
            return True
        if self.proxy_header is not None and headers.get(self.proxy_header.lower(), "").strip():
            return True
        return self.token is not None and has_token(headers.get("authorization", ""), self.token, basic=True)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_name(host: str) -> str:
    """Return the name in a Host header, without the port.

    >>> host_name("[::1]:80"), host_name("News.example:80")
    ('::1', 'news.example')
    """
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def is_forged(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that another site's page sent this; programs send neither header."""
    fetched_from = headers.get("sec-fetch-site")
    if fetched_from is not None:
        return fetched_from not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def has_token(authorization: str, token: str, *, basic: bool = False) -> bool:
    """Whether an Authorization header holds the token: as Bearer, or with `basic` also as a password."""
    scheme, _, value = authorization.partition(" ")
    given = value.strip()
    if basic and scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())
