"""A feed's bytes → what it says of itself, and its entries as raw articles. Joins `feeds` and the article record.

Pure. Entries keep their order; each has what tells it within its feed.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.feeds.articles import build_article
from pipeline.feeds.entry import Feed
from pipeline.fetch.feed_state import FeedState
from schemas.article import Channel, RawArticle

_KEY_BYTES: Final = 12
_DIGEST_BYTES: Final = 8
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
