"""The checker passes what is shipped, and names panel and field of everything that is wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.dashboards.board import Board
from pipeline.dashboards.check import check_boards
from pipeline.dashboards.shipped import ORDER, load_boards, read_board
from pipeline.dashboards.uses import uses_of
from pipeline.dashboards.views import DataView, shipped_views
from schemas.errors import ConfigurationError

Json = dict[str, Any]


@pytest.fixture(scope="module")
def views() -> dict[str, DataView]:
    """The shipped data views."""
    return shipped_views()


@pytest.fixture
def newsroom(repository: Path) -> Json:
    """The content of the Newsroom's file, to be spoilt."""
    path = repository / "pipeline" / "dashboards" / "boards" / "newsroom.json"
    content: Json = json.loads(path.read_text("utf-8"))
    return content


def panel(content: Json, name: str) -> Json:
    """Return a panel by its id."""
    return next(each for each in content["panels"] if each["id"] == name)


def test_the_shipped_six_are_right(views: dict[str, DataView]) -> None:
    """All six are there, in the order in which people meet them, and nothing is wrong with them."""
    boards = load_boards()
    assert tuple(boards) == ORDER
    assert [str(fault) for fault in check_boards(boards, views)] == []


def layer(content: Json) -> Json:
    """Return the layer of the chart of people."""
    found: Json = panel(content, "top-people")["config"]["layers"][0]
    return found


FAULTS: dict[str, tuple[Callable[[Json], object], str]] = {
    "unknown field": (
        lambda c: layer(c)["x"].update(fields=["entities.persn"]),
        "newsroom: panel top-people: field entities.persn does not exist in news-articles; did you mean",
    ),
    "text field": (
        lambda c: layer(c)["x"].update(fields=["title"]),
        "newsroom: panel top-people: field title is a text, which cannot be counted; use a keyword",
    ),
    "sub-field that is a text": (
        lambda c: layer(c)["x"].update(fields=["entities.person.words"]),
        "newsroom: panel top-people: field entities.person.words is a text",
    ),
    "field that is only stored": (
        lambda c: layer(c)["x"].update(fields=["stored"]),
        "newsroom: panel top-people: field stored is not indexed",
    ),
    "type that does not fit a metric": (
        lambda c: panel(c, "lag")["config"]["metrics"][0].update(field="source.name"),
        "newsroom: panel lag: field source.name is a keyword, and median takes a number",
    ),
    "type that does not fit time": (
        lambda c: panel(c, "volume-by-source")["config"]["layers"][0]["x"].update(field="word_count"),
        "newsroom: panel volume-by-source: field word_count is a number, and date_histogram takes a date",
    ),
    "significant numbers": (
        lambda c: panel(c, "rising-people")["config"]["rows"][0].update(fields=["word_count"]),
        "newsroom: panel rising-people: field word_count is a number, and significant takes a keyword",
    ),
    "unknown field in a query": (
        lambda c: panel(c, "copies")["config"]["metrics"][0]["filter"].update(expression="is_copi : true"),
        "newsroom: panel copies: field is_copi does not exist in news-articles; did you mean is_copy?",
    ),
    "unknown field in the query of the whole dashboard": (
        lambda c: c["query"].update(expression="not withdrawm : true"),
        "newsroom: field withdrawm does not exist in news-articles; did you mean withdrawn?",
    ),
    "query that cannot be read": (
        lambda c: panel(c, "copies")["config"]["metrics"][0]["filter"].update(expression="is_copy : (true"),
        "newsroom: panel copies: query 'is_copy : (true' needs a value at character 11",
    ),
    "unknown column": (
        lambda c: panel(c, "latest")["config"]["tabs"][0]["column_order"].append("headline"),
        "newsroom: panel latest: field headline does not exist in news-articles",
    ),
    "list sorted by a text": (
        lambda c: panel(c, "latest")["config"]["tabs"][0]["sort"][0].update(name="title"),
        "newsroom: panel latest: field title is a text",
    ),
    "control on a date": (
        lambda c: c["pinned_panels"][0]["config"].update(field_name="published_at"),
        "newsroom: panel source: field published_at is a date, and control takes a boolean or keyword",
    ),
    "dangling data view": (
        lambda c: layer(c)["data_source"].update(ref_id="news-article"),
        "newsroom: panel top-people: reads data view 'news-article', which is not shipped",
    ),
    "rank by a metric that is not there": (
        lambda c: layer(c)["x"]["rank_by"].update(metric_index=1),
        "newsroom: panel top-people: field entities.person is ranked by metric 1, which does not exist",
    ),
    "overlap": (
        lambda c: panel(c, "languages")["grid"].update(x=31),
        "newsroom: panel languages: overlaps panel volume-by-source",
    ),
    "beyond the grid": (
        lambda c: panel(c, "languages")["grid"].update(w=17),
        "newsroom: panel languages: reaches beyond the 48 columns",
    ),
    "hole": (
        lambda c: panel(c, "languages")["grid"].update(w=15),
        "newsroom: has a hole in its grid at column 47, row 10",
    ),
    "duplicate id": (
        lambda c: panel(c, "languages").update(id="top-people"),
        "newsroom: panel top-people: has an id that 2 panels have",
    ),
    "missing description": (
        lambda c: panel(c, "languages")["config"].update(description=" "),
        "newsroom: panel languages: has no description",
    ),
    "missing title": (
        lambda c: panel(c, "languages")["config"].update(title=""),
        "newsroom: panel languages: has no title",
    ),
    "crowded first screen": (
        lambda c: panel(c, "latest")["grid"].update(y=20),
        "newsroom: has 13 panels on its first screen, more than 12",
    ),
    "time range that ends before it starts": (
        lambda c: c.update(time_range={"from": "now", "to": "now-7d"}),
        "newsroom: time range now to now-7d ends before it starts",
    ),
    "shares without parts": (
        lambda c: layer(c).update(type="bar_percentage"),
        "newsroom: panel top-people: shows shares of a whole, and needs breakdown_by",
    ),
    "small number without a large one": (
        lambda c: panel(c, "copies")["config"]["metrics"][0].update(type="secondary"),
        "newsroom: panel copies: needs a primary metric first",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_panel_and_field(name: str, newsroom: Json, views: dict[str, DataView]) -> None:
    """Each seeded fault is found, and said so that it can be mended."""
    spoil, sentence = FAULTS[name]
    spoil(newsroom)
    found = [str(fault) for fault in check_boards({"newsroom": read_board("newsroom", json.dumps(newsroom))}, views)]
    assert [each for each in found if sentence in each], found


def test_a_nested_field_is_refused(newsroom: Json, views: dict[str, DataView]) -> None:
    """Kibana's charts show nothing of what is inside nested objects."""
    mappings = json.loads(json.dumps(views["news-articles"].mappings))
    mappings["properties"]["source"]["type"] = "nested"
    spoilt = {**views, "news-articles": replace(views["news-articles"], mappings=mappings)}
    found = check_boards({"newsroom": read_board("newsroom", json.dumps(newsroom))}, spoilt)
    assert any(fault.panel == "sources" and fault.field == "source.name" and "nested" in str(fault) for fault in found)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (
            lambda c: layer(c).update(colour="red"),
            "newsroom.json: panel 'top-people': config.xy.layers.0.colour",
        ),
        (lambda c: panel(c, "languages")["config"].update(type="gauge"), "newsroom.json: panel 'languages'"),
        (lambda c: layer(c)["x"].update(fields=["language", "section"]), "panel 'top-people'"),
        (lambda c: c.update(tags=["news"]), "newsroom.json: tags: Extra inputs"),
    ],
)
def test_a_form_that_kibana_would_not_take_is_refused(
    spoil: Callable[[Json], object], sentence: str, newsroom: Json
) -> None:
    """Unknown keys and kinds of panels stop the reading, with file, panel and place."""
    spoil(newsroom)
    with pytest.raises(ConfigurationError) as raised:
        read_board("newsroom", json.dumps(newsroom))
    assert sentence in str(raised.value)


def mutations() -> list[tuple[str, str, str]]:
    """Return every field that a dashboard uses: (dashboard, data view, field)."""
    return sorted({(name, use.view, use.field) for name, board in load_boards().items() for use in uses_of(board)})


@pytest.fixture(scope="module")
def boards() -> dict[str, Board]:
    """The shipped dashboards."""
    return load_boards()


@pytest.mark.parametrize(("name", "view_id", "field"), mutations(), ids=str)
def test_no_field_can_be_renamed_unnoticed(
    name: str, view_id: str, field: str, boards: dict[str, Board], views: dict[str, DataView]
) -> None:
    """When the mapping calls a used field otherwise, the check fails for each panel that uses it."""
    mappings = json.loads(json.dumps(views[view_id].mappings))
    *groups, leaf = field.split(".")
    properties = mappings["properties"]
    for group in groups:
        properties = properties[group]["properties"]
    properties[f"{leaf}_renamed"] = properties.pop(leaf)
    renamed = {**views, view_id: replace(views[view_id], mappings=mappings)}
    found = {(fault.panel, fault.field) for fault in check_boards({name: boards[name]}, renamed)}
    users = {use.panel for use in uses_of(boards[name]) if (use.view, use.field) == (view_id, field)}
    assert users
    assert {(user, field) for user in users} <= found


def test_links_and_names_are_of_fields_that_exist(views: dict[str, DataView]) -> None:
    """What a data view says about fields is about fields that it has."""
    for view in views.values():
        assert {*view.labels, *view.links, *view.names} - set(view.fields) == set()
        assert view.fields[view.time_field].kind == "date"
