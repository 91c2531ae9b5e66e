"""Names of indices, and what differs between the templates that are there and those that should be."""

from datetime import UTC, datetime

import pytest

from pipeline.index.templates import IndexNames, build_components, build_mappings, build_template, find_differences

NAMES = IndexNames("demo-")
NOW = datetime(2026, 7, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first_seen", "month"),
    [
        (datetime(2026, 7, 1, tzinfo=UTC), "2026.07"),
        (datetime.fromisoformat("2026-07-01T01:00:00+02:00"), "2026.06"),
        (datetime(2026, 8, 1, tzinfo=UTC), "2026.07"),
        (datetime(2262, 1, 1, tzinfo=UTC), "2026.07"),
        (datetime(1996, 2, 29, tzinfo=UTC), "1996.02"),
        (datetime(1678, 1, 1, tzinfo=UTC), "1990.01"),
        (datetime(205, 1, 1, tzinfo=UTC), "1990.01"),
    ],
)
def test_month_of_first_sight(first_seen: datetime, month: str) -> None:
    """An article lives in the month in which it was seen first, in UTC; no clock can make any index it likes."""
    index = NAMES.month_index(first_seen, NOW)
    assert index == f"demo-news-articles-{month}"
    assert NAMES.month_of(index) == month


def test_the_month_before() -> None:
    """The month before January is December."""
    assert NAMES.month_before("demo-news-articles-2026.07") == "demo-news-articles-2026.06"
    assert NAMES.month_before("demo-news-articles-2026.01") == "demo-news-articles-2025.12"


@pytest.mark.parametrize(
    "name",
    [
        "demo-news-articles",
        "demo-news-articles-2026.13",
        "demo-news-articles-2026.07-old",
        "news-articles-2026.07",
        "demoXnews-articles-2026.07",
    ],
)
def test_other_indices_are_not_ours(name: str) -> None:
    """Only names of exactly our form count as months; prune deletes nothing else."""
    assert NAMES.month_of(name) is None


def test_template_is_safe() -> None:
    """The template takes only our indices, puts them behind the alias, and lets no write create one."""
    template = build_template(NAMES)
    assert template["index_patterns"] == ["demo-news-articles-*"]
    assert template["allow_auto_create"] is False
    assert template["template"]["aliases"] == {"demo-news-articles": {}}
    assert template["composed_of"] == list(build_components(NAMES))


def test_mappings_are_strict() -> None:
    """What is installed refuses fields that nobody declared."""
    assert build_mappings()["dynamic"] == "strict"
    mappings = build_components(NAMES)[NAMES.components[-1]]["template"]["mappings"]
    assert mappings == build_mappings()


@pytest.mark.parametrize(
    ("expected", "found", "lines"),
    [
        ({"a": 1}, {"a": "1"}, []),
        ({"a": True, "b": [1, 2]}, {"a": "true", "b": ["1", "2"]}, []),
        ({"a": {"type": "text"}}, {"a": {"type": "keyword"}}, ["a.type is keyword, not text"]),
        ({"a": {"type": "text"}}, {}, ["a.type is missing"]),
        ({}, {"a": {"b": 1}}, ["a.b is not expected"]),
        ({"a": {}}, {"a": {}}, []),
        ({"a": {}}, {}, ["a is missing"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a is 2, 1, not 1, 2"]),
    ],
)
def test_every_difference_is_named(expected: object, found: object, lines: list[str]) -> None:
    """Each place that differs gives one line; numbers and booleans equal their text."""
    assert find_differences(expected, found) == lines
