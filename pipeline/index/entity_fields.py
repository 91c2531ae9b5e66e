"""What a document says of entities and of all that refers to them: the fields that corrections change. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Final

from pipeline.corrections.article import Corrected
from schemas.annotations import Entity
from schemas.article import EnrichedArticle

MAX_VALUES: Final = 500
"""Values of one field; a page that names more is a list, not a story."""
MAX_KEYWORD_CHARS: Final = 512

ENTITY_GROUPS: Final = {
    "PERSON": "person",
    "ORG": "org",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "EVENT": "event",
    "NORP": "other",
    "PRODUCT": "other",
    "WORK_OF_ART": "other",
    "LAW": "other",
    "LANGUAGE": "other",
}
"""spaCy's OntoNotes label → group. Amounts and times (DATE, MONEY, CARDINAL …) name nothing and are left out."""
ENTITY_FIELDS: Final = frozenset(
    {
        *(f"entities.{group}" for group in ("all", *ENTITY_GROUPS.values())),
        *("entity_ids", "quote_speakers", "place_points", "place_countries"),
        *("corrected_entity_ids", "correction_revision", "as_found"),
    }
)
"""The names of the fields that `entity_fields` may set."""


def entity_fields(corrected: Corrected) -> dict[str, Any]:
    """Return the fields that have a value."""
    article, before = corrected.article, corrected.as_found
    names = {entity.id: entity.name for entity in article.entities}
    fields = {
        **_grouped(article.entities),
        "quote_speakers": distinct(names[quote.speaker] for quote in article.quotes if quote.speaker in names),
        "place_points": _points(article),
        "place_countries": distinct(place.country for place in article.places if place.country),
        "corrected_entity_ids": distinct(corrected.changed),
        "correction_revision": corrected.revision or None,
        "as_found": before.model_dump_json(exclude_none=True) if before else None,
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}


def by_salience(entities: Iterable[Entity]) -> list[Entity]:
    """Return the entities, the most salient first; those that are alike stay in their order."""
    return sorted(entities, key=attrgetter("salience"), reverse=True)


def entity_names(entities: Iterable[Entity]) -> list[str]:
    """Return the names of people, organisations, places and events."""
    return [entity.name for entity in entities if ENTITY_GROUPS.get(entity.label, "other") != "other"]


def _grouped(entities: Iterable[Entity]) -> dict[str, Any]:
    """Group the names; the most salient first, so that a bounded list keeps what matters."""
    groups: defaultdict[str, dict[str, None]] = defaultdict(dict)
    ids: list[str] = []
    for entity in by_salience(entities):
        group = ENTITY_GROUPS.get(entity.label)
        if group is None:
            continue
        ids.append(entity.id)
        if name := _clean(entity.name):
            groups[group][name] = groups["all"][name] = None
    fields: dict[str, Any] = {f"entities.{group}": list(names)[:MAX_VALUES] for group, names in groups.items()}
    return fields | {"entity_ids": distinct(ids)}


def _points(article: EnrichedArticle) -> list[dict[str, float]]:
    """Return the places' points, rounded to 4 decimals (11 m), each once."""
    points = {
        (round(place.lat, 4), round(place.lon, 4))
        for place in article.places
        if place.lat is not None and place.lon is not None and abs(place.lat) <= 90 and abs(place.lon) <= 180
    }
    return [{"lat": lat, "lon": lon} for lat, lon in sorted(points)][:MAX_VALUES]


def distinct(values: Iterable[str]) -> list[str]:
    """Return the values without repeats and without any too long to be one, blanks as single spaces."""
    return list(dict.fromkeys(filter(None, map(_clean, values))))[:MAX_VALUES]


def _clean(value: str) -> str:
    """Return the value with single blanks, nothing when it is too long to be one."""
    cleaned = " ".join(value.split())
    return cleaned if len(cleaned) <= MAX_KEYWORD_CHARS else ""
