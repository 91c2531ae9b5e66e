"""All corrections that count: events in the order of their topic → what an entity is now. Pure.

Each correction has a revision: the time of its message in milliseconds, later than that of the one before it. An
article's document carries the highest revision of those that speak of its entities, so that of two writers who know
more and less, the one who knows more wins whatever the order.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from schemas.annotations import Entity
from schemas.corrections import CorrectionKind, EntityCorrection


@dataclass(frozen=True, slots=True)
class Known:
    """A correction and its revision."""

    correction: EntityCorrection
    revision: int


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an entity: its id now, the name and label that people gave it, the highest revision on the way.

    `named_by_merge` tells that `name` is only what a merge called its target: an article's own name for it is better.
    """

    entity_id: str
    name: str | None = None
    label: str | None = None
    is_hidden: bool = False
    named_by_merge: bool = False
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Corrections:
    """An immutable table of corrections by key."""

    by_key: Mapping[str, Known] = field(default_factory=dict)
    parts: Mapping[str, tuple[Known, ...]] = field(default_factory=dict)
    """Entity id → the parts split from it, undone ones included, by key."""
    revision: int = 0

    def __bool__(self) -> bool:
        """Whether anything was ever corrected."""
        return bool(self.by_key)

    def concern(self, entities: Iterable[Entity]) -> bool:
        """Return whether any correction speaks of one of the entities, undone ones included."""
        return bool(self) and any(entity.id in self.by_key or entity.id in self.parts for entity in entities)

    def with_correction(self, correction: EntityCorrection, timestamp_ms: int) -> "Corrections":
        """Return the table after one more event."""
        revision = max(self.revision + 1, timestamp_ms)
        by_key = {**self.by_key, correction.key: Known(correction, revision)}
        parts = dict(self.parts)
        if correction.key != correction.entity_id:
            parts[correction.entity_id] = tuple(
                by_key[key] for key in sorted(by_key) if key.startswith(f"{correction.entity_id} > ")
            )
        return Corrections(by_key, parts, revision)

    def counting(self) -> Iterator[Known]:
        """Yield the corrections that were not undone, by key."""
        for key in sorted(self.by_key):
            if self.by_key[key].correction.kind is not CorrectionKind.UNDO:
                yield self.by_key[key]

    def fate(self, entity_id: str) -> Fate:
        """Return what became of the entity, however often it was merged; a circle of merges ends where it began."""
        fate = Fate(entity_id)
        seen: set[str] = set()
        while fate.entity_id not in seen:
            seen.add(fate.entity_id)
            known = self.by_key.get(fate.entity_id)
            if known is None:
                break
            fate = _after(fate, known)
            if known.correction.kind is not CorrectionKind.MERGE:
                break
        return fate


NO_CORRECTIONS: Final = Corrections()


def _after(fate: Fate, known: Known) -> Fate:
    correction = known.correction
    revision = max(fate.revision, known.revision)
    match correction.kind:
        case CorrectionKind.MERGE if correction.target_id:
            return Fate(correction.target_id, correction.name, correction.label, named_by_merge=True, revision=revision)
        case CorrectionKind.RENAME:
            return Fate(fate.entity_id, correction.name, fate.label, revision=revision)
        case CorrectionKind.HIDE:
            return Fate(fate.entity_id, is_hidden=True, revision=revision)
        case _:
            return Fate(fate.entity_id, fate.name, fate.label, named_by_merge=fate.named_by_merge, revision=revision)
