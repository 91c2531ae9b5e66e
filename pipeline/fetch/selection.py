"""Which entries of a feed are new, changed, old, or another feed's: decided from what is known. Pure.

Entries and memory → what to send and what to remember.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from pipeline.fetch.outcome import KnownItem
from pipeline.fetch.reading import ReadItem

MAX_VERSIONS: Final = 10
"""An entry that has changed this often changes by itself (counters, random links): no more versions of it are sent."""
MAX_ITEMS: Final = 100
"""New articles of one poll; the rest waits for the next."""
_OLDEST: Final = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry to send: new when `known` is None or was never sent, else a new version of what is known."""

    item: ReadItem
    known: KnownItem | None = None

    @property
    def is_update(self) -> bool:
        """Whether the article was sent before."""
        return self.known is not None and self.known.versions > 0


@dataclass(slots=True)
class Selection:
    """What a poll found. `noted` needs no sending; `sightings` counts what other feeds have sent; `has_more`: cut."""

    candidates: list[Candidate] = field(default_factory=list)
    noted: list[KnownItem] = field(default_factory=list)
    sightings: int = 0
    has_more: bool = False


def select_items(
    items: Sequence[ReadItem],
    known: Mapping[bytes, KnownItem],
    owners: Mapping[bytes, tuple[bytes, int]],
    feed_id: int,
    *,
    first_items: int | None,
) -> Selection:
    """Decide for each entry.

    Args:
        items: the entries, in the feed's order.
        known: what is known of this feed, by key.
        owners: article id and feed of each known article, by the ids under which it may come.
        feed_id: this feed.
        first_items: at a first poll, how many of the newest are sent; None later.
    """
    selection = Selection()
    for item in items:
        before = known.get(item.key)
        if before is None:
            _select_unknown(selection, item, owners.get(item.link_id), feed_id)
        elif before.versions == 0:
            if before.attempts:
                selection.candidates.append(Candidate(item, before))
        elif before.digest != item.digest:
            if before.digest and before.versions < MAX_VERSIONS:
                selection.candidates.append(Candidate(item, before))
            else:
                selection.noted.append(_remember(item, before.article_id, before.versions))
    _limit(selection, MAX_ITEMS if first_items is None else first_items, is_first=first_items is not None)
    return selection


def published_at(item: ReadItem) -> datetime | None:
    """Return when the entry says it was published, for comparing entries of one feed; None when it cannot be read."""
    written = item.article.feed_entry.published or item.article.feed_entry.updated
    if not written or len(written) > 64:
        return None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            parsed = parse(written.strip())
            return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def _select_unknown(selection: Selection, item: ReadItem, owner: tuple[bytes, int] | None, feed_id: int) -> None:
    if owner is None:
        selection.candidates.append(Candidate(item))
    elif owner[1] == feed_id:
        # The same article under another guid: known, and its next change is a new version.
        selection.noted.append(_remember(item, owner[0], 1))
    else:
        selection.noted.append(_remember(item, owner[0], 0))
        selection.sightings += 1


def _limit(selection: Selection, limit: int, *, is_first: bool) -> None:
    if len(selection.candidates) <= limit:
        return
    if not is_first:
        selection.candidates, selection.has_more = selection.candidates[:limit], True
        return
    # sorted() keeps the feed's order among entries without dates; most feeds begin with the newest.
    ranked = sorted(selection.candidates, key=lambda one: published_at(one.item) or _OLDEST, reverse=True)
    chosen = {one.item.key for one in ranked[:limit]}
    old = [one.item for one in selection.candidates if one.item.key not in chosen]
    selection.noted += [_remember(item, item.link_id, 0) for item in old]
    selection.candidates = [one for one in selection.candidates if one.item.key in chosen]


def _remember(item: ReadItem, article_id: bytes, versions: int) -> KnownItem:
    return KnownItem(item.key, article_id, item.digest, versions)
