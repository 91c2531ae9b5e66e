"""The entities of an article: recognised mentions → records, each entity once; pure.

Order: exact spans, known names, acronyms in brackets, what the words of a name say of its label, headlines, one label
per name, names spread to their other occurrences, groups, salience. Imports no model.
"""

from collections.abc import Sequence
from typing import Final

from pipeline.enrich.found import LABEL_GROUPS, PERSON, Found, place_mentions
from pipeline.enrich.gazetteer import load_gazetteer
from pipeline.enrich.headline_names import check_headline
from pipeline.enrich.known_names import KnownNames
from pipeline.enrich.label_agreement import agree_on_labels
from pipeline.enrich.merge_names import best_name, find_acronyms, group_names
from pipeline.enrich.merge_people import best_person_name, group_people
from pipeline.enrich.name_evidence import weigh_names
from pipeline.enrich.name_spread import add_known_names, spread_names
from pipeline.enrich.normal_name import slug
from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.recognizer import Mentions
from pipeline.enrich.salience import compute_salience
from pipeline.enrich.span_repair import repair_mentions, split_pairs
from schemas.annotations import Entity, Mention

MAX_MENTIONS: Final = 5000
"""What a page of nothing but names may cost; 40 times an ordinary article."""

MAX_ENTITIES: Final = 500
"""The most salient ones are kept; lists of results and of the dead have more names than a story."""


def build_entities(
    text: str, paragraphs: Sequence[Paragraph], recognised: Sequence[Mentions], known: KnownNames
) -> tuple[Entity, ...]:
    """Return the article's entities, the most salient first, their mentions in text order.

    Args:
        text: the article's text.
        paragraphs: the story's paragraphs in text order.
        recognised: the mentions of each paragraph, with offsets into it.
        known: names that need no model.
    """
    mentions = find_mentions(text, paragraphs, recognised, known)
    return _to_records(text, group_mentions(text, mentions, known))


def group_mentions(text: str, mentions: Sequence[Found], known: KnownNames) -> dict[str, tuple[str, list[Found]]]:
    """Return the entities as id → name and mentions; every mention in exactly one."""
    people = [mention for mention in mentions if mention.label == PERSON]
    others = [mention for mention in mentions if mention.label != PERSON]
    groups = [(group, *best_person_name(text, group)) for group in group_people(text, people)]
    groups += [(group, *best_name(text, group, known)) for group in group_names(text, others, known)]
    by_id: dict[str, tuple[str, list[Found]]] = {}
    for group, name, key in groups:
        entity_id = f"{LABEL_GROUPS[group[0].label]}:{slug(key) or slug(name)}"
        by_id.setdefault(entity_id, (name, []))[1].extend(group)
    return by_id


def find_mentions(
    text: str, paragraphs: Sequence[Paragraph], recognised: Sequence[Mentions], known: KnownNames
) -> list[Found]:
    """Return the article's mentions with exact spans and one label per name, in text order, never overlapping."""
    mentions = repair_mentions(text, place_mentions(paragraphs, recognised)[:MAX_MENTIONS], known)
    mentions = add_known_names(text, paragraphs, mentions, known)
    mentions = sorted([*mentions, *find_acronyms(text, mentions)])
    mentions = split_pairs(text, mentions)
    mentions = weigh_names(text, mentions, known, load_gazetteer())
    mentions = check_headline(text, paragraphs, mentions, known, load_gazetteer())
    mentions = agree_on_labels(text, mentions, known)
    return spread_names(text, paragraphs, mentions, known)


def _to_records(text: str, by_id: dict[str, tuple[str, list[Found]]]) -> tuple[Entity, ...]:
    most = max((len(group) for _, group in by_id.values()), default=0)
    entities = []
    for entity_id, (name, group) in by_id.items():
        group.sort()
        entities.append(
            Entity(
                id=entity_id,
                name=name,
                label=group[0].label,
                salience=compute_salience(group, most, len(text)),
                mentions=tuple(
                    Mention(start=found.start, end=found.end, text=text[found.start : found.end], zone=found.zone)
                    for found in group
                ),
            )
        )
    entities.sort(key=lambda entity: (-entity.salience, entity.mentions[0].start))
    return tuple(entities[:MAX_ENTITIES])
