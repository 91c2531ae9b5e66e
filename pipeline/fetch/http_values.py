"""What a few HTTP headers say about time: Retry-After, Cache-Control, Expires, and dates.

Header → seconds or instant; hostile values give None. Pure.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MAX_RETRY_AFTER_S: Final = 2 * 86_400.0
"""Nobody is obeyed for longer: a mistake in a server's settings must not silence a feed."""
_MAX_AGE = re.compile(r"(?:^|[,\s])(?:s-maxage|max-age)\s{0,3}=\s{0,3}\"?(\d{1,10})", re.IGNORECASE)
_NOT_STORED = re.compile(r"(?:^|[,\s])(?:no-store|no-cache)(?:$|[,\s=])", re.IGNORECASE)


def parse_http_date(written: str | None) -> datetime | None:
    """Return the instant of an HTTP date (RFC 9110 section 5.6.7), None when it is none."""
    if not written or len(written) > 64:
        return None
    try:
        parsed = parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def parse_retry_after(written: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, at most `MAX_RETRY_AFTER_S`; None when it asks nothing.

    >>> parse_retry_after("120", datetime(2026, 1, 1, tzinfo=UTC)), parse_retry_after("soon", datetime(2026, 1, 1))
    (120.0, None)
    """
    if not written:
        return None
    written = written.strip()
    if written.isascii() and written.isdigit():
        return min(float(written[:12]), MAX_RETRY_AFTER_S)
    at = parse_http_date(written)
    if at is None:
        return None
    return min(max((at - now).total_seconds(), 0.0), MAX_RETRY_AFTER_S)


def parse_freshness(cache_control: str | None, expires: str | None, now: datetime) -> float | None:
    """Return for how many seconds an answer is said to stay fresh; None when nothing usable is said.

    >>> parse_freshness("public, max-age=300", None, datetime(2026, 1, 1, tzinfo=UTC))
    300.0
    """
    if cache_control:
        if _NOT_STORED.search(cache_control[:1000]):
            return None
        found = _MAX_AGE.search(cache_control[:1000])
        if found:
            return float(found[1])
    at = parse_http_date(expires)
    if at is None or at <= now:
        return None
    return (at - now).total_seconds()
