"""Every panel on a real Elasticsearch: rows on the demo corpus, known numbers, and no error on an empty index."""

import json
import re
from pathlib import Path

from pipeline.connections import panels_of
from pipeline.dashboards.board import Board
from pipeline.dashboards.live import Answer, ask_board, find_empty, spans_of
from pipeline.dashboards.times import read_span
from pipeline.settings import Settings
from tests.cli.conftest import run_newswire
from tests.dashboards.corpus import NOW, VIEWS, Corpus, boards, corpus
from tests.services.fixtures import Service

__all__ = ["boards", "corpus"]


def test_every_panel_shows_something(corpus: Corpus, boards: dict[str, Board]) -> None:
    """No request is refused, no shard fails, and the innermost bucket of every layer holds documents and values."""
    assert [str(fault) for fault in corpus.faults] == []
    assert [str(fault) for answer in corpus.answers.values() for fault in find_empty(answer)] == []
    assert len(corpus.answers) == sum(len(board.panels) for board in boards.values())


def test_known_numbers(corpus: Corpus) -> None:
    """Panels say of the demo corpus what reading its files says; ten of them and more, each of another kind."""

    def numbers(board: str, panel: str) -> list[tuple[object, ...]]:
        return [(*row.keys, *row.values) for row in corpus.rows(board, panel)]

    assert numbers("newsroom", "articles")[0][0] == 55  # 56 articles, one of them without a date
    assert numbers("newsroom", "languages") == [("en", 32), ("de", 9), ("es", 7), ("fr", 7)]
    assert numbers("newsroom", "copies") == [(8,)]
    assert numbers("newsroom", "sources") == [(12,)]
    # Three are named in as many articles, in no order of their own.
    people = [("Anneke Holtrop", 6), ("Matteo Brunetti", 6), ("Rajiv Telang", 6)]
    assert sorted(numbers("newsroom", "top-people")[:3]) == people
    assert numbers("entities", "speakers")[0] == ("Matteo Brunetti", 5, 5)
    assert numbers("places", "top-places")[0][:3] == ("Lyon", 12, 8)
    assert numbers("places", "with-place") == [(46, 55)]
    assert numbers("stories", "stories")[0][0] == corpus.report["stories"]
    assert sum(row.count for row in corpus.rows("stories", "sizes")) == corpus.report["stories"]
    # How large each story is belongs to grouping and its own tests; here the largest has to stand first.
    stories = corpus.rows("stories", "largest-stories")
    sizes = [row.values[0] or 0 for row in stories]
    assert sizes[0] == max(sizes) == corpus.rows("stories", "largest")[0].values[0]
    assert any(str(row.keys[0]).startswith("Storm Odette") for row in stories)
    assert ("Reuters", "Wafer & Wire", 2) in numbers("stories", "who-reprints-whom")
    assert ("Stuff", "Tasman Monitor", 1) in numbers("stories", "who-cites-whom")
    assert numbers("source-health", "undated") == [(1, 56)]
    # Nothing of the corpus was published before the time that it spans, and all of it within a week more.
    by_hour = corpus.rows("newsroom", "hour-by-weekday")
    assert sum(row.count for row in by_hour) == 51  # 55, less 4 whose time of day is unknown
    assert (3, 16) in {row.keys for row in by_hour}  # Storm Odette hit on a Wednesday


def test_samples_add_up(corpus: Corpus) -> None:
    """The health boards count what the samples say, each stage and reason apart."""
    assert corpus.rows("pipeline-health", "lag-now")[0].values == (332, 0)
    assert corpus.rows("pipeline-health", "oldest")[0].values == (252,)
    stages = {row.keys[0] for row in corpus.rows("pipeline-health", "throughput")}
    assert {"enrich", "index", "group"} <= stages  # the demo's own process may be there too
    blocked = [row.keys for row in corpus.rows("pipeline-health", "blocked")]
    assert ("index", "step", "Elasticsearch does not answer") in blocked
    silent = {row.keys[0]: row.values[:2] for row in corpus.rows("source-health", "expected-by-source")}
    assert silent["Le Phare"] == (20, 36)


def test_no_panel_fails_on_an_empty_index(
    elastic_server: Service, index_prefix: str, boards: dict[str, Board], tmp_path: Path
) -> None:
    """Before the first article there is no index, and after setup an empty one: no panel fails on either."""
    settings = Settings(data_dir=tmp_path, index_url=elastic_server.url, index_prefix=index_prefix)
    source = panels_of(settings, timeout_s=30)
    try:
        for variables in ({}, {"NEWSWIRE_INDEX_URL": elastic_server.url, "NEWSWIRE_INDEX_PREFIX": index_prefix}):
            if variables:
                assert run_newswire(tmp_path / "data", "setup", **variables).code == 0
            spans = spans_of(source, VIEWS, read_span("now-7d", "now", NOW), whole=True)
            for name, board in boards.items():
                for answer in ask_board(name, board, source, VIEWS, spans):
                    assert isinstance(answer, Answer), answer
                    assert [table for table in answer.tables if table.total or table.filled] == []
    finally:
        source.close()


def test_check_says_what_is_proven(corpus: Corpus, tmp_path: Path, repository: Path) -> None:
    """`check` asks Elasticsearch too, and fails for a panel that shows nothing when rows are needed."""
    done = corpus.run("dashboards", "check", "--need-rows")
    assert done.code == 0, done.out
    assert done.out == "6 dashboards, 99 panels checked against the mappings and on Elasticsearch: no fault\n"
    board = json.loads((repository / "pipeline" / "dashboards" / "boards" / "places.json").read_text("utf-8"))
    board["panels"][-1]["config"]["tabs"][0]["query"]["expression"] = 'place_countries : "ZZ"'
    (tmp_path / "places.json").write_text(json.dumps(board), "utf-8")
    quiet = corpus.run("dashboards", "check", "--from", tmp_path)
    assert (quiet.code, quiet.err) == (0, "empty here: places: panel articles: lists no document\n")
    strict = corpus.run("dashboards", "check", "--from", tmp_path, "--need-rows", "--json")
    assert strict.code == 1
    assert json.loads(strict.out)["faults"] == ["places: panel articles: lists no document"]


def test_preview_draws_every_panel(corpus: Corpus, boards: dict[str, Board], tmp_path: Path) -> None:
    """A page for each dashboard with a drawing or a table in every panel, what articles say escaped, links to pages."""
    pages = corpus.run("dashboards", "preview", "--all", "--out", tmp_path, "--json").json["pages"]
    assert [Path(page).stem for page in pages] == list(boards)
    for page, board in zip(pages, boards.values(), strict=True):
        html = Path(page).read_text("utf-8")
        assert html.count('<section class="panel"') == len(board.panels)
        assert 'class="note"' not in html, "a panel without results"
        assert not re.search(r"<script|\bon\w+=|javascript:|nan\b", html)
        for panel in board.panels:
            assert f'id="{panel.id}"' in html
    stories = Path(pages[3]).read_text("utf-8")
    assert "Storm Odette live: Dawlish line shut" in stories
    newsroom = Path(pages[0]).read_text("utf-8")
    assert 'href="http://127.0.0.1:8720/entity?kind=person&amp;name=Rajiv%20Telang"' in newsroom
    assert "Le Courrier des Confluences" in newsroom
