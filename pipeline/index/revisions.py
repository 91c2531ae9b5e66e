"""What becomes of the versions of an article, the same on every index. Pure; imports only pure modules.

Two versions → which of them is kept as an earlier one, and the fields that the index itself sets on the newest. Whoever
takes an article back is remembered: what a publisher took back is found again when a later version tells the story
again, what an operator took back is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pipeline.index.base import IndexDocument, Json, StoredArticle, Versions, Withdrawal
from pipeline.stories.changes import compare_texts

PUBLISHER: Final = "publisher"
OPERATOR: Final = "operator"
SYSTEM_FIELDS: Final = ("revision", "withdrawn", "withdrawn_by")
"""Fields of the table that are set here."""
_NOT_KEPT: Final = frozenset({"fingerprint", "fingerprint_bands", "terms", "story_id", "copy_of", "is_copy"})
"""What copies and stories are found by; only the newest version is grouped."""

Version = IndexDocument | StoredArticle


def is_settled(fields: Json, withdrawal: Withdrawal) -> bool:
    """Return whether the article is as the operator wants it already."""
    if withdrawal.withdrawn:
        return bool(fields.get("withdrawn_by") == OPERATOR)
    return not fields.get("withdrawn")


def withdrawn_fields(withdrawal: Withdrawal) -> dict[str, Any]:
    """Return the fields that say so; None takes a field away."""
    if withdrawal.withdrawn:
        return {"withdrawn": True, "withdrawn_by": OPERATOR}
    return {"withdrawn": None, "withdrawn_by": None}


@dataclass(frozen=True, slots=True)
class Succession:
    """What follows from a held version and one that is written: the version to keep, and the newest one's own fields.

    `earlier` None: nothing has to be kept, as the newer one repeats the earlier word by word. `system` are the
    `SYSTEM_FIELDS` of the newest.
    """

    earlier: Version | None
    system: Json


def succeed(held: Version, written: Version) -> Succession:
    """Return what follows; `written` may be older than what is held, when it was late."""
    own = {name: held.fields[name] for name in SYSTEM_FIELDS if name in held.fields}
    if written.version == held.version or is_same_text(held.fields, written.fields):
        return Succession(None, own)
    if written.version < held.version:
        return Succession(written, own)
    return Succession(held, _revised(held.fields, written.fields, own.get("withdrawn_by")))


def succeed_all(held: Version | None, written: Sequence[IndexDocument]) -> tuple[list[Version], dict[str, Any]]:
    """Return the versions to keep, each once, and the newest one's `SYSTEM_FIELDS`, all written in their order."""
    kept: dict[int, Version] = {}
    newest: Version | None = held
    for document in written:
        if newest is None:
            newest = document
            continue
        succession = succeed(newest, document)
        if succession.earlier is not None:
            kept.setdefault(succession.earlier.version, succession.earlier)
        if document.versions > _versions(newest):
            newest = replace(document, fields={**document.fields, **succession.system})
    fields = {} if newest is None else newest.fields
    return list(kept.values()), {name: fields[name] for name in SYSTEM_FIELDS if name in fields}


def _versions(version: Version) -> Versions:
    return version.version, version.enrichment_version, version.fields.get("correction_revision", 0)


def _revised(before: Json, after: Json, withdrawn_by: str | None) -> dict[str, Any]:
    kind = compare_texts(*texts_of(before), *texts_of(after)).kind
    by = OPERATOR if withdrawn_by == OPERATOR else PUBLISHER if kind == "withdrawn" else None
    return {"revision": kind} | ({"withdrawn": True, "withdrawn_by": by} if by else {})


def is_same_text(one: Json, other: Json) -> bool:
    """Return whether two versions tell the same, word by word; then the earlier one is not worth keeping."""
    return all(a.split() == b.split() for a, b in zip(texts_of(one), texts_of(other), strict=True))


def kept_fields(version: Version) -> dict[str, Any]:
    """Return the fields that an earlier version is kept with: those that people see."""
    return {name: value for name, value in version.fields.items() if name not in _NOT_KEPT}


def texts_of(fields: Mapping[str, Any]) -> tuple[str, str]:
    """Return what is compared of a version: title and body."""
    return str(fields.get("title", "")), str(fields.get("body", ""))
