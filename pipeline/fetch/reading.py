"""A feed's bytes → what it says of itself, and its entries as raw articles. Joins `feeds` and the article record.

Pure. Entries keep their order; each has what tells it within its feed.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pipeline.feeds.ai_signals import signals_of_headers
from pipeline.feeds.articles import build_article
from pipeline.feeds.entry import Feed
from pipeline.feeds.feed import read_feed
from pipeline.feeds.sitemap import is_sitemap, read_sitemap
from pipeline.fetch.answers import Fetched
from pipeline.fetch.feed_state import FeedState
from pipeline.fetch.refusals import FetchRefused, Reason
from pipeline.websub.protocol import find_links
from schemas.article import Channel, RawArticle
from schemas.errors import Rejected

_KEY_BYTES: Final = 12
_DIGEST_BYTES: Final = 8
_SITEMAP_START_BYTES: Final = 20_000
_TAG = re.compile(r"<[^<>]{0,4000}>")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class ReadItem:
    """One entry. `key` tells it within its feed, `digest` what it says; dates do not count, many feeds renew them."""

    article: RawArticle
    key: bytes
    digest: bytes
    has_full_text: bool
    word_count: int

    @property
    def link_id(self) -> bytes:
        """The article id that the entry alone gives."""
        return bytes.fromhex(self.article.article_id)


def parse_feed(fetched: Fetched) -> Feed:
    """Return what an answer holds: a feed or a sitemap. What the server's headers say about machines is added.

    Raises:
        FetchRefused: `not-a-feed`.
    """
    try:
        if is_sitemap(fetched.body[:_SITEMAP_START_BYTES].decode("utf-8", "replace")):
            read = read_sitemap(fetched.body, url=fetched.final_url, content_type=fetched.content_type).feed
        else:
            read = read_feed(fetched.body, url=fetched.final_url, content_type=fetched.content_type)
    except Rejected as rejected:
        raise FetchRefused(Reason.NOT_A_FEED, rejected.detail) from rejected
    signals = signals_of_headers(fetched.headers)
    changes: dict[str, object] = {"no_ai": True} if signals.no_training else {}
    if signals.tdm_reserved is not None and read.claim.tdm_reserved is None:
        changes["tdm_reserved"] = signals.tdm_reserved
    hubs, topic = find_links(fetched.headers.get("link"), fetched.final_url)
    if hubs:  # the header comes before what the document says (WebSub, section 4)
        changes |= {"hubs": hubs, "topic_url": topic or read.claim.topic_url}
    return replace(read, claim=read.claim.model_copy(update=changes)) if changes else read


def read_items(read: Feed, feed: FeedState, at: datetime) -> list[ReadItem]:
    """Return the entries of a feed as articles, each once, in the feed's order."""
    guids = Counter(entry.guid for entry in read.entries if entry.guid)
    items: dict[bytes, ReadItem] = {}
    channel: Channel = "sitemap" if read.claim.form.startswith("sitemap") else "feed"
    for entry in read.entries:
        if entry.is_empty:
            continue
        article = build_article(
            entry, read.claim, at, feed_url=feed.given_url, channel=channel, received_from=feed.given_url
        )
        # Feeds exist in which every entry has the same guid.
        guid = entry.guid if entry.guid and guids[entry.guid] == 1 else None
        text = _TAG.sub(" ", entry.content)
        key = item_key(guid, article.article_id)
        digest = _hash(f"{entry.title}\x1f{' '.join(text.split())}", _DIGEST_BYTES)
        words = len(_WORD.findall(text))
        items.setdefault(key, ReadItem(article, key, digest, entry.has_full_text, words))
    return list(items.values())


def item_key(guid: str | None, id_: str) -> bytes:
    """Return what tells an entry within its feed: its guid where that is unique, else its article id."""
    return _hash(f"guid\x1f{guid}" if guid else f"id\x1f{id_}", _KEY_BYTES)


def _hash(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()
