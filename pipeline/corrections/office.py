"""Where corrections are said: checked against what is known, sent to the log, applied to the index.

In: a log, an index, a clock. Out: what was done. The event is confirmed before anything is applied, so that a
correction, once said, holds for all workers and every replay even when applying it is interrupted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.clock import Clock
from pipeline.corrections.follow import CorrectionFollower
from pipeline.corrections.sweep import Swept, sweep
from pipeline.corrections.table import Corrections
from pipeline.index.base import ArticleIndex
from pipeline.log.base import Log
from schemas.annotations import Entity
from schemas.article import EnrichedArticle
from schemas.codec import decode, encode
from schemas.corrections import CorrectionKind, EntityCorrection
from schemas.errors import NewswireError
from schemas.message import OutgoingMessage
from schemas.query import FieldTerm, SearchQuery, Sort
from schemas.topics import CORRECTIONS

LOOKED_AT: Final = 200
"""Articles read to find the ids behind a name, the newest ones."""


@dataclass(frozen=True, slots=True)
class KnownEntity:
    """An entity as the newest of these articles calls it, and in how many it is."""

    id: str
    name: str
    label: str
    articles: int


class CorrectionOffice:
    """Takes corrections for one log and one index."""

    def __init__(self, log: Log, index: ArticleIndex, clock: Clock) -> None:
        self._log = log
        self._index = index
        self._clock = clock
        self._follower = CorrectionFollower(log)

    def corrections(self) -> Corrections:
        """Return all that was corrected up to now."""
        return self._follower.read()

    def say(self, corrections: Sequence[EntityCorrection], on_progress: Callable[[Swept], None] | None = None) -> Swept:
        """Send the corrections, then apply them to the articles that the index holds.

        Raises:
            NewswireError: they would make a circle of merges; nothing was sent.
            Unavailable: log or index does not answer. What was sent holds; `apply_all` does the rest.
        """
        self._refuse_circles(corrections)
        self._log.send([OutgoingMessage(CORRECTIONS.name, one.key.encode(), encode(one)) for one in corrections])
        return self._sweep({one.entity_id for one in corrections}, on_progress)

    def apply_all(self, on_progress: Callable[[Swept], None] | None = None) -> Swept:
        """Apply all corrections again, undone ones included, where the index does not agree with them yet."""
        known = self.corrections().by_key.values()
        return self._sweep({one.correction.entity_id for one in known}, on_progress)

    def _sweep(self, entity_ids: set[str], on_progress: Callable[[Swept], None] | None) -> Swept:
        return sweep(self._index, self.corrections(), entity_ids, self._clock.now(), on_progress)

    def _refuse_circles(self, corrections: Iterable[EntityCorrection]) -> None:
        table = self.corrections()
        for one in corrections:
            if one.kind is CorrectionKind.MERGE and one.target_id:
                end = table.fate(one.target_id).entity_id
                if end == one.entity_id:
                    msg = f"{one.target_id} is merged into {one.entity_id} already: undo that first"
                    raise NewswireError(msg)
            table = table.with_correction(one, 0)

    def find(self, name: str) -> list[KnownEntity]:
        """Return the entities called so in the newest articles, the most frequent first."""
        wanted = FieldTerm("entity", ("entities.all",), name)
        query = SearchQuery(
            self._clock.now(), wanted, sort=Sort.NEWEST, limit=LOOKED_AT, collapse=False, highlight=False
        )
        words = set(name.casefold().split())
        found: dict[str, Entity] = {}
        counts: Counter[str] = Counter()
        for hit in self._index.search(query).hits:
            for entity in self._entities(hit.article_id):
                if words <= set(entity.name.casefold().split()):
                    found.setdefault(entity.id, entity)
                    counts[entity.id] += 1
        return [KnownEntity(one, found[one].name, found[one].label, times) for one, times in counts.most_common()]

    def get(self, entity_id: str) -> KnownEntity | None:
        """Return the entity as the newest article that names it does, None when none does."""
        wanted = FieldTerm("entity", ("entity_ids",), entity_id)
        page = self._index.search(
            SearchQuery(self._clock.now(), wanted, sort=Sort.NEWEST, limit=1, collapse=False, highlight=False)
        )
        for hit in page.hits:
            for entity in self._entities(hit.article_id):
                if entity.id == entity_id:
                    return KnownEntity(entity.id, entity.name, entity.label, page.total)
        return None

    def _entities(self, article_id: str) -> tuple[Entity, ...]:
        held = self._index.get(article_id)
        return decode(EnrichedArticle, held.stored.encode()).entities if held else ()
