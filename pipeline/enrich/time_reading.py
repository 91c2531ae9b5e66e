"""What the readers of time expressions are given and give back: anchor, match, value. Pure."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.enrich.time_grammar import TimeGrammar


class Anchor(NamedTuple):
    """The date that an article is told from.

    `date` is the first day of what is known: `precision` is `day`, `month` or `year`. `signal` says where it was found.
    """

    date: dt.date
    precision: str
    signal: str
    certain: bool

    @property
    def text(self) -> str:
        """The date as exactly as it is known, in ISO 8601."""
        return self.date.isoformat()[: {"year": 4, "month": 7}.get(self.precision, 10)]


class TimeValue(NamedTuple):
    """A value, and whether it rests on the anchor."""

    value: str | None
    anchored: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One match to be understood: its groups in small letters, and what surrounds it."""

    groups: dict[str, str]
    grammar: TimeGrammar
    anchor: Anchor | None
    future: bool
    past: bool
    month_first: bool | None

    def word(self, group: str, table: str) -> int | None:
        """Return the number that the group's word stands for."""
        text = self.groups.get(group)
        found = self.grammar.words[table].get(text) if text else None
        return int(found) if found is not None else None

    def code(self, group: str, table: str) -> str | None:
        """Return the code that the group's word stands for."""
        text = self.groups.get(group)
        found = self.grammar.words[table].get(text) if text else None
        return str(found) if found is not None else None

    def number(self, group: str) -> int | None:
        """Return the group's digits as a number."""
        return int(self.groups[group]) if group in self.groups else None

    @property
    def day(self) -> dt.date | None:
        """The anchor, when it is known to the day."""
        return self.anchor.date if self.anchor and self.anchor.precision == "day" else None

    @property
    def year(self) -> int | None:
        """The anchor's year."""
        return self.anchor.date.year if self.anchor else None
