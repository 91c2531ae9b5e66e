"""Builds stories for the enrichment tests: lines of text with their zones."""

import re
from collections.abc import Sequence

from pipeline.enrich.entities import build_entities
from pipeline.enrich.known_names import load_known_names
from pipeline.enrich.paragraphs import Paragraph, find_paragraphs
from pipeline.enrich.recognizer import Mentions, RawMention
from schemas.annotations import Entity, Zone, ZoneKind


def mark(text: str) -> tuple[str, list[Mentions]]:
    """Return the text without its marks and the mentions that they stand for, per line.

    "[Ada Holm|PERSON] spoke" is a mention of seven letters labelled PERSON.
    """
    lines, mentions = [], []
    for line in text.strip().split("\n"):
        plain = ""
        found = []
        position = 0
        for match in re.finditer(r"\[([^|\]]+)\|([A-Z_]+)\]", line):
            plain += line[position : match.start()]
            found.append(RawMention(len(plain), len(plain) + len(match.group(1)), match.group(2)))
            plain += match.group(1)
            position = match.end()
        lines.append(plain + line[position:])
        mentions.append(tuple(found))
    return "\n".join(lines), mentions


def lay_out(text: str, kinds: Sequence[ZoneKind] = ()) -> tuple[Zone, ...]:
    """Return one zone per line: the kinds given, then body."""
    lines = list(re.finditer(r"[^\n]+", text))
    padded = [*kinds, *[ZoneKind.BODY] * len(lines)]
    return tuple(
        Zone(start=line.start(), end=line.end(), kind=kind, rule="test")
        for line, kind in zip(lines, padded, strict=False)
    )


def entities_of(marked: str) -> dict[str, Entity]:
    """Return the entities of a marked text, by id; every line is body."""
    text, mentions = mark(marked)
    paragraphs: tuple[Paragraph, ...] = find_paragraphs(text, lay_out(text))
    return {entity.id: entity for entity in build_entities(text, paragraphs, mentions, load_known_names())}


def texts(entity: Entity) -> list[str]:
    """Return an entity's mentions as written, in order."""
    return [mention.text for mention in entity.mentions]
