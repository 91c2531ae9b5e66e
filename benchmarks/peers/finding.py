"""What a program found on a page, whichever program it was: its own output → `Finding`."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline.evaluate.entities import TYPES
from pipeline.evaluate.extraction import BODY
from pipeline.extract.characters import letters_of
from schemas.article import EnrichedArticle

KINDS: Final = frozenset({"PER", "ORG", "LOC"})
"""The kinds of names that are compared; CoNLL's fourth, MISC, is in no interface of newswire."""

Name = tuple[str, str]
"""Letters of a name as it stands in the text, kind."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found on one page; None and empty mean not found. `day` is an ISO date, `agency` the registry's id.

    `error` is what the program said when it had no result.
    """

    title: str = ""
    day: str | None = None
    authors: tuple[str, ...] = ()
    text: str = ""
    publisher: str | None = None
    agency: str | None = None
    names: frozenset[Name] = frozenset()
    error: str | None = None


def read_lines(path: Path) -> dict[str, Finding]:
    """Return what the programs beside this module wrote, by page; a file that ends early has fewer pages."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {record["page"]: _of_record(record) for record in map(json.loads, lines)}


def _of_record(record: Mapping[str, Any]) -> Finding:
    return Finding(
        title=record.get("title") or "",
        day=record.get("day"),
        authors=tuple(record.get("authors") or ()),
        text=record.get("text") or "",
        publisher=record.get("publisher") or None,
        error=record.get("error"),
    )


def read_trafilatura(folder: Path) -> dict[str, Finding]:
    """Return what `trafilatura --json --with-metadata --keep-dirs` wrote, by page."""
    found = {}
    for path in sorted(folder.rglob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = Finding(
            title=record.get("title") or "",
            day=record.get("date"),
            authors=tuple(name for name in (record.get("author") or "").split("; ") if name),
            text=record.get("text") or "",
            publisher=record.get("source-hostname"),
        )
    return found


def of_document(document: Mapping[str, Any]) -> Finding:
    """Return what a document of the plain script says."""
    names = ((entity["text"], entity["label"]) for entity in document["entities"])
    return Finding(title=document["title"] or "", text=document["text"], names=frozenset(names_of(names)))


def of_article(article: EnrichedArticle, agencies: frozenset[str]) -> Finding:
    """Return what an enriched article says; `agencies` are the ids of the registry's news agencies."""
    origin = article.origin.source_id if article.origin else None
    mentions = (
        (article.text[mention.start : mention.end], entity.label)
        for entity in article.entities
        for mention in entity.mentions
    )
    return Finding(
        title=article.title,
        day=article.published.at.date().isoformat() if article.published.at else None,
        authors=article.authors,
        text=_body(article),
        publisher=article.source.name,
        agency=origin if origin in agencies else None,
        names=frozenset(names_of(mentions)),
    )


def names_of(mentions: Iterable[tuple[str, str]]) -> Iterator[Name]:
    """Yield the names among mentions with OntoNotes labels, as they are compared.

    >>> list(names_of([("U.S. Army", "ORG"), ("Tuesday", "DATE")]))
    [('usarmy', 'ORG')]
    """
    for text, label in mentions:
        if (kind := TYPES.get(label)) in KINDS:
            yield letters_of(text), kind


def _body(article: EnrichedArticle) -> str:
    return "\n".join(article.text[zone.start : zone.end] for zone in article.zones if zone.kind in BODY)
