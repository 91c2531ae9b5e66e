"""What a URL asks of us before anything is resolved: scheme, host, port, credentials.

URL → `Target`, or `FetchRefused`. The very object that was checked is the one that is requested, so that no second
parser can read the address differently. Imports yarl.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from yarl import URL

from pipeline.fetch.addresses import refuse_address
from pipeline.fetch.refusals import FetchRefused, Reason

MAX_URL_CHARS: Final = 4096
DEFAULT_PORTS: Final = frozenset({80, 443, 8080, 8443})
# What programs read as a number: 127.1, 0x7f000001, 2130706433, 0177.0.0.1. A host name never ends in a number.
_NUMERIC_TAIL = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,62})", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class TargetRules:
    """What may be asked for. Loopback is for tests: then its addresses are open, on every port."""

    ports: frozenset[int] = DEFAULT_PORTS
    allow_loopback: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be resolved. `host` is in lower case, ASCII, without brackets."""

    url: URL
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one robots.txt speaks for."""
        return str(self.url.origin())


def check_target(url: str, rules: TargetRules) -> Target:
    """Return what is to be requested, its fragment removed.

    Raises:
        FetchRefused: `bad-url`, `scheme-not-allowed`, `credentials-in-url`, `port-not-allowed`, or for an address in
            place of a name any of the `address-…` reasons.
    """
    parsed = _parse(url)
    if parsed.scheme not in {"http", "https"}:
        raise FetchRefused(
            Reason.SCHEME_NOT_ALLOWED, f"only http and https are fetched, not {parsed.scheme or 'nothing'}:"
        )
    if parsed.user is not None or parsed.password is not None or "@" in parsed.raw_authority:
        raise FetchRefused(Reason.CREDENTIALS_IN_URL, "an address with a user or a password is not fetched")
    host = (parsed.raw_host or "").lower().rstrip(".")
    port = parsed.port
    if not host or port is None or port == 0:
        raise FetchRefused(Reason.BAD_URL, f"{url[:200]!r} names no host and port")
    loopback = _check_host(host, rules)
    if port not in rules.ports and not loopback:
        raise FetchRefused(
            Reason.PORT_NOT_ALLOWED, f"port {port} is not one of {_named(rules.ports)} (setting fetch_ports)"
        )
    return Target(parsed.with_fragment(None), host, port)


def _parse(url: str) -> URL:
    if len(url) > MAX_URL_CHARS:
        raise FetchRefused(Reason.BAD_URL, f"the address has {len(url):,} characters, more than {MAX_URL_CHARS:,}")
    written = url.strip()
    authority = written.partition("://")[2].partition("/")[0]
    if not written or _UNSAFE.search(authority):
        raise FetchRefused(Reason.BAD_URL, f"{url[:200]!r} is no address: blanks or a backslash in its host")
    try:
        parsed = URL(written)
        _ = parsed.port, parsed.raw_host  # both are parsed late
    except (ValueError, TypeError) as error:
        raise FetchRefused(Reason.BAD_URL, f"{url[:200]!r} is no address: {error}") from error
    return parsed


def _check_host(host: str, rules: TargetRules) -> bool:
    """Refuse what is no name and no open address; return whether it is an open loopback address."""
    if ":" in host or _is_ipv4(host):
        reason = refuse_address(host, allow_loopback=rules.allow_loopback)
        if reason:
            raise FetchRefused(reason, f"{host} is not an address of the public internet")
        return refuse_address(host) == Reason.ADDRESS_LOOPBACK
    labels = host.split(".")
    if _NUMERIC_TAIL.fullmatch(labels[-1]):
        raise FetchRefused(Reason.ADDRESS_NOT_CANONICAL, f"{host} is a number in place of a name")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise FetchRefused(Reason.BAD_URL, f"{host[:200]!r} is no host name")
    return rules.allow_loopback and labels[-1] == "localhost"


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _named(ports: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(ports)))
