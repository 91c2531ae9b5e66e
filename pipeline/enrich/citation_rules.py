"""The phrases by which articles name an outlet as their source: `citation_rules.toml`, compiled. Pure.

Patterns are tried on bounded pieces of text around a name; repetition inside them is bounded, so they stay linear.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

_FILE: Final = "citation_rules.toml"
_ARTICLES: Final = (
    r"(?:the|a|an|der|die|das|dem|den|des|einem|einer|le|la|les|l[’']|un|une|du|aux?|el|los|las|al|del|its|his|her)"
)
_WORDS: Final = r"(?:[\w.’'-]{1,24}\s){0,3}?"


@dataclass(frozen=True, slots=True)
class CitationRules:
    """The rules of one language. `noun`, `before` match up to where a name begins; the others from where it ends."""

    before: re.Pattern[str]
    after: re.Pattern[str]
    noun: re.Pattern[str]
    own_report: re.Pattern[str]
    relay: re.Pattern[str]
    as_saying: re.Pattern[str]


@cache
def load_citation_rules() -> dict[str, CitationRules]:
    """Return the rules by language code."""
    table = tomllib.loads(files("pipeline.enrich").joinpath(_FILE).read_text(encoding="utf-8"))
    return {language: _compile(section) for language, section in table.items()}


def _compile(section: dict[str, Any]) -> CitationRules:
    nouns = "|".join(sorted(map(re.escape, section["nouns"]), key=len, reverse=True))
    before = "|".join(section["before"])
    reports = section["reports"]
    report = rf"(?:(?:{_ARTICLES}\s)?{_WORDS}{reports}\s(?:by|in|from|of|de|du|von|der|en|dans)\s)?"
    return CitationRules(
        before=_pattern(rf"\b(?:{before})\s{report}(?:{_ARTICLES}\s?)?(?:{_WORDS}(?:{nouns}),?\s)?[\"“„«‘]?$"),
        after=_pattern(rf"[\"”“»’]?(?:,[^,.;:\n]{{1,60}},)?(?:[’']s?\s[\w’'. -]{{2,40}}?)?\s({section['after']})\b"),
        noun=_pattern(rf"\b(?:{nouns})\s[\"“„«‘]?$"),
        own_report=_pattern(rf"(?:[’']s?)?\s(?:[\w-]{{1,16}}\s){{0,2}}?{reports}\b"),
        relay=_pattern(rf"\s?{section['relays']}\s"),
        as_saying=_pattern(rf"\s{section['as_saying']}\b"),
    )


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)
