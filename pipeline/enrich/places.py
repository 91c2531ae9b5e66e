"""The places of a story: its place entities → records with country and point, the most important first; pure.

A name that means several places is decided by what stands beside it ("Paris, Texas"), by the countries and places that
the rest of the story names, by the publisher's country, then by the number of people. A name that nothing knows is a
place without a point; a demonym is no place.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from pipeline.enrich.gazetteer import CITY, COUNTRY, STATE, Candidate, Gazetteer
from pipeline.enrich.known_names import load_known_names
from schemas.annotations import Entity, Mention, Place, Span

PLACE_LABELS: Final = frozenset({"GPE", "LOC", "FAC"})
_TOWN: Final = "GPE"
MAX_PLACES: Final = 200

_QUALIFIER: Final = re.compile(
    r"(?:,[^\S\n]|[^\S\n]\()([A-ZÀ-Ž][\w.’' -]{1,30}?)(?=[,;:)\n]|\.?[^\S\n][a-z(—–-]|[.][^\S\n]|\.?$)"
)
# What can be left off a name that nothing knows as a whole: "Western Canada", "Sichuan province", "Greater Lyon".
_AROUND: Final = re.compile(
    r"^(?:(?:far|greater|downtown|central|inner|upper|lower|mainland|city of|"
    r"(?:north|south|east|west|northeast|northwest|southeast|southwest)(?:ern)?)[^\S\n])+|"
    r"[^\S\n](?:province|state|region|city|prefecture|area)$",
    re.IGNORECASE,
)
_PRIORS: Final = {COUNTRY: 11.5, "continent": 11.5, "region": 10.0, STATE: 9.0, "water": 9.0, "site": 10.0}
# What each kind of evidence is worth, in powers of ten of people: a qualifier decides alone, the publisher little.
_QUALIFIED: Final = 8.0
_SAME_COUNTRY: Final = 3.0
_NEAR: Final = 2.0
_PUBLISHER: Final = 0.7
_WELL_KNOWN: Final = 1.5
"""A name that everybody knows means the largest place of that name, if nothing much speaks for another."""
_NEAR_KM: Final = 250.0
_STATE_KM: Final = 700.0
_LARGE: Final = 1_000_000
_EARTH_KM: Final = 6371.0


class _Named(NamedTuple):
    entity: Entity
    candidates: list[Candidate]
    qualified: list[Candidate]
    well_known: Candidate | None


def find_places(
    text: str, entities: Sequence[Entity], gazetteer: Gazetteer, publisher_country: str | None = None
) -> tuple[Place, ...]:
    """Return the places of the story, the most salient first, each once with all its mentions.

    Args:
        text: the article's text.
        entities: its entities; those with a place's label are looked up.
        gazetteer: what names can mean.
        publisher_country: ISO 3166; decides between places that nothing else tells apart.
    """
    named = [_look_up(text, entity, gazetteer) for entity in entities if entity.label in PLACE_LABELS]
    countries = _count_countries(named)
    chosen = [_choose(one, countries, [], publisher_country) for one in named]
    # Once more, now that each name has a likely place: neighbours confirm one another.
    settled = [place for place in chosen if place is not None and place.kind == CITY]
    chosen = [_choose(one, countries, settled, publisher_country) for one in named]
    return _merge(named, chosen)


def _look_up(text: str, entity: Entity, gazetteer: Gazetteer) -> _Named:
    candidates = _candidates(entity.name, gazetteer)
    known = load_known_names().find(entity.name)
    is_town = known is not None and known.label == _TOWN and all(place.kind == CITY for place in candidates)
    well_known = max(candidates, key=lambda place: place.people, default=None) if is_town else None
    return _Named(entity, candidates, _qualifiers(text, entity.mentions, gazetteer), well_known)


def _candidates(name: str, gazetteer: Gazetteer) -> list[Candidate]:
    for form in (name, f"{name}.", _AROUND.sub("", name)):  # "Ky" is written with and without its dot
        found = gazetteer.find(form)
        if found:
            return found
    return []


def _qualifiers(text: str, mentions: Sequence[Mention], gazetteer: Gazetteer) -> list[Candidate]:
    """Return the lands that stand right after a mention: "Paris, Texas", "Birmingham (England)"."""
    found: list[Candidate] = []
    for mention in mentions:
        beside = _QUALIFIER.match(text, mention.end)
        if beside:
            found += [
                place
                for name in (beside[1], beside[1] + ".")
                for place in gazetteer.find_land(name)
                if place.kind in {COUNTRY, STATE}
            ]
    return found


def _count_countries(named: Sequence[_Named]) -> Counter[str]:
    """Return how many mentions speak for each country: names that mean one land only, and by far largest cities."""
    counts: Counter[str] = Counter()
    for one in named:
        places = one.qualified or one.candidates
        countries = {place.country for place in places}
        first = places[0] if places else None
        if first is None or first.country is None:
            continue
        sure = len(countries) == 1 or (first.kind == CITY and first.people > _LARGE and len(places) < 3)
        if sure:
            counts[first.country] += len(one.entity.mentions)
    return counts


def _choose(
    one: _Named, countries: Counter[str], settled: Sequence[Candidate], publisher_country: str | None
) -> Candidate | None:
    total = sum(countries.values())

    def weigh(place: Candidate) -> float:
        weight = math.log10(place.people + 1) if place.kind == CITY else _PRIORS[place.kind]
        if place.country and total:
            weight += _SAME_COUNTRY * countries[place.country] / total
        if place.country and place.country == publisher_country:
            weight += _PUBLISHER
        if place is one.well_known:
            weight += _WELL_KNOWN
        if any(_contains(land, place) for land in one.qualified):
            weight += _QUALIFIED
        if place.kind == CITY and any(
            other.name != place.name and distance_km(place, other) < _NEAR_KM for other in settled
        ):
            weight += _NEAR
        return weight

    return max(one.candidates, key=weigh, default=None)


def _contains(land: Candidate, place: Candidate) -> bool:
    if land == place or land.country != place.country:
        return False
    return land.kind == COUNTRY or distance_km(land, place) < _STATE_KM


def distance_km(one: Candidate, other: Candidate) -> float:
    """Return the great-circle distance in kilometres."""
    lat1, lon1, lat2, lon2 = map(math.radians, (one.lat, one.lon, other.lat, other.lon))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def _merge(named: Sequence[_Named], chosen: Sequence[Candidate | None]) -> tuple[Place, ...]:
    """Return one record per place: two names of one place are joined, the more salient one first."""
    groups: dict[Candidate | str, list[Entity]] = {}
    for one, place in zip(named, chosen, strict=True):
        groups.setdefault(place or one.entity.name, []).append(one.entity)
    ranked = sorted(groups.items(), key=lambda item: -sum(entity.salience for entity in item[1]))
    return tuple(_record(place, entities) for place, entities in ranked[:MAX_PLACES])


def _record(place: Candidate | str, entities: Sequence[Entity]) -> Place:
    spans = sorted((mention.start, mention.end) for entity in entities for mention in entity.mentions)
    mentions = tuple(Span(start=start, end=end) for start, end in spans)
    if isinstance(place, str):
        return Place(name=place, mentions=mentions)
    return Place(name=place.name, country=place.country, lat=place.lat, lon=place.lon, mentions=mentions)
