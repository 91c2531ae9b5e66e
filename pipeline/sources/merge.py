"""Claims of many lists about one domain → one source, with who agrees on each fact and who contradicts. Pure.

The list that is trusted most decides; among equals the value that most lists give, then the one that most rows give,
then the one that came first. What no list says is told by evidence: the country by the top-level domain.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pipeline.sources.countries import country_of_host
from pipeline.sources.feed_titles import outlet_name
from pipeline.sources.names import normalise_name
from schemas.source import OutletClaim, Source

FEEDS: Final = "feeds"
"""The list that feeds make by what they say of themselves; a source that only they name is provisional."""
TEXTS: Final = "texts"
"""Not a list: the language that an outlet's articles were found to be in."""
BY_HAND: Final = "by hand"
"""The list of what a person has said of single sources."""
TOP_LEVEL_DOMAIN: Final = "top-level domain"
TEXTS_TRUST: Final = -1
FEEDS_TRUST: Final = 0
USUAL_TRUST: Final = 50
SHIPPED_TRUST: Final = 100
"""What is shipped wins over lists up to this trust, and loses to those above it."""
HAND_TRUST: Final = 1000
FACTS: Final = ("id", "name", "kind", "country", "language", "timezone", "owner", "licence", "store")
# A list that gives one domain more names than this names the tenants of a platform, not its owner.
_MAX_NAMES: Final = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """The value of one fact: the lists that give it, and the other values with the lists that give those."""

    value: str
    lists: tuple[str, ...]
    against: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """What all lists together say of one domain; `trust` is that of the most trusted list."""

    domain: str
    choices: Mapping[str, Choice]
    aliases: tuple[str, ...]
    trust: int

    @property
    def facts(self) -> dict[str, Any]:
        """The chosen values by name, those that nobody gives left out."""
        aliases = {"aliases": self.aliases} if self.aliases else {}
        return {name: choice.value for name, choice in self.choices.items()} | aliases

    @property
    def source(self) -> Source:
        """The source; without an id or a name its domain is both, without a kind it is a website."""
        defaults = {"id": self.domain, "name": self.domain, "kind": "web"}
        return Source.model_validate(
            {**defaults, **self.facts, "domains": (self.domain,), "provisional": self.trust <= FEEDS_TRUST}
        )


def merge_claims(domain: str, claims: Sequence[OutletClaim], trust: Mapping[str, int]) -> Merged:
    """Return what the claims come to; `trust` has every list that claims something."""
    choices = {}
    for name in FACTS:
        said = _said(name, claims)
        if name == "name":
            said = _names(domain, said)
        chosen = choose(said, trust, normalise_name if name in {"name", "owner"} else str)
        if chosen is None and name == "country" and (country := country_of_host(domain)):
            chosen = Choice(country, (TOP_LEVEL_DOMAIN,))
        if chosen is not None:
            choices[name] = chosen
    aliases = dict.fromkeys(alias for claim in claims for alias in claim.aliases)
    return Merged(domain, choices, tuple(aliases), max((trust[claim.list_name] for claim in claims), default=0))


def choose(
    said: Sequence[tuple[str, str]], trust: Mapping[str, int], same_as: Callable[[str], str] = str
) -> Choice | None:
    """Return the value to take of pairs of value and list, None without any; `same_as` equates spellings of one value.

    >>> choose([("IE", "a"), ("GB", "b"), ("GB", "c")], {"a": 50, "b": 50, "c": 50})
    Choice(value='GB', lists=('b', 'c'), against=(('IE', ('a',)),))
    """
    if len({value for value, _ in said}) < 2:
        return Choice(said[0][0], tuple(dict.fromkeys(list_name for _, list_name in said))) if said else None
    groups: dict[str, list[tuple[str, str]]] = {}
    for value, list_name in said:
        groups.setdefault(same_as(value), []).append((value, list_name))

    def strength(group: Sequence[tuple[str, str]]) -> tuple[int, int, int]:
        lists = {list_name for _, list_name in group}
        return max(trust[one] for one in lists), len(lists), len(group)

    ranked = sorted(groups.values(), key=strength, reverse=True)  # sorted() keeps the order of equals
    spelled = [max(group, key=lambda pair: trust[pair[1]])[0] for group in ranked]
    lists = [tuple(dict.fromkeys(list_name for _, list_name in group)) for group in ranked]
    return Choice(spelled[0], lists[0], tuple(zip(spelled[1:], lists[1:], strict=True)))


def _said(name: str, claims: Sequence[OutletClaim]) -> list[tuple[str, str]]:
    return [(value, claim.list_name) for claim in claims if (value := getattr(claim, name))]


def _names(domain: str, written: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return who gives which name: feeds together one, and lists none that name the tenants of a platform."""
    by_list: dict[str, list[str]] = {}
    for name, list_name in written:
        by_list.setdefault(list_name, []).append(name)
    said = []
    for list_name, names in by_list.items():
        if list_name == FEEDS:
            said.append((outlet_name(names, domain), list_name))
        elif len({normalise_name(name) for name in names}) <= _MAX_NAMES:
            said += [(name, list_name) for name in names]
    return said
