"""Why a fetch gave nothing: named reasons, and what each means for the next attempt.

Reason codes are kebab-case and stable: people filter feeds by them. Imports only `schemas`.
"""

from enum import StrEnum
from typing import Final

from schemas.errors import NewswireError


class Severity(StrEnum):
    """What to expect of the next attempt. A feed is slowed down by all of them, and given up by none."""

    TRANSIENT = "transient"
    """May be gone in a minute: no connection, a server in trouble, too many requests."""
    SOFT = "soft"
    """The server answered, with something that is of no use: too large, no feed, forbidden."""
    PERMANENT = "permanent"
    """Stays until somebody changes the feed or its address."""


class Reason(StrEnum):
    """Why nothing was fetched; beside these, `http-NNN` for an HTTP status."""

    BAD_URL = "bad-url"
    SCHEME_NOT_ALLOWED = "scheme-not-allowed"
    CREDENTIALS_IN_URL = "credentials-in-url"
    PORT_NOT_ALLOWED = "port-not-allowed"
    ADDRESS_NOT_CANONICAL = "address-not-canonical"
    ADDRESS_UNSPECIFIED = "address-unspecified"
    ADDRESS_LOOPBACK = "address-loopback"
    ADDRESS_METADATA = "address-metadata"
    ADDRESS_LINK_LOCAL = "address-link-local"
    ADDRESS_PRIVATE = "address-private"
    ADDRESS_SHARED = "address-shared"
    ADDRESS_TRANSLATED = "address-translated"
    ADDRESS_DOCUMENTATION = "address-documentation"
    ADDRESS_MULTICAST = "address-multicast"
    ADDRESS_RESERVED = "address-reserved"
    TOO_MANY_REDIRECTS = "too-many-redirects"
    REDIRECT_LOOP = "redirect-loop"
    REDIRECT_WITHOUT_TARGET = "redirect-without-target"
    HEADERS_TOO_LARGE = "headers-too-large"
    TOO_LARGE_ON_WIRE = "too-large-on-wire"
    TOO_LARGE_DECODED = "too-large-decoded"
    BAD_ENCODING = "bad-encoding"
    ENCODING_NOT_SUPPORTED = "encoding-not-supported"
    PROTOCOL_ERROR = "protocol-error"
    TLS_FAILED = "tls-failed"
    ROBOTS_DISALLOWED = "robots-disallowed"
    NOT_A_FEED = "not-a-feed"
    EMPTY_BODY = "empty-body"
    DNS_FAILED = "dns-failed"
    CONNECT_FAILED = "connect-failed"
    CONNECT_TIMEOUT = "connect-timeout"
    FIRST_BYTE_TIMEOUT = "first-byte-timeout"
    TOTAL_TIMEOUT = "total-timeout"
    DISCONNECTED = "disconnected"
    INCOMPLETE_BODY = "incomplete-body"
    HOST_ASKED_TO_WAIT = "host-asked-to-wait"
    ROBOTS_UNREACHABLE = "robots-unreachable"


_PERMANENT: Final = frozenset(
    {
        Reason.BAD_URL,
        Reason.SCHEME_NOT_ALLOWED,
        Reason.CREDENTIALS_IN_URL,
        Reason.PORT_NOT_ALLOWED,
        Reason.ADDRESS_NOT_CANONICAL,
        Reason.ADDRESS_UNSPECIFIED,
        Reason.ADDRESS_LOOPBACK,
        Reason.ADDRESS_METADATA,
        Reason.ADDRESS_LINK_LOCAL,
        Reason.ADDRESS_PRIVATE,
        Reason.ADDRESS_SHARED,
        Reason.ADDRESS_TRANSLATED,
        Reason.ADDRESS_DOCUMENTATION,
        Reason.ADDRESS_MULTICAST,
        Reason.ADDRESS_RESERVED,
        "http-404",
        "http-410",
        "http-451",
    }
)
_TRANSIENT: Final = frozenset(
    {
        Reason.DNS_FAILED,
        Reason.CONNECT_FAILED,
        Reason.CONNECT_TIMEOUT,
        Reason.FIRST_BYTE_TIMEOUT,
        Reason.TOTAL_TIMEOUT,
        Reason.DISCONNECTED,
        Reason.INCOMPLETE_BODY,
        Reason.HOST_ASKED_TO_WAIT,
        Reason.ROBOTS_UNREACHABLE,
        "http-408",
        "http-425",
        "http-429",
    }
)


def severity_of(reason: str) -> Severity:
    """Return how a reason is to be taken. Unlisted statuses: 5xx transient, all others soft.

    >>> severity_of("http-503").value, severity_of("http-418").value, severity_of("address-private").value
    ('transient', 'soft', 'permanent')
    """
    if reason in _PERMANENT:
        return Severity.PERMANENT
    if reason in _TRANSIENT or reason.startswith("http-5"):
        return Severity.TRANSIENT
    return Severity.SOFT


class FetchRefused(NewswireError):
    """Nothing was fetched, for one named reason.

    `detail` is one sentence for a person; `retry_after_s` what the server asked for, None when it asked for nothing.
    """

    def __init__(self, reason: str, detail: str, *, retry_after_s: float | None = None) -> None:
        if reason not in Reason.__members__.values() and not reason.startswith("http-"):
            msg = f"unknown reason code {reason!r}"
            raise ValueError(msg)
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.retry_after_s = retry_after_s

    @property
    def severity(self) -> Severity:
        """What to expect of the next attempt."""
        return severity_of(self.reason)
