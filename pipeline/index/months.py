"""Which months are old enough to go. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pipeline.index.base import IndexUsage


def ended_before(usages: Sequence[IndexUsage], before: datetime) -> list[IndexUsage]:
    """Return the months that had ended by `before`, the newest first; the newest of all stays, however old it is.

    >>> months = [IndexUsage(month, month, 1, 1, True, True) for month in ("2026.03", "2026.02", "2026.01")]
    >>> [usage.month for usage in ended_before(months, datetime(2026, 2, 28, tzinfo=UTC))]
    ['2026.01']
    """
    newest_first = sorted(usages, key=lambda usage: usage.month, reverse=True)
    return [usage for usage in newest_first[1:] if usage.month < f"{before.astimezone(UTC):%Y.%m}"]
