"""Countries as lists of feeds name them: code of two or three letters, or English name → ISO 3166 alpha-2. Pure.

The table beside this module holds the codes with their English names (Unicode CLDR) and other names in use.
"""

import csv
from functools import cache
from importlib.resources import files
from typing import Final

# Country domains that are registered mostly from elsewhere, for what they spell (ICANN calls them generic ccTLDs).
_SOLD: Final = frozenset(
    {"ac", "ag", "ai", "am", "as", "bz", "cc", "cd", "co", "dj", "fm", "gg", "gl", "io", "la", "ly", "me", "ms", "nu"}
    | {"pw", "sc", "sh", "st", "su", "tk", "to", "tv", "vc", "ws"}
)


def find_country(written: object) -> str | None:
    """Return the code of a country, or None for anything that is none.

    >>> find_country("AUS"), find_country("Hong Kong SAR China"), find_country("uk"), find_country("Business")
    ('AU', 'HK', 'GB', None)
    """
    if not isinstance(written, str) or len(written) > 80:
        return None
    return _codes().get(_fold(written))


@cache
def country_names() -> dict[str, str]:
    """Return the English name of each country by its code, ISO 3166 alpha-2."""
    with files("pipeline.sources").joinpath("countries.csv").open(encoding="utf-8") as lines:
        return {row["alpha2"]: row["name"] for row in csv.DictReader(lines)}


def country_of_host(host: str) -> str | None:
    """Return the country under whose top-level domain a host stands; None for generic ones, and those sold as such.

    >>> country_of_host("dorfbote.de"), country_of_host("ferry.co.uk"), country_of_host("post.tv")
    ('DE', 'GB', None)
    """
    label = host.rpartition(".")[2].lower()
    return None if len(label) != 2 or label in _SOLD else find_country(label)


def _fold(name: str) -> str:
    folded = name.casefold().replace("&", "and").replace("-", " ").replace(".", "").strip()
    return " ".join(folded.split()).removeprefix("the ")


@cache
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    with files("pipeline.sources").joinpath("countries.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            for name in (row["alpha2"], row["alpha3"], row["name"], *row["other_names"].split("|")):
                if name:
                    codes.setdefault(_fold(name), row["alpha2"])
    return codes
