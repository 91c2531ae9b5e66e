"""Full text: fetches the page of an entry that is only a teaser, and makes the article from it.

Article of an entry → article with the page as its content. The page's canonical address makes the id.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pipeline.clock import Clock, epoch_ms
from pipeline.fetch.answers import Fetched, FetchRequest
from pipeline.fetch.client import Fetcher
from pipeline.fetch.reading import ReadItem
from pipeline.fetch.refusals import FetchRefused, Reason
from pipeline.fetch.robots import RobotsGuard
from pipeline.producers.decoding import decode_page, is_binary
from pipeline.producers.html_head import identify_page
from pipeline.producers.record_keys import clean
from pipeline.sources.urls import article_id, canonical_url, domain_of
from schemas.article import HttpFacts, RawArticle

_ACCEPT: Final = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"
MAX_PAGE_BYTES: Final = 1_900_000
"""As UTF-8. A larger one would not fit the raw topic (2 MiB): then the entry's own text is sent."""
_HTML_TYPES: Final = ("text/html", "application/xhtml+xml", "text/plain", "")


@dataclass(frozen=True, slots=True)
class FullText:
    """When pages are fetched: `auto` for teasers, entries that the reader calls one or with fewer words."""

    choice: str = "auto"
    teaser_words: int = 120

    def is_wanted(self, item: ReadItem, choice: str | None) -> bool:
        """Return whether the page of an entry is to be fetched; `choice` is the feed's own."""
        if item.article.url is None:
            return False
        match choice or self.choice:
            case "always":
                return True
            case "auto":
                return not item.has_full_text or item.word_count < self.teaser_words
        return False


class PageFetcher:
    """Fetches pages as robots.txt allows."""

    def __init__(self, fetcher: Fetcher, robots: RobotsGuard, clock: Clock) -> None:
        self._fetcher = fetcher
        self._robots = robots
        self._clock = clock

    async def fetch(self, article: RawArticle) -> RawArticle:
        """Return the article with its page as content.

        Raises:
            FetchRefused: the page cannot be had, may not be had, or is no page of words.
        """
        url = article.url or ""
        await self._robots.check(url)
        answer = await self._fetcher.fetch(FetchRequest(url, _ACCEPT))
        return article_of_page(article, answer, self._clock)


def article_of_page(article: RawArticle, answer: Fetched, clock: Clock) -> RawArticle:
    """Return the article with the fetched page as its content, under the id of the page's canonical address.

    Raises:
        FetchRefused: `empty-body`, or `too-large-decoded` for the topic.
    """
    kind = (answer.content_type or "").partition(";")[0].strip().lower()
    if not answer.body.strip() or kind not in _HTML_TYPES or is_binary(answer.body):
        raise FetchRefused(Reason.EMPTY_BODY, f"there is no page of words at {answer.final_url[:200]}")
    page = clean(decode_page(answer.body))
    if len(page.encode()) > MAX_PAGE_BYTES:
        raise FetchRefused(Reason.TOO_LARGE_DECODED, f"the page is larger than {MAX_PAGE_BYTES:,} bytes")
    canonical = _canonical(page, answer.final_url) or article.canonical_url
    now = clock.now()
    return article.model_copy(
        update={
            "article_id": article_id(canonical) if canonical else article.article_id,
            "canonical_url": canonical,
            "version": epoch_ms(now),
            "fetched_at": now,
            "content": page,
            "content_type": "html",
            "http": HttpFacts(
                status=answer.status,
                final_url=answer.final_url,
                etag=answer.headers.get("etag"),
                last_modified=answer.headers.get("last-modified"),
                content_language=answer.headers.get("content-language"),
            ),
        }
    )


def _canonical(page: str, final_url: str) -> str | None:
    """Return the page's address for its id: what it says of itself, if that is of the same site and no front page."""
    own = canonical_url(final_url)
    said = identify_page(page).canonical
    if said is None or domain_of(said) != domain_of(own):
        return own
    # Some sites give the front page as the canonical address of every article.
    if urlsplit(said).path in {"", "/"} and own and urlsplit(own).path not in {"", "/"}:
        return own
    return said
