"""Real articles to measure with, read from the evaluation data beside the checkout. Nothing of it is kept."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from pipeline.producers.files import read_path
from schemas.article import RawArticle

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
WEB = "articles_allsides.jsonl.gz"
PAGES = "html_scrapinghub.jsonl.gz"
WIRE = "articles_reuters21578.jsonl.gz"


def read_articles(name: str, limit: int | None = None) -> Iterator[RawArticle]:
    """Yield the articles of one data file, in file order."""
    path = DATA / name
    if not path.is_file():
        msg = f"{path} is missing: the benchmarks need the evaluation data"
        raise SystemExit(msg)
    articles = (item for item in read_path(path, "auto") if isinstance(item, RawArticle))
    return islice(articles, limit)


def read_distinct(names: Iterable[str], limit: int | None = None) -> Iterator[RawArticle]:
    """Yield the articles of data files, each once: some stand there twice under one address, as one in the index."""
    seen: set[str] = set()
    for name in names:
        for article in read_articles(name):
            if limit is not None and len(seen) == limit:
                return
            if article.article_id not in seen:
                seen.add(article.article_id)
                yield article


def mixed_articles(count: int) -> list[RawArticle]:
    """Return `count` articles: all the HTML pages, the rest web articles as text; in an order that mixes them."""
    return sorted(read_distinct((PAGES, WEB), count), key=lambda article: article.article_id)


def with_copies(articles: list[RawArticle]) -> list[RawArticle]:
    """Return each article twice: as it is, and as another site's reprint under an address of its own."""
    return [version for article in articles for version in (article, _reprint(article))]


def _reprint(article: RawArticle) -> RawArticle:
    url = f"https://reprints.example/{article.article_id}"
    digest = hashlib.sha256(url.encode()).hexdigest()[:32]
    claim = article.source.model_copy(update={"domain": "reprints.example", "name": None, "feed_url": None})
    return article.model_copy(update={"article_id": digest, "url": url, "canonical_url": url, "source": claim})
