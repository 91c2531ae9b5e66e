"""What a line of an article is, judged by its wording alone: the rules of `zone_rules.toml`, and how they are tried.

Line and its place → the first rule that fits. Pure but for reading its one table; imports only `schemas`.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag
from importlib.resources import files
from typing import Any, Final

from schemas.annotations import ZoneKind

MAX_LINE_CHARS: Final = 1200
"""Patterns are tried on so much of a line; the bound keeps every pattern's time small."""


LONG_WORDS: Final = 500
"""Rules that allow more words are tried on longer lines too, on their beginnings."""

_PUNCTUATION: Final = str.maketrans(
    dict.fromkeys('!"#$%&()*+,./:;<=>?[\\]^_`{|}~‘“”„«»‹›…–—•·|', " ") | {"’": "'", "@": " @ ", "©": " © ", "ⓒ": " ⓒ "}
)


class Place(IntFlag):
    """Where a line stands: at the head (up to the body's first line), at its tail, or amid it (neither)."""

    AMID = 0
    HEAD = 1
    TAIL = 2
    EDGE = 3


_WHERE: Final = {"any": None, "edge": Place.EDGE, "head": Place.HEAD, "tail": Place.TAIL}


@dataclass(frozen=True, slots=True, eq=False)
class ZoneRule:
    """One row of the table. `where` None: anywhere. `is_chrome`: furniture that a page's text leaves out."""

    id: str
    kind: ZoneKind
    pattern: re.Pattern[str]
    triggers: frozenset[str]
    max_words: int
    where: Place | None
    is_chrome: bool
    order: int


class ZoneRules:
    """The table, ready to be asked. Immutable."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.rules = tuple(_rule(row, order) for order, row in enumerate(rows))
        self._long = tuple(rule for rule in self.rules if rule.max_words > LONG_WORDS)
        self._always = tuple(rule for rule in self.rules if not rule.triggers)
        self._by_trigger: dict[str, list[ZoneRule]] = {}
        for rule in self.rules:
            for word in rule.triggers:
                self._by_trigger.setdefault(word, []).append(rule)
        self._triggers = frozenset(self._by_trigger)

    def find(self, line: str, place: Place) -> ZoneRule | None:
        """Return the first rule of the table that fits this line at this place, or None."""
        if len(line) > MAX_LINE_CHARS:
            return self._find_in_long(line, place)
        words = line.lower().translate(_PUNCTUATION).split()
        found = set(self._always)
        for word in set(words) & self._triggers:
            found.update(self._by_trigger[word])
        count = len(words)
        for rule in sorted(found, key=_order):
            if count <= rule.max_words and (rule.where is None or rule.where & place) and rule.pattern.search(line):
                return rule
        return None

    def _find_in_long(self, line: str, place: Place) -> ZoneRule | None:
        """Return the first rule for long lines that fits the beginning of this one."""
        head = line[:MAX_LINE_CHARS]
        count = line.count(" ") + 1
        for rule in self._long:
            if count <= rule.max_words and (rule.where is None or rule.where & place) and rule.pattern.search(head):
                return rule
        return None


def _order(rule: ZoneRule) -> int:
    return rule.order


def _rule(row: Mapping[str, Any], order: int) -> ZoneRule:
    return ZoneRule(
        id=row["id"],
        kind=ZoneKind(row["kind"]),
        pattern=re.compile(row["pattern"], re.IGNORECASE),
        triggers=frozenset(row.get("triggers", ())),
        max_words=row["max_words"],
        where=_WHERE[row["where"]],
        is_chrome=row.get("chrome", False),
        order=order,
    )


def _load() -> ZoneRules:
    table = tomllib.loads(files("pipeline.extract").joinpath("zone_rules.toml").read_text(encoding="utf-8"))
    return ZoneRules(table["rule"])


ZONE_RULES: Final = _load()
"""The table that ships with the package."""
