"""Entries → raw articles: which address, which id, what goes along as written. Pure; the clock's time is passed in.

The same entry gives the same id wherever and whenever it is read: by its page's canonical address; without a page, by
guid within its publisher; without a guid, by its content.
"""

from collections.abc import Iterator
from datetime import datetime

from pipeline.clock import epoch_ms
from pipeline.feeds.entry import Entry, Feed
from pipeline.sources.urls import article_id, canonical_url, domain_of
from schemas.article import Channel, FeedEntry, HttpFacts, RawArticle, SourceClaim
from schemas.feed import FeedClaim


def build_articles(
    feed: Feed,
    fetched_at: datetime,
    *,
    feed_url: str | None = None,
    channel: Channel = "feed",
    place: str | None = None,
) -> Iterator[RawArticle]:
    """Yield the articles of a feed in its order, each id once, without entries that have neither text nor address.

    Of entries with one id the first counts, which feeds put on top. `place` is where a person would look for the
    feed, its address by default.
    """
    seen: set[str] = set()
    for entry in feed.entries:
        if entry.is_empty:
            continue
        where = f"{place or feed_url or 'feed'}#{entry.position}" if place else feed_url
        article = build_article(entry, feed.claim, fetched_at, feed_url=feed_url, channel=channel, received_from=where)
        if article.article_id not in seen:
            seen.add(article.article_id)
            yield article


def build_article(
    entry: Entry,
    claim: FeedClaim,
    fetched_at: datetime,
    *,
    feed_url: str | None = None,
    channel: Channel = "feed",
    received_from: str | None = None,
) -> RawArticle:
    """Return the article of one entry; `content` is the best text that the entry offers (`Entry.has_full_text`).

    Raises:
        ValueError: `fetched_at` is naive.
    """
    canonical = canonical_url(entry.canonical_link) or canonical_url(entry.link)
    address = feed_url or claim.self_url
    domain = domain_of(canonical) or domain_of(claim.site_url) or domain_of(address)
    return RawArticle(
        article_id=article_id(canonical, domain or claim.title, entry.guid, _identity(entry)),
        version=epoch_ms(fetched_at),
        fetched_at=fetched_at,
        url=entry.link or entry.canonical_link,
        canonical_url=canonical,
        source=SourceClaim(domain=domain, feed_url=address, name=_publisher(entry, claim)),
        channel=channel,
        content=entry.content,
        content_type=entry.content_type,
        feed_entry=build_feed_entry(entry, claim),
        http=HttpFacts(),
        received_from=received_from,
    )


def build_feed_entry(entry: Entry, claim: FeedClaim) -> FeedEntry:
    """Return what an article carries of its entry, as written; rights and language are the feed's where it has none."""
    return FeedEntry(
        title=entry.title,
        summary=entry.summary,
        authors=entry.authors,
        published=entry.published,
        updated=entry.updated,
        categories=entry.categories,
        guid=entry.guid,
        rights=entry.rights or claim.rights,
        language=entry.language or claim.language,
        source=entry.source_name or entry.source_url,
        images=entry.images,
    )


def _identity(entry: Entry) -> str:
    """Return the text that stands for an entry without address and guid."""
    return f"{entry.title or ''}\x1f{entry.content}"


def _publisher(entry: Entry, claim: FeedClaim) -> str | None:
    """Return the publisher's name: the feed's title unless the page lies on another site, as in aggregators' feeds."""
    home, page = domain_of(claim.site_url or claim.self_url), domain_of(entry.link)
    if home and page and home != page:
        return entry.source_name
    return claim.title
