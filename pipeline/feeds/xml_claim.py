"""What an XML feed says of itself: feedparser's `feed` → `FeedClaim`. Pure.

Of `ttl`, `skipHours` and `skipDays` feedparser keeps the first at most; they are read from the feed's head directly.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pipeline.feeds.characters import one_line
from pipeline.feeds.limits import MAX_TITLE_CHARS
from pipeline.feeds.links import first_url, links_of, page_link, resolve_url
from pipeline.feeds.xml_entry import fields_of, read_authors, read_categories
from schemas.feed import CloudClaim, FeedClaim, FeedForm

_HEAD_CHARS: Final = 64 * 1024
_HOUR = re.compile(r"<hour>\s{0,20}(\d{1,2})\s{0,20}</hour>", re.IGNORECASE)
_DAY = re.compile(r"<day>\s{0,20}([A-Za-z]{6,9})\s{0,20}</day>", re.IGNORECASE)
_COMPLETE = re.compile(r"<[\w.-]{1,40}:complete\s{0,20}/?>", re.IGNORECASE)
_NEW_ADDRESS = re.compile(r"<itunes:new-feed-url>\s{0,20}([^<>\s]{1,2000})\s{0,20}<", re.IGNORECASE)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS: Final = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_MAX_TTL_MINUTES: Final = 60 * 24 * 366
_RESERVED = re.compile(
    r"<(?:[\w.-]{1,40}:)?(?:reservation|tdm-reservation)\s{0,20}>\s{0,20}([01])\s{0,20}<", re.IGNORECASE
)
_NO_AI = re.compile(r"\bno-?(?:image)?ai\b", re.IGNORECASE)


def read_claim(parsed: Mapping[str, Any], form: FeedForm, url: str | None, text: str) -> FeedClaim:
    """Return the feed's statements; `text` is the cleaned document, `url` where it came from."""
    fields = fields_of(parsed)
    links = [fields_of(link) for link in fields.get("links") or ()]
    head = text[:_HEAD_CHARS]
    self_url = next(iter(links_of(links, "self", url)), None)
    new = _NEW_ADDRESS.search(head)
    image = fields_of(fields.get("image") or {})
    reserved = _RESERVED.search(head)
    return FeedClaim(
        form=form,
        title=one_line(fields.get("title"), MAX_TITLE_CHARS),
        description=one_line(fields.get("subtitle"), MAX_TITLE_CHARS) or one_line(fields.get("description")),
        site_url=page_link(links, url) or resolve_url(fields.get("link"), url),
        self_url=self_url,
        next_url=next(iter(links_of(links, "next", url)), None),
        archive_url=next(iter(links_of(links, "prev-archive", url)), None),
        moved_to=resolve_url(new[1], url) if new else None,
        topic_url=self_url,
        hubs=tuple(links_of(links, "hub", url))[:8],
        cloud=_read_cloud(fields),
        ttl_s=_read_ttl(fields.get("ttl")),
        update_period_s=_read_period(fields),
        skip_hours=tuple(sorted({int(hour) % 24 for hour in _HOUR.findall(head)})),
        skip_days=tuple(day for day in _DAYS if day in {found.lower() for found in _DAY.findall(head)}),
        expires=one_line(fields.get("expired"), 200),
        updated=one_line(fields.get("updated"), 200) or one_line(fields.get("published"), 200),
        language=one_line(fields.get("language"), 40),
        authors=read_authors(fields) or _publisher(fields),
        rights=one_line(fields.get("rights")),
        categories=read_categories(fields),
        generator=one_line(fields.get("generator")),
        image_url=first_url(image.get("href"), fields.get("logo"), fields.get("icon"), base=url),
        complete=_COMPLETE.search(head) is not None,
        tdm_reserved=reserved[1] == "1" if reserved else None,
        no_ai=True if _NO_AI.search(str(fields.get("robots") or "")) else None,
    )


def _publisher(fields: Mapping[str, Any]) -> tuple[str, ...]:
    name = one_line(fields.get("publisher"))
    return (name,) if name else ()


def _read_cloud(fields: Mapping[str, Any]) -> CloudClaim | None:
    cloud = fields_of(fields.get("cloud") or {})
    domain = one_line(cloud.get("domain"), 253)
    if domain is None:
        return None
    port = str(cloud.get("port") or "").strip()
    return CloudClaim(
        domain=domain,
        port=int(port) if port.isascii() and port.isdigit() and len(port) < 6 else None,
        path=one_line(cloud.get("path")),
        register_procedure=one_line(cloud.get("registerprocedure")),
        protocol=one_line(cloud.get("protocol"), 40),
    )


def _read_ttl(value: object) -> int | None:
    """Return RSS `ttl`, minutes, in seconds; nonsense is None."""
    text = str(value or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        return None
    minutes = int(text)
    return minutes * 60 if 0 < minutes <= _MAX_TTL_MINUTES else None


def _read_period(fields: Mapping[str, Any]) -> int | None:
    """Return the Syndication module's period divided by its frequency, in seconds."""
    period = _PERIODS.get(str(fields.get("sy_updateperiod") or "").strip().lower())
    if period is None:
        return None
    frequency = str(fields.get("sy_updatefrequency") or "1").strip()
    times = int(frequency) if frequency.isascii() and frequency.isdigit() and len(frequency) < 6 else 1
    return period // max(1, times)
