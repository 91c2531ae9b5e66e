"""The part of KQL that dashboards use means what Kibana means by it, and the rest is refused with its place."""

from typing import Any

import pytest

from pipeline.dashboards.kql import KqlError, compile_kql, fields_of


@pytest.mark.parametrize(
    ("expression", "query"),
    [
        ("a : b", {"term": {"a": "b"}}),
        ('a : "b \\"c\\" and d"', {"term": {"a": 'b "c" and d'}}),
        ("a : true", {"term": {"a": True}}),
        ("a : 3", {"term": {"a": 3}}),
        ("a : *", {"exists": {"field": "a"}}),
        ("a >= 2.5", {"range": {"a": {"gte": 2.5}}}),
        ("not a : *", {"bool": {"must_not": [{"exists": {"field": "a"}}]}}),
        (
            "a : 1 or b : 2 and not c : 3",
            {
                "bool": {
                    "should": [
                        {"term": {"a": 1}},
                        {"bool": {"filter": [{"term": {"b": 2}}, {"bool": {"must_not": [{"term": {"c": 3}}]}}]}},
                    ],
                    "minimum_should_match": 1,
                }
            },
        ),
    ],
)
def test_expressions_are_compiled(expression: str, query: dict[str, Any]) -> None:
    """Values, ranges and existence; `and` binds closer than `or`."""
    assert compile_kql(expression) == query


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("", "needs a field at character 1"),
        ("a", "needs a sign such as : at character 2"),
        ("a :", "needs a value at character 4"),
        ("a : b c : d", "needs the end at character 7"),
        ("(a : b", "needs ) at character 7"),
        ("a : b or", "needs a field at character 9"),
        ('a : "b', "cannot be read at character 4"),
    ],
)
def test_what_cannot_be_read_is_refused(expression: str, sentence: str) -> None:
    """The place is that of the first character that does not fit."""
    with pytest.raises(KqlError, match=sentence.replace("(", r"\(").replace(")", r"\)")):
        compile_kql(expression)


def test_fields_are_named() -> None:
    """Values that look like fields are none."""
    assert fields_of('a.b : "c : d" and (e >= 3 or not f : g)') == ["a.b", "e", "f"]
