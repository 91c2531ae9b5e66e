"""Applies corrections to the articles that an index holds already, page by page, by compare-and-set.

In: an index and the table. Out: counts. Idempotent: what agrees is left alone, so a sweep that was interrupted is
simply made again. A newer version written meanwhile always wins; whoever wrote it has read the corrections itself.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.corrections.table import Corrections
from pipeline.index.base import ArticleIndex, WriteResult
from pipeline.index.corrected import correct_stored
from schemas.errors import Rejected, Unavailable
from schemas.query import Expression, FieldTerm, Or, SearchQuery, Sort

PAGE: Final = 200
MAX_ATTEMPTS: Final = 5
"""Rounds for what others change at the same instant, or what the index does not take at once."""
_IDS_PER_QUERY: Final = 100
_FIELDS: Final = ("entity_ids", "corrected_entity_ids")


@dataclass(slots=True)
class Swept:
    """What a sweep did: articles looked at, corrected, and those that could not be, with the last reason."""

    looked_at: int = 0
    corrected: int = 0
    refused: int = 0
    reason: str = ""


def sweep(
    index: ArticleIndex,
    corrections: Corrections,
    entity_ids: Collection[str],
    now: datetime,
    on_progress: Callable[[Swept], None] | None = None,
) -> Swept:
    """Correct every article that names, or as found named, one of these entities; searchable on return.

    Raises:
        Unavailable: the index does not answer; what was corrected until then stays, and another sweep does the rest.
        ConfigurationError: a person has to act on the index.
    """
    done = Swept()
    index.refresh()
    ordered = sorted(entity_ids)
    for start in range(0, len(ordered), _IDS_PER_QUERY):
        for page in _pages(index, ordered[start : start + _IDS_PER_QUERY], now):
            done.looked_at += len(page)
            _correct(index, corrections, page, done)
            if on_progress:
                on_progress(done)
    index.refresh()
    return done


def _pages(index: ArticleIndex, entity_ids: Sequence[str], now: datetime) -> Iterator[list[str]]:
    """Yield the ids of the articles, found by what corrections never take away: the ids as found."""
    parts: list[Expression] = [FieldTerm("entity", _FIELDS, entity_id) for entity_id in entity_ids]
    expression = parts[0] if len(parts) == 1 else Or(tuple(parts))
    cursor = None
    while True:
        page = index.search(
            SearchQuery(now, expression, sort=Sort.NEWEST, limit=PAGE, cursor=cursor, collapse=False, highlight=False)
        )
        if page.hits:
            yield [hit.article_id for hit in page.hits]
        cursor = page.cursor
        if cursor is None or not page.hits:
            return


def _correct(index: ArticleIndex, corrections: Corrections, article_ids: Sequence[str], done: Swept) -> None:
    """Read, correct and write; what the index could not take is read again, since it may have changed meanwhile."""
    open_ids, why = list(article_ids), Unavailable("")
    for _ in range(MAX_ATTEMPTS):
        documents = []
        for article_id in open_ids:
            held = index.get(article_id)
            try:
                document = correct_stored(held, corrections) if held else None
            except Rejected as error:
                done.refused, done.reason = done.refused + 1, f"{article_id}: {error.detail}"
                continue
            if document is not None:
                documents.append(document)
        open_ids = []
        for document, outcome in zip(documents, index.write(documents) if documents else (), strict=True):
            if isinstance(outcome, Unavailable):
                open_ids.append(document.article_id)
                why = outcome
            elif isinstance(outcome, Rejected):
                done.refused, done.reason = done.refused + 1, f"{document.article_id}: {outcome.detail}"
            elif outcome in {WriteResult.UPDATED, WriteResult.CREATED}:
                done.corrected += 1
        if not open_ids:
            return
    raise why
