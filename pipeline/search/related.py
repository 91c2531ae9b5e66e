"""An article → others about the same matter, by its most telling words. Imports the index protocol and `schemas`.

The engines' own more-like-this differ from each other; asking for the words that carry an article (its names, its
title, its keywords), any of which will do, ranks alike on both: rare words weigh most, as BM25 has it.
"""

from datetime import datetime
from typing import Final

from pipeline.index.base import ArticleIndex
from pipeline.search.highlight import split_words
from schemas.article import EnrichedArticle
from schemas.query import And, Expression, FieldTerm, Hit, Not, Or, Phrase, SearchQuery, Word

MAX_NAMES: Final = 8
MAX_TITLE_WORDS: Final = 12
MAX_KEYWORDS: Final = 5
MIN_WORD_CHARS: Final = 4
"""Shorter words of a title are mostly grammar, in any language."""
LEAST_SHARE: Final = 0.2
"""Of the score that the article itself has. Of 224 pairs on the seeds, a fifth reach .2; by eye, most just above it
are on one event, with a few that share only a theme (two stories on cables). Not scored against judged pairs."""
_NAMED: Final = frozenset({"PERSON", "ORG", "GPE", "LOC", "FAC", "EVENT", "PRODUCT", "WORK_OF_ART"})


def find_related(
    index: ArticleIndex, article: EnrichedArticle, story_id: str | None, now: datetime, limit: int = 5
) -> tuple[Hit, ...]:
    """Return up to `limit` articles of other stories, the closest first, each story once; empty when none is close.

    Raises:
        Unavailable: the index does not answer.
    """
    wanted = build_telling_words(article)
    if not wanted:
        return ()
    # Near in time to the article, not to the reader: an old event's other reports are as old.
    moment = article.published.at or now
    expression = Or(tuple(wanted))
    found = index.search(SearchQuery(now=moment, expression=expression, limit=limit + 1, highlight=False))
    own = And((expression, FieldTerm("story", ("story_id",), story_id))) if story_id else None
    best = _own_score(index, own, moment) or max((hit.score or 0.0 for hit in found.hits), default=0.0)
    others = (
        hit
        for hit in found.hits
        if hit.article_id != article.article_id and (story_id is None or hit.story_id != story_id)
    )
    return tuple(hit for hit in others if (hit.score or 0.0) >= LEAST_SHARE * best)[:limit]


def build_telling_words(article: EnrichedArticle) -> list[Expression]:
    """Return what makes the article this one: its most salient names, the words of its title, its keywords."""
    named = sorted((each for each in article.entities if each.label in _NAMED), key=lambda each: -each.salience)
    names = [each.name for each in named[:MAX_NAMES] if split_words(each.name)]
    title = [word for word in split_words(article.title) if len(word) >= MIN_WORD_CHARS][:MAX_TITLE_WORDS]
    keywords = [word for word in article.keywords if split_words(word)][:MAX_KEYWORDS]
    phrases: list[Expression] = [Phrase(text) for text in dict.fromkeys((*names, *keywords))]
    return [*phrases, *(Word(word) for word in dict.fromkeys(title))]


def _own_score(index: ArticleIndex, expression: Expression | None, moment: datetime) -> float:
    """Return the score of the article's own story, 0 when it is not found."""
    if expression is None or isinstance(expression, Not):
        return 0.0
    page = index.search(SearchQuery(now=moment, expression=expression, limit=1, highlight=False))
    return page.hits[0].score or 0.0 if page.hits else 0.0
