"""What people correct of entities: one event on the corrections topic, and what an article said before. No I/O."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.annotations import Citation, Entity, Place, Quote
from schemas.article import ArticleId
from schemas.base import Record, UtcDatetime

EntityId = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=300)]
MAX_SCOPE = 200
"""Wordings, articles or sources of one split; with ids and names it fits into a message of the topic."""


class CorrectionKind(StrEnum):
    """What is said of an entity."""

    MERGE = "merge"
    RENAME = "rename"
    HIDE = "hide"
    SPLIT = "split"
    UNDO = "undo"


class EntityCorrection(Record):
    """One correction. The newest of a `key` counts; `undo` says that the key's earlier one no longer does.

    `merge`: `entity_id` is `target_id`, called `name`. `rename`: it is called `name`. `hide`: it is no entity.
    `split`: those of its mentions that the scope names are `target_id`, called `name`. The scope is what mentions are
    written as, ids of articles, and domains of publishers; a mention is in it when each list that is not empty has it.
    """

    schema_version: Literal[1] = 1
    kind: CorrectionKind
    entity_id: EntityId
    target_id: EntityId | None = None
    name: Name | None = None
    label: str | None = None
    texts: tuple[Name, ...] = Field(default=(), max_length=MAX_SCOPE)
    articles: tuple[ArticleId, ...] = Field(default=(), max_length=MAX_SCOPE)
    sources: tuple[Name, ...] = Field(default=(), max_length=MAX_SCOPE)
    corrected_at: UtcDatetime

    @model_validator(mode="after")
    def _check(self) -> Self:
        wanted = {
            CorrectionKind.MERGE: ("target_id", "name", "label"),
            CorrectionKind.RENAME: ("name",),
            CorrectionKind.SPLIT: ("target_id", "name", "label"),
        }.get(self.kind, ())
        missing = [field for field in wanted if getattr(self, field) is None]
        if missing:
            msg = f"a {self.kind.value} needs {', '.join(missing)}"
            raise ValueError(msg)
        if self.target_id == self.entity_id:
            msg = f"{self.entity_id} cannot become itself"
            raise ValueError(msg)
        if self.kind is CorrectionKind.SPLIT and not (self.texts or self.articles or self.sources):
            msg = "a split needs wordings, articles or sources"
            raise ValueError(msg)
        return self

    @property
    def key(self) -> str:
        """What the correction is about: the entity, or one part that is split from it."""
        is_part = self.kind is CorrectionKind.SPLIT or (self.kind is CorrectionKind.UNDO and self.target_id)
        return f"{self.entity_id} > {self.target_id}" if is_part else self.entity_id


class AsFound(Record):
    """What an article said before people corrected it: kept so that every correction can be taken back."""

    entities: tuple[Entity, ...] = ()
    quotes: tuple[Quote, ...] = ()
    citations: tuple[Citation, ...] = ()
    places: tuple[Place, ...] = ()
