"""Entities of one article, corrected: as found → as people say. Pure.

Parts are split off first, then each is merged, renamed or hidden; so the order in which people said it never matters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.corrections.table import Corrections, Fate, Known
from schemas.annotations import Entity, Mention, Span
from schemas.corrections import CorrectionKind

Place = tuple[int, int]
"""Start and end of a mention."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where entities stand: what a split can be bounded by."""

    article_id: str
    domain: str | None = None


@dataclass(slots=True)
class CorrectedEntities:
    """Entities as people say, and where those that were found went.

    `moved` maps ids as found to ids now (None: hidden), and `at` the same for single mentions where an entity was
    divided. `changed` are the ids as found of entities that are not what they were; `revision` is that of the newest
    correction that speaks of any, undone ones included.
    """

    entities: list[Entity] = field(default_factory=list)
    moved: dict[str, str | None] = field(default_factory=dict)
    at: dict[Place, str | None] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    revision: int = 0

    def now(self, entity_id: str | None, span: Span | None = None) -> str | None:
        """Return the id that a reference to an entity as found has now; `span` is where the text refers to it."""
        if entity_id is None:
            return None
        if span is not None and (span.start, span.end) in self.at:
            return self.at[span.start, span.end]
        return self.moved.get(entity_id, entity_id)


def correct_entities(entities: Sequence[Entity], corrections: Corrections, setting: Setting) -> CorrectedEntities:
    """Return the entities as people say, the most salient first, each once."""
    found = CorrectedEntities()
    own_names = {entity.id: entity for entity in entities}
    merged: dict[str, list[Entity]] = {}
    for entity in entities:
        for part in _divide(entity, corrections, setting, found):
            fate = corrections.fate(part.id)
            found.revision = max(found.revision, fate.revision)
            now = None if fate.is_hidden else fate.entity_id
            if part.id == entity.id:
                found.moved[entity.id] = now
            elif entity.id not in found.moved:
                found.moved[entity.id] = now  # all of it is the part, unless a rest follows
            found.at |= {(mention.start, mention.end): now for mention in part.mentions if part.id != entity.id}
            become = _named(part, fate, own_names)
            if now is None or (become.id, become.name, become.label) != (entity.id, entity.name, entity.label):
                found.changed.append(entity.id)
            if now is not None:
                merged.setdefault(now, []).append(become)
    joined = [_join(same) for same in merged.values()]
    found.entities = sorted(joined, key=lambda entity: -entity.salience) if found.changed else list(entities)
    found.changed = list(dict.fromkeys(found.changed))
    return found


def _divide(entity: Entity, corrections: Corrections, setting: Setting, found: CorrectedEntities) -> Iterator[Entity]:
    """Yield the parts of an entity, the rest last; nothing but the entity where nothing is split from it."""
    rest = list(entity.mentions)
    for known in corrections.parts.get(entity.id, ()):
        found.revision = max(found.revision, known.revision)
        if known.correction.kind is CorrectionKind.UNDO or not _concerns(known, setting):
            continue
        texts = {text.casefold() for text in known.correction.texts}
        taken = [mention for mention in rest if not texts or mention.text.casefold() in texts]
        takes_all = not texts or (bool(taken) and len(taken) == len(rest))
        if taken or takes_all:
            yield _part(entity, known, taken)
        if takes_all:
            return
        rest = [mention for mention in rest if mention not in taken]
    share = len(rest) / len(entity.mentions) if entity.mentions else 1.0
    whole = len(rest) == len(entity.mentions)
    yield (
        entity
        if whole
        else entity.model_copy(update={"mentions": tuple(rest), "salience": round(entity.salience * share, 4)})
    )


def _concerns(known: Known, setting: Setting) -> bool:
    articles, sources = known.correction.articles, known.correction.sources
    return (not articles or setting.article_id in articles) and (not sources or setting.domain in sources)


def _part(entity: Entity, known: Known, mentions: Sequence[Mention]) -> Entity:
    share = len(mentions) / len(entity.mentions) if entity.mentions else 1.0
    correction = known.correction
    return Entity(
        id=correction.target_id or entity.id,
        name=correction.name or entity.name,
        label=correction.label or entity.label,
        salience=round(entity.salience * share, 4),
        mentions=tuple(mentions),
    )


def _named(part: Entity, fate: Fate, own_names: dict[str, Entity]) -> Entity:
    """Return the part under the id, name and label that it has now; a merge's target keeps the article's own name."""
    own = own_names.get(fate.entity_id)
    name, label = fate.name or part.name, fate.label or part.label
    if own is not None and fate.named_by_merge:
        name, label = own.name, own.label
    return part.model_copy(update={"id": fate.entity_id, "name": name, "label": label})


def _join(same: Sequence[Entity]) -> Entity:
    """Return one entity for those that are the same: all mentions in text order, as salient as the most salient."""
    if len(same) == 1:
        return same[0]
    mentions = {(mention.start, mention.end): mention for entity in same for mention in entity.mentions}
    return same[0].model_copy(
        update={
            "salience": max(entity.salience for entity in same),
            "mentions": tuple(mentions[place] for place in sorted(mentions)),
        }
    )
