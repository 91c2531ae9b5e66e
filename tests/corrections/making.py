"""Corrections for tests, said in one line."""

from collections.abc import Sequence

from pipeline.corrections.table import NO_CORRECTIONS, Corrections
from schemas.annotations import Entity, Mention, ZoneKind
from schemas.corrections import CorrectionKind, EntityCorrection
from tests.index.making import NOW

ADA, A_HOLM, IDA = "person:ada-holm", "person:a-holm", "person:ida-lund"


def merge(entity_id: str, target: str, name: str = "Ada Holm", label: str = "PERSON") -> EntityCorrection:
    """Return: the one is the other."""
    return EntityCorrection(
        kind=CorrectionKind.MERGE, entity_id=entity_id, target_id=target, name=name, label=label, corrected_at=NOW
    )


def rename(entity_id: str, name: str) -> EntityCorrection:
    """Return: it is called so."""
    return EntityCorrection(kind=CorrectionKind.RENAME, entity_id=entity_id, name=name, corrected_at=NOW)


def hide(entity_id: str) -> EntityCorrection:
    """Return: it is no entity."""
    return EntityCorrection(kind=CorrectionKind.HIDE, entity_id=entity_id, corrected_at=NOW)


def split(
    entity_id: str,
    target: str,
    name: str,
    *,
    texts: Sequence[str] = (),
    articles: Sequence[str] = (),
    sources: Sequence[str] = (),
) -> EntityCorrection:
    """Return: some of its mentions are the other one."""
    return EntityCorrection(
        kind=CorrectionKind.SPLIT,
        entity_id=entity_id,
        target_id=target,
        name=name,
        label="PERSON",
        texts=tuple(texts),
        articles=tuple(articles),
        sources=tuple(sources),
        corrected_at=NOW,
    )


def undo(correction: EntityCorrection) -> EntityCorrection:
    """Return: that is taken back."""
    part = correction.target_id if correction.kind is CorrectionKind.SPLIT else None
    return EntityCorrection(kind=CorrectionKind.UNDO, entity_id=correction.entity_id, target_id=part, corrected_at=NOW)


def table(*corrections: EntityCorrection, start: int = 1000) -> Corrections:
    """Return the table after these, each a second after the other."""
    said = NO_CORRECTIONS
    for number, correction in enumerate(corrections):
        said = said.with_correction(correction, start + number * 1000)
    return said


def found(name: str, *places: tuple[int, str], label: str = "PERSON", salience: float = 0.5) -> Entity:
    """Return an entity with mentions at these offsets, written so."""
    group = {"PERSON": "person", "ORG": "org", "GPE": "place"}[label]
    mentions = tuple(
        Mention(start=start, end=start + len(text), text=text, zone=ZoneKind.BODY) for start, text in places
    )
    slug = name.lower().replace(".", "").replace(" ", "-")
    return Entity(id=f"{group}:{slug}", name=name, label=label, salience=salience, mentions=mentions)
