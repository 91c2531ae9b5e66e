"""Names of places and what they can mean: `places.csv` and `gazetteer.tsv.gz` → candidates by name.

`places.csv` holds countries, states, regions and waters with their peoples; the gazetteer the populated places of the
world (GeoNames, CC BY 4.0). A name can mean several places; `places` decides.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from pipeline.enrich.normal_name import normal_name

_TABLE: Final = "places.csv"
_CITIES: Final = "gazetteer.tsv.gz"
CITY: Final = "city"
COUNTRY: Final = "country"
STATE: Final = "state"


class Candidate(NamedTuple):
    """A place that a name can mean. Degrees; `people` is 0 where it is not known; `country` ISO 3166 alpha-2."""

    name: str
    kind: str
    country: str | None
    lat: float
    lon: float
    people: int


class Gazetteer:
    """Candidates by name. Rows of cities are read when their name is first asked for, so that loading is quick."""

    def __init__(
        self, places: dict[str, list[Candidate]], peoples: dict[str, Candidate], cities: Sequence[str]
    ) -> None:
        self._places = places
        self._peoples = peoples
        self._cities = cities
        self._rows: defaultdict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(cities):
            name, _, rest = row.partition("\t")
            self._rows[name.casefold()].append(number)
            aliases = rest.rpartition("\t")[2]
            if aliases:
                for alias in aliases.split("|"):
                    self._rows[alias].append(number)

    def find(self, name: str) -> list[Candidate]:
        """Return what the name can mean: countries, states and regions first, then cities, the largest first."""
        found = self.find_land(name)
        for number in self._rows.get(name.casefold()) or self._rows.get(normal_name(name)) or ():
            city = _read_city(self._cities[number])
            if city not in found:
                found.append(city)
        return found

    def find_land(self, name: str) -> list[Candidate]:
        """Return the countries, states, regions and waters that the name can mean."""
        return list(self._places.get(name, ()) or self._places.get(normal_name(name), ()))

    def takes_article(self, name: str) -> bool:
        """Return whether a land, region or water of that name is listed with its article: "the Balkans"."""
        return f"the {name}" in self._places

    def find_people(self, name: str) -> Candidate | None:
        """Return the land of a people or of an adjective made from it: "Canadians", "Basque"."""
        return self._peoples.get(name)


def _read_city(row: str) -> Candidate:
    name, country, lat, lon, people, _ = row.split("\t")
    return Candidate(name, CITY, country, float(lat), float(lon), int(people))


@cache
def load_gazetteer() -> Gazetteer:
    """Return the gazetteer that ships with the program."""
    folder = files("pipeline.enrich")
    places: defaultdict[str, list[Candidate]] = defaultdict(list)
    peoples: dict[str, Candidate] = {}
    for row in csv.DictReader(folder.joinpath(_TABLE).read_text(encoding="utf-8").splitlines()):
        place = Candidate(row["name"], row["kind"], row["code"] or None, float(row["lat"]), float(row["lon"]), 0)
        names = [row["name"], *filter(None, row["aliases"].split("|"))]
        for name in names:
            for form in {name, normal_name(name)} if len(normal_name(name)) > 3 else {name}:  # "US" is not "us"
                if place not in places[form]:
                    places[form].append(place)
        for people in filter(None, row["people"].split("|")):
            peoples.setdefault(people, place)
    cities = gzip.decompress(folder.joinpath(_CITIES).read_bytes()).decode().splitlines()
    return Gazetteer(dict(places), peoples, cities)
