"""Writes articles as people have corrected them, whatever way they came: live, replayed or enriched again.

Enriched articles in, documents in the index out. Knows the index and the corrections only by their protocols.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.corrections.article import correct_article
from pipeline.corrections.follow import CorrectionSource
from pipeline.corrections.table import Corrections
from pipeline.index.base import ArticleIndex, IndexDocument, WriteOutcome, WriteResult
from pipeline.index.document import build_corrected_document
from schemas.article import EnrichedArticle
from schemas.codec import decode


class Written(NamedTuple):
    """An article as corrected, its document, and what became of it."""

    article: EnrichedArticle
    document: IndexDocument
    outcome: WriteOutcome


class CorrectedWriter:
    """Writes to one index."""

    def __init__(self, index: ArticleIndex, corrections: CorrectionSource) -> None:
        self._index = index
        self._corrections = corrections
        self._known: Corrections | None = None

    def write(self, articles: Sequence[EnrichedArticle], received: Sequence[str]) -> list[Written]:
        """Write the articles with the corrections that count once they are written; errors as `ArticleIndex.write`.

        `received` holds each of them encoded, as the log has it; the articles may be in the plain form of
        `schemas.plain`, for those that are changed on the way are read from there.

        What somebody corrects during a write would miss this batch, and whoever corrects what the index holds would
        miss it too; so the corrections are read after the write, and what they change is written again. Before it,
        those of the batch before will do: of what was said since, the reading after it tells as well.
        """
        if not articles:
            return []
        known = self._corrections.read() if self._known is None else self._known
        written = self._attempt(articles, received, known)
        while (latest := self._corrections.read()).revision != known.revision:
            known = latest
            written = [_both(*pair) for pair in zip(written, self._attempt(articles, received, known), strict=True)]
        self._known = known  # of two batches at once either will do
        return written

    def _attempt(
        self, articles: Sequence[EnrichedArticle], received: Sequence[str], corrections: Corrections
    ) -> list[Written]:
        whole = [_changeable(*pair, corrections) for pair in zip(articles, received, strict=True)]
        corrected = [correct_article(article, corrections) for article in whole]
        documents = [build_corrected_document(*pair) for pair in zip(corrected, received, strict=True)]
        outcomes = self._index.write(documents)
        return [
            Written(each.article, document, outcome)
            for each, document, outcome in zip(corrected, documents, outcomes, strict=True)
        ]


def _changeable(article: EnrichedArticle, received: str, corrections: Corrections) -> EnrichedArticle:
    """Return the record itself where something of it will be changed."""
    stays = article.source.store == "full" and not corrections.concern(article.entities)
    return article if stays else decode(EnrichedArticle, received.encode())


def _both(first: Written, second: Written) -> Written:
    """Return the second writing with the outcome of both: an article that the first created is new."""
    done = isinstance(first.outcome, WriteResult) and isinstance(second.outcome, WriteResult)
    return second._replace(outcome=first.outcome) if done else second
