"""An article's page: the stored article with its story and what is related. Index in, record out."""

from typing import Any, Final

from pipeline.index.base import StoredArticle
from pipeline.search.related import find_related
from pipeline.stories.history import ArticleVersion, build_history
from pipeline.web.errors import NotFound
from pipeline.web.site import Site
from schemas.article import EnrichedArticle
from schemas.base import Record
from schemas.codec import decode
from schemas.query import FieldTerm, Hit, SearchPage, SearchQuery, Sort

MAX_COPIES: Final = 20
MAX_HISTORY: Final = 20
_LEFT_OUT: Final = frozenset({"body", "fingerprint", "fingerprint_bands"})
"""Long, and of no use beside the article itself."""


class ArticleAnswer(Record):
    """An article with all that is known of it. `index` holds the fields that can be searched, without the text.

    `story` are the other articles of its story, the earliest first; `related` those about the same matter; `history`
    its versions with what each changed, the earliest first, at least the present one.
    """

    article: EnrichedArticle
    index: dict[str, Any]
    story: tuple[Hit, ...]
    related: tuple[Hit, ...]
    history: tuple[ArticleVersion, ...]


def load_article(site: Site, article_id: str) -> ArticleAnswer:
    """Return the article.

    Raises:
        NotFound: the index does not hold it, or it was withdrawn.
        Unavailable: the index does not answer.
    """
    stored = site.index.get(article_id)
    if stored is None or stored.fields.get("withdrawn"):
        msg = "there is no such article; it may have been withdrawn"
        raise NotFound(msg)
    article = read_stored(stored)
    story_id = stored.fields.get("story_id")
    members = find_members(site, story_id, MAX_COPIES + 1).hits if story_id else ()
    return ArticleAnswer(
        article=article,
        index={name: value for name, value in stored.fields.items() if name not in _LEFT_OUT},
        story=tuple(hit for hit in members if hit.article_id != article_id)[:MAX_COPIES],
        related=find_related(site.index, article, story_id, site.now()),
        history=build_history(site.index.earlier_versions(article_id, MAX_HISTORY), stored),
    )


def read_stored(stored: StoredArticle) -> EnrichedArticle:
    """Return the enriched article that the index holds.

    Raises:
        Rejected: it was written by a newer program.
    """
    return decode(EnrichedArticle, stored.stored.encode())


def find_members(site: Site, story_id: str, limit: int) -> SearchPage:
    """Return the articles of a story, the earliest first."""
    story = FieldTerm("story", ("story_id",), story_id)
    return site.index.search(
        SearchQuery(now=site.now(), expression=story, sort=Sort.OLDEST, limit=limit, collapse=False, highlight=False)
    )
