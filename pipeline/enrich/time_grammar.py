"""The grammar of time expressions: `time_words.toml` → compiled patterns per language, and what words stand for.

Pure. A pattern is tried only where its first word stands, so that the cost follows the number of such words in a text,
not its length.
"""

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

_FILE: Final = "time_words.toml"
DIGITS: Final = "#"
"""Stands for any word that begins with a digit, in the table of first words."""

_BLANKS: Final = r"[^\S\n]"
# Placeholders that are numbers; the others are tables of words. Each becomes a group of its own name.
_NUMERIC: Final = {
    "day": r"0?[1-9]|[12]\d|3[01]",
    "year": r"(?:1[89]|20)\d\d",
    "numeric_month": r"0?[1-9]|1[0-2]",
    "numeric_day": r"0?[1-9]|[12]\d|3[01]",
    "slash_first": r"\d{1,2}",
    "slash_second": r"\d{1,2}",
    "slash_year": r"(?:19|20)?\d\d",
    "hour": r"[01]?\d|2[0-4]",
    "minute": r"[0-5]\d",
    "military": r"[0-2]\d[0-5]\d",
    "decade": r"(?:1[89]|20)?\d0",
    "century": r"1\d|2[01]",
}
_ZONES: Final = "UTC|GMT|BST|CEST|CET|EEST|EET|EST|EDT|ET|CST|CDT|CT|MST|MDT|MT|PST|PDT|PT|IST|JST|AEST|AEDT"
_TABLES: Final = {
    "month": "months",
    "short_month": "short_months",
    "weekday": "weekdays",
    "short_weekday": "short_weekdays",
    "unit": "units",
    "number": "numbers",
    "ordinal": "ordinals",
    "day_word": "days",
    "relation": "relations",
    "season": "seasons",
    "part": "parts",
    "part_joined": "parts",
    "vague": "vague",
    "holiday": "holidays",
}
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+|,)\}")
_PIECE: Final = re.compile(r"\[\^?\]?[^\]]*\]|\\.|[ ]\?|[ ]|.", re.DOTALL)
_FIRST_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class TimePattern:
    """One way to name a time.

    Args:
        regex: its groups are named after what they hold.
        value: the value, where the wording decides it alone; `this` means the present one of its unit.
        proper: only when it begins with a capital letter; `lower`: only when it does not.
        bare_year: a number that can be something else than a year.
        after: what must stand before it, and `before_not` what must not, at the end of the text on its left.
    """

    regex: re.Pattern[str]
    value: str | None = None
    proper: bool = False
    lower: bool = False
    bare_year: bool = False
    after: re.Pattern[str] | None = None
    before_not: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class TimeGrammar:
    """How one language names times.

    `words` maps a table's name ("months") and a word in small letters to what it stands for; `by_first_word` the
    patterns that can begin with a word. `future` and `past` find wordings on the left of an expression that turn
    it to what comes or was, `reported` those that make a day the day of a report, `edges` what widens it to the left.
    """

    words: dict[str, dict[str, Any]]
    by_first_word: dict[str, tuple[TimePattern, ...]]
    future: re.Pattern[str]
    past: re.Pattern[str]
    reported: re.Pattern[str]
    edges: re.Pattern[str]
    ambiguous: frozenset[str]


@cache
def load_grammars() -> dict[str, TimeGrammar]:
    """Return the grammar of each language that has one, by ISO 639-1 code."""
    table = tomllib.loads(files("pipeline.enrich").joinpath(_FILE).read_text(encoding="utf-8"))
    return {language: _compile_language(entry) for language, entry in table.items()}


def _compile_language(entry: dict[str, Any]) -> TimeGrammar:
    by_first_word: defaultdict[str, list[TimePattern]] = defaultdict(list)
    for row in entry["patterns"]:
        pattern = TimePattern(
            re.compile(_expand(f"{_head(row)}{row['rest']}", entry), re.IGNORECASE),
            row.get("value"),
            row.get("proper", False),
            row.get("lower", False),
            row.get("bare_year", False),
            _ends_with(row.get("after")),
            _ends_with(row.get("before_not")),
        )
        for word in _first_words(row, entry):
            by_first_word[word].append(pattern)
    return TimeGrammar(
        words={name: entry.get(name, {}) for name in set(_TABLES.values())},
        by_first_word={word: tuple(patterns) for word, patterns in by_first_word.items()},
        future=re.compile(entry["future"], re.IGNORECASE),
        past=re.compile(entry["past"], re.IGNORECASE),
        reported=re.compile(entry["reported"], re.IGNORECASE),
        edges=re.compile(entry["edges"], re.IGNORECASE),
        ambiguous=frozenset(entry.get("ambiguous", ())),
    )


def _head(row: dict[str, Any]) -> str:
    return f"(?P<{row['head']}>{row['like']})" if "head" in row else f"(?:{row['like']})"


def _ends_with(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern, re.IGNORECASE) if pattern else None


def _expand(pattern: str, entry: dict[str, Any]) -> str:
    """Return the pattern as a regular expression: blanks stay within a line, placeholders become named groups."""
    blanks = "".join(_blank(piece) for piece in _PIECE.findall(pattern))
    return _PLACEHOLDER.sub(lambda found: _group(found[1], entry), blanks)


def _blank(piece: str) -> str:
    if piece == " ":
        return _BLANKS + "{1,2}"
    return _BLANKS + "{0,2}" if piece == " ?" else piece


def _group(name: str, entry: dict[str, Any]) -> str:
    if name == ",":
        return f"(?:{_BLANKS}?,)?"
    if name == "zone":
        return rf"(?P<zone>(?-i:{_ZONES})\b)"
    if name == "adjective":
        return f"(?:{entry.get('adjective', '(?!)')})"
    if name in _NUMERIC:
        return f"(?P<{name}>{_NUMERIC[name]})"
    words = "|".join(re.escape(word) for word in sorted(entry.get(_TABLES[name], ()), key=len, reverse=True)) or "(?!)"
    if name == "number":
        words = rf"(?:{words})\b|\d{{1,3}}(?:\.5)?"
    return f"(?P<{name}>{words})"


def _first_words(row: dict[str, Any], entry: dict[str, Any]) -> set[str]:
    words: set[str] = set()
    if "{part_joined}" in row["rest"]:  # "Montagabend" is one word
        words |= {day + part for day in entry["weekdays"] for part in entry["parts"]}
    for choice in row["like"].split("|"):
        placeholder = _PLACEHOLDER.fullmatch(choice)
        if not placeholder:
            words.add(choice.lower())
            continue
        name = placeholder[1]
        if name in _NUMERIC or name == "number":
            words.add(DIGITS)
        if name in _TABLES:
            for word in entry.get(_TABLES[name], ()):
                first = _FIRST_WORD.match(word)
                words.add(first[0] if first else word)
    return words
