"""Cursors for deep paging: opaque text that belongs to one query and carries its origin time. Pure."""

import base64
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final

from schemas.errors import BAD_INPUT, Rejected
from schemas.query import SearchQuery

MAX_CURSOR_CHARS: Final = 500
_DAMAGED: Final = "the cursor is damaged; leave it out to begin again"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended, in terms whose meaning the index knows; `name` is at most an article's id."""

    key: int
    offset: int = 0
    name: str = ""


def encode_cursor(query: SearchQuery, place: Place) -> str:
    """Return the cursor that continues `query` after `place`."""
    content = [_digest(query), query.now.astimezone(UTC).isoformat(), place.key, place.offset, place.name]
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(query: SearchQuery) -> Place | None:
    """Return where the page before ended, None for the first page.

    Raises:
        Rejected: `bad-input` when the cursor is damaged or belongs to another query.
    """
    if query.cursor is None:
        return None
    digest, _, place = _read(query.cursor)
    if digest != _digest(query):
        raise Rejected(BAD_INPUT, "the cursor belongs to another search; leave it out to begin again")
    return place


def origin_of(cursor: str) -> datetime:
    """Return the `now` of the search that the cursor continues: parse the text with it, so that it is the same query.

    Raises:
        Rejected: `bad-input` when the cursor is damaged.
    """
    return _read(cursor)[1]


def _read(cursor: str) -> tuple[str, datetime, Place]:
    try:
        raw = base64.urlsafe_b64decode(cursor[:MAX_CURSOR_CHARS].encode("ascii") + b"=" * (-len(cursor) % 4))
        digest, origin, key, offset, name = json.loads(raw)
        moment = datetime.fromisoformat(origin)
    except (ValueError, TypeError, RecursionError) as error:
        raise Rejected(BAD_INPUT, _DAMAGED) from error
    if moment.tzinfo is None or not (
        isinstance(key, int) and isinstance(offset, int) and max(abs(key), offset) < 2**63
    ):
        raise Rejected(BAD_INPUT, _DAMAGED)
    return str(digest), moment, Place(key, max(0, offset), str(name))


def _digest(query: SearchQuery) -> str:
    """Digest of what decides the order and the set of hits; page size and facets may change between pages."""
    plain = SearchQuery(now=query.now.astimezone(UTC))
    same = replace(
        plain,
        expression=query.expression,
        filters=query.filters,
        since=query.since,
        until=query.until,
        sort=query.sort,
        collapse=query.collapse,
        withdrawn=query.withdrawn,
    )
    return blake2b(repr(same).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()
