"""The table of zone rules: each rule labels its examples, spares the lines that only look like them, and is fast."""

import time
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from pipeline.extract.zones import MAX_LINE_CHARS, ZONE_RULES, Place, ZoneRule

EXAMPLES: Final[dict[str, dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parent / "zone_examples.toml").read_text(encoding="utf-8")
)
PLACES: Final = {"head": Place.HEAD, "tail": Place.TAIL, "amid": Place.AMID}
RULES: Final = {rule.id: rule for rule in ZONE_RULES.rules}
# What makes careless patterns slow: long runs of what a repeated part may eat.
ATTACKS: Final = (
    "a ",
    "A",
    "A ",
    "ad ",
    "By A",
    "- ",
    "(",
    "“",
    "share ",
    "1 ",
    ". ",
    "the original version ",
    "@a.",
    "© ",
)


def test_every_rule_has_examples() -> None:
    """No rule without a line that it is for and one that it must leave alone, and no examples without a rule."""
    assert set(EXAMPLES) == set(RULES)
    assert all(example["yes"] and example["no"] for example in EXAMPLES.values())


def test_rule_ids_are_unique() -> None:
    """An id is stored with every zone, so it must name one rule."""
    assert len(RULES) == len(ZONE_RULES.rules)


@pytest.mark.parametrize("rule_id", sorted(EXAMPLES))
def test_rule_labels_its_examples(rule_id: str) -> None:
    """The line gets the rule's kind; an earlier rule of the same kind may take it first, but its own pattern fits."""
    rule, example = RULES[rule_id], EXAMPLES[rule_id]
    place = PLACES[example.get("place", "amid")]
    for line in example["yes"]:
        found = ZONE_RULES.find(line, place)
        assert found is not None, line
        assert found.kind is rule.kind, (line, found.id)
        assert _fits(rule, line, place), line


@pytest.mark.parametrize("rule_id", sorted(EXAMPLES))
def test_rule_spares_what_only_looks_alike(rule_id: str) -> None:
    """A sentence of a story that begins like furniture stays a sentence of the story, at every place."""
    for line in EXAMPLES[rule_id]["no"]:
        for place in (Place.HEAD, Place.AMID, Place.TAIL, Place.EDGE):
            found = ZONE_RULES.find(line, place)
            assert found is None, (line, found.id)


def test_edge_rules_stay_at_the_edge() -> None:
    """A contact line amid a story may be a quote; only at the edge it is the author's."""
    line = "Reach the reporter at wstoat@larkfield.example."
    assert ZONE_RULES.find(line, Place.AMID) is None
    assert ZONE_RULES.find(line, Place.TAIL) is not None


def test_long_lines_are_not_tried() -> None:
    """A line longer than any furniture is body, whatever it begins with."""
    assert ZONE_RULES.find("Advertisement " * 200, Place.EDGE) is None


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_no_pattern_runs_away(rule_id: str) -> None:
    """The longest line that is tried costs a pattern at most some milliseconds, however it is made."""
    rule = RULES[rule_id]
    openings = ["", *EXAMPLES[rule_id]["yes"], *(line[: len(line) // 2] for line in EXAMPLES[rule_id]["yes"])]
    for opening in openings:
        for attack in ATTACKS:
            line = (opening + attack * MAX_LINE_CHARS)[: MAX_LINE_CHARS - 1] + "\x01"
            started = time.process_time()
            rule.pattern.search(line)
            assert time.process_time() - started < 0.25, (opening, attack)


def _fits(rule: ZoneRule, line: str, place: Place) -> bool:
    is_there = rule.where is None or bool(rule.where & place)
    return is_there and rule.pattern.search(line) is not None
