"""From chosen entries to the articles that are sent: with their page where it is wanted, under the right id.

`Selection` → `Chosen`. An entry whose page cannot be had now waits for the next polls, and is then sent as it is.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Final

from pipeline.fetch.feed_state import FeedState
from pipeline.fetch.known_items import KnownItems
from pipeline.fetch.outcome import KnownItem
from pipeline.fetch.pages import FullText, PageFetcher
from pipeline.fetch.refusals import FetchRefused, Severity
from pipeline.fetch.selection import Candidate, Selection
from schemas.article import RawArticle

PAGE_ATTEMPTS: Final = 3


@dataclass(slots=True)
class Chosen:
    """What is sent, and what is to be remembered with it. `owned` maps ids to article ids; `postponed` counts."""

    articles: list[RawArticle] = field(default_factory=list)
    items: list[KnownItem] = field(default_factory=list)
    owned: dict[bytes, bytes] = field(default_factory=dict)
    sightings: int = 0
    postponed: int = 0
    pages: int = 0
    pages_failed: int = 0


async def choose_articles(
    selection: Selection,
    feed: FeedState,
    pages: PageFetcher,
    full_text: FullText,
    known: KnownItems,
    claims: MutableMapping[bytes, tuple[bytes, int]],
) -> Chosen:
    """Return the articles of the candidates, in their order.

    `claims` gains the ids that pages bring; an article that another feed has by then is only noted.
    """
    chosen = Chosen()
    for candidate in selection.candidates:
        article = candidate.item.article
        if full_text.is_wanted(candidate.item, feed.full_text):
            try:
                article = await pages.fetch(article)
                chosen.pages += 1
            except FetchRefused as refused:
                chosen.pages_failed += 1
                if refused.severity is Severity.TRANSIENT and _may_wait(chosen, candidate):
                    continue
        _take(chosen, candidate, article, feed.id, known, claims)
    return chosen


def _may_wait(chosen: Chosen, candidate: Candidate) -> bool:
    """Postpone an entry whose page may be had later; return False when it has waited often enough."""
    before = candidate.known
    attempts = (before.attempts if before else 0) + 1
    if attempts >= PAGE_ATTEMPTS:
        return False
    item = candidate.item
    if candidate.is_update and before:
        chosen.items.append(KnownItem(item.key, before.article_id, before.digest, before.versions, attempts))
    else:
        chosen.items.append(KnownItem(item.key, item.link_id, item.digest, 0, attempts))
    chosen.postponed += 1
    return True


def _take(
    chosen: Chosen,
    candidate: Candidate,
    article: RawArticle,
    feed_id: int,
    known: KnownItems,
    claims: MutableMapping[bytes, tuple[bytes, int]],
) -> None:
    item, before = candidate.item, candidate.known
    if candidate.is_update and before:
        # A new version of the article, whatever address it has by now.
        article = article.model_copy(update={"article_id": before.article_id.hex()})
        chosen.articles.append(article)
        chosen.items.append(KnownItem(item.key, before.article_id, item.digest, before.versions + 1))
        chosen.owned[item.link_id] = before.article_id
        return
    id_ = bytes.fromhex(article.article_id)
    owner = claims.get(id_) or known.owners([id_]).get(id_)
    if owner and id_ != item.link_id:
        # The page's own address is that of an article that is known: another feed's, or this one's under another link.
        versions = 1 if owner[1] == feed_id else 0
        chosen.items.append(KnownItem(item.key, owner[0], item.digest, versions))
        chosen.owned[item.link_id] = owner[0]
        chosen.sightings += 1
        return
    claims[id_] = (id_, feed_id)
    chosen.articles.append(article)
    chosen.items.append(KnownItem(item.key, id_, item.digest, 1))
    chosen.owned |= {item.link_id: id_, id_: id_}
