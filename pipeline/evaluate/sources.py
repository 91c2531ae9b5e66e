"""Scores the registry of sources on lists of outlets: is an outlet known, with the right country and language?

CSV file (`list,domain,name,country,…,language,…`, one claim of one list a row) → `Score`. The lists conflict: what most
of them say counts, and where as many say otherwise, either is right.
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.evaluate.score import Score
from pipeline.sources.registry import SourceRegistry
from schemas.errors import ConfigurationError

BEST_KNOWN: Final = 500
"""The domains that stand in most lists; of those in equally many, the ones with the most claims, then by alphabet."""
_COLUMNS: Final = frozenset({"list", "domain", "country", "language"})
_GENERIC: Final = frozenset({"com", "org", "net", "info", "news", "tv"})
_NATIONAL: Final = {"uk": "GB"}


@dataclass(slots=True)
class Outlet:
    """What the lists claim of one domain."""

    domain: str
    lists: set[str] = field(default_factory=set)
    claims: int = 0
    countries: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)


def score(path: Path, limit: int | None = None) -> Score:
    """Score the shipped registry on the best-known domains of the file, `BEST_KNOWN` of them or `limit`.

    Figures: `coverage` (share of the domains in the registry); of those that are, `country_right` and `language_right`
    where a list says anything, and `both_right`. The baseline reads the domain: a national ending is a country, any
    other the United States, and everybody writes English; it covers the domains with a national ending.

    Raises:
        ConfigurationError: the file cannot be read or has other columns.
    """
    outlets = best_known(read_outlets(path), limit or BEST_KNOWN)
    registry = SourceRegistry.load()
    known = [(outlet, registry.publisher(domain=outlet.domain)) for outlet in outlets]
    facts = [(outlet, source.country, source.language) for outlet, source in known if source]
    read = [(outlet, _country_of(outlet.domain), "en") for outlet in outlets]
    national = sum(outlet.domain.rpartition(".")[2] not in _GENERIC for outlet in outlets)
    return Score(
        "sources", len(outlets), _figures(len(outlets), len(facts), facts), _figures(len(outlets), national, read)
    )


def find_examples(path: Path, limit: int | None, wanted: int) -> Iterator[str]:
    """Yield domains that the registry does not know, or of which it says something else than the lists."""
    registry = SourceRegistry.load()
    for outlet in best_known(read_outlets(path), limit or BEST_KNOWN):
        source = registry.publisher(domain=outlet.domain)
        wrong = (
            "not in the registry"
            if source is None
            else f"country {source.country}, lists say {dict(outlet.countries)}"
            if not _agrees(source.country, outlet.countries)
            else f"language {source.language}, lists say {dict(outlet.languages)}"
            if not _agrees(source.language, outlet.languages)
            else ""
        )
        if wrong and wanted > 0:
            wanted -= 1
            yield f"{outlet.domain} (in {len(outlet.lists)} lists): {wrong}"


def read_outlets(path: Path) -> list[Outlet]:
    """Return what the file claims, by domain, in file order. Errors as `score`."""
    outlets: defaultdict[str, Outlet] = defaultdict(lambda: Outlet(""))
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = _COLUMNS - set(reader.fieldnames or ())
            if missing:
                msg = f"{path} has no column {min(missing)!r}: a list of outlets has {', '.join(sorted(_COLUMNS))}"
                raise ConfigurationError(msg)
            for row in reader:
                outlet = outlets[row["domain"]]
                outlet.domain = row["domain"]
                outlet.lists.add(row["list"])
                outlet.claims += 1
                if row["country"]:
                    outlet.countries[row["country"].upper()] += 1
                if row["language"]:
                    outlet.languages[row["language"].lower()[:2]] += 1
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"{path} cannot be read as CSV: {error}"
        raise ConfigurationError(msg) from error
    return list(outlets.values())


def best_known(outlets: Sequence[Outlet], count: int) -> list[Outlet]:
    """Return the `count` outlets that most lists have."""
    return sorted(outlets, key=lambda one: (-len(one.lists), -one.claims, one.domain))[:count]


def _country_of(domain: str) -> str:
    ending = domain.rpartition(".")[2]
    return "US" if ending in _GENERIC else _NATIONAL.get(ending, ending.upper())


def _agrees(value: str | None, claims: Counter[str]) -> bool:
    """Return whether no claim has more lists behind it; without any claim there is nothing to disagree with."""
    return not claims or (value is not None and claims[value] == max(claims.values()))


def _figures(all_: int, covered: int, facts: Sequence[tuple[Outlet, str | None, str | None]]) -> dict[str, float]:
    countries = [_agrees(country, outlet.countries) for outlet, country, _ in facts if outlet.countries]
    languages = [_agrees(language, outlet.languages) for outlet, _, language in facts if outlet.languages]
    both = [
        _agrees(country, outlet.countries) and _agrees(language, outlet.languages)
        for outlet, country, language in facts
    ]
    return {
        "coverage": covered / all_ if all_ else 0.0,
        "country_right": _share(countries),
        "language_right": _share(languages),
        "both_right": _share(both),
    }


def _share(answers: Sequence[bool]) -> float:
    return sum(answers) / len(answers) if answers else 0.0
