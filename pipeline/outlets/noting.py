"""What polled feeds say of their outlets → claims in the file of listed outlets: unknown domains become provisional.

A feed's own title, language and country are its claims; where it gives no language, its articles are the evidence. Fed
by `producers.feeds` before the articles are sent, so that they are enriched with it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from pipeline.fetch.feed_state import FeedState
from pipeline.fetch.outcome import PollOutcome
from pipeline.outlets.store import OutletStore
from pipeline.sources.countries import find_country
from pipeline.sources.domains import parent_hosts
from pipeline.sources.merge import FEEDS, FEEDS_TRUST, TEXTS, TEXTS_TRUST
from pipeline.sources.registry import SourceRegistry
from pipeline.sources.urls import host_of
from schemas.article import RawArticle
from schemas.source import OutletClaim

Identify = Callable[[str], str | None]
"""Text → the language that it is in (ISO 639-1), None where that cannot be told."""
_SAMPLE_CHARS: Final = 1000
_MAX_NAME_CHARS: Final = 200


class OutletNotes:
    """Notes what feeds say, each feed once a run; a note that is there already is not written again.

    Args:
        store: the file, of one thread.
        registry: whose own outlets need no note.
        identify: tells the language of articles whose feed says none.
    """

    def __init__(self, store: OutletStore, registry: SourceRegistry, identify: Identify) -> None:
        self._store = store
        self._known = {domain for source in registry.sources for domain in source.domains}
        self._identify = identify
        self._noted: set[int] = set()

    def wants(self, outcome: PollOutcome) -> bool:
        """Whether the outcome may say something new of an outlet."""
        return outcome.feed_id not in self._noted and bool(outcome.changes.get("claim"))

    def note(self, found: Iterable[tuple[FeedState, PollOutcome]]) -> None:
        """Note what these feeds say of themselves. Idempotent.

        Raises:
            Unavailable: the file is busy; nothing was noted, call again.
        """
        said: dict[str, list[OutletClaim]] = {FEEDS: [], TEXTS: []}
        ids = set()
        for feed, outcome in found:
            ids.add(feed.id)
            claim = claim_of_feed(feed, outcome.changes)
            if claim is None or self._known.intersection(parent_hosts(claim.domain)):
                continue
            said[FEEDS].append(claim)
            if claim.language is None and (language := self._identify(_sample(outcome.articles))):
                said[TEXTS].append(
                    OutletClaim(list_name=TEXTS, place=claim.place, domain=claim.domain, language=language)
                )
        for (list_name, claims), trust in zip(said.items(), (FEEDS_TRUST, TEXTS_TRUST), strict=True):
            if claims:
                self._store.put_claims(claims, list_name, trust)
        self._noted |= ids

    def close(self) -> None:
        """Close the file."""
        self._store.close()


def claim_of_feed(feed: FeedState, changes: Mapping[str, Any]) -> OutletClaim | None:
    """Return what a feed says of the outlet at whose site it points; `changes` are those of its poll.

    None for a feed that names no site, unless it lies on the site itself: a service that serves feeds is no outlet.
    """
    said = {name: changes.get(name) or getattr(feed, name) for name in ("title", "site_url", "language", "country")}
    host = host_of(said["site_url"]) or host_of(feed.given_url)
    hosts = parent_hosts(host) if host else []
    if not hosts:
        return None
    language = (said["language"] or "").partition("-")[0].partition("_")[0].lower()
    return OutletClaim(
        list_name=FEEDS,
        place=feed.given_url,
        domain=hosts[-1],
        name=" ".join((said["title"] or "").split())[:_MAX_NAME_CHARS] or None,
        language=language if len(language) == 2 and language.isalpha() else None,
        country=find_country(said["country"]),
    )


def _sample(articles: Sequence[RawArticle]) -> str:
    """Return titles and summaries: enough to tell a language, without the markup of whole texts."""
    texts = (text for one in articles for text in (one.feed_entry.title, one.feed_entry.summary) if text)
    sample = ""
    for text in texts:
        sample += text[:300] + "\n"
        if len(sample) > _SAMPLE_CHARS:
            break
    return sample[:_SAMPLE_CHARS]
