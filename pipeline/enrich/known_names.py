"""Names that need no model: countries, peoples, capitals, large organisations. Reads `well_known.csv` beside it.

A row has the name as written, its OntoNotes label, the canonical name, and whether the name is `sure`: a sure name
means this wherever it stands, so that a mention that the model missed is added and one that it mislabelled corrected.
The others ("Georgia", "Jordan", "Apple") only share their canonical name when the model agrees on the label.
"""

import csv
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from pipeline.enrich.name_matcher import NameMatcher
from pipeline.enrich.normal_name import normal_name

MIN_CAPITALS_CHARS: Final = 5
_FILE: Final = "well_known.csv"


class KnownName(NamedTuple):
    """What a name stands for."""

    label: str
    canonical: str
    sure: bool


class KnownNames:
    """A table of names, looked up as written."""

    def __init__(self, names: dict[str, KnownName]) -> None:
        self._names = names
        self._folded = {normal_name(name): known for name, known in names.items() if len(normal_name(name)) > 3}
        # "al-Qaeda" is found by the model; looking for small letters would double the time for all texts.
        sure = [name for name, known in names.items() if known.sure and not name[0].islower()]
        # Datelines and headlines are often in capitals; short names in capitals can be words.
        capitals = [name.upper() for name in sure if len(name) >= MIN_CAPITALS_CHARS]
        self.matcher = NameMatcher([*sure, *capitals])
        self.matcher_in_capitals = NameMatcher(capitals)

    def find(self, name: str) -> KnownName | None:
        """Return what `name` stands for; short names must be written exactly so ("US" is not "us")."""
        return self._names.get(name) or self._folded.get(normal_name(name))


@cache
def load_known_names() -> KnownNames:
    """Return the table that ships with the program."""
    lines = files("pipeline.enrich").joinpath(_FILE).read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(lines)
    return KnownNames({row["name"]: KnownName(row["label"], row["canonical"], row["sure"] == "yes") for row in rows})
