"""Words that tell what a name is: `name_words.toml` → sets by their name. Pure but for reading its table, once."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from pipeline.enrich.word_set import word_set

_FILE: Final = "name_words.toml"


def name_words(name: str) -> frozenset[str]:
    """Return one set of the table; what each is for stands there.

    >>> "ministry" in name_words("organisation_tails")
    True
    """
    value = _table()[name]
    return word_set(value) if isinstance(value, str) else frozenset(value)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("pipeline.enrich").joinpath(_FILE).read_text(encoding="utf-8"))
