"""The demo corpus in a real Elasticsearch, asked for by every panel: what tests of dashboards share."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.connections import panels_of, samples_of
from pipeline.dashboards.board import Board
from pipeline.dashboards.fault import Fault
from pipeline.dashboards.live import Answer, ask_board, spans_of
from pipeline.dashboards.panel_rows import Row
from pipeline.dashboards.shipped import load_boards
from pipeline.dashboards.times import read_span
from pipeline.dashboards.views import shipped_views
from pipeline.index.elastic_panels import ElasticPanels
from pipeline.settings import Settings
from tests.cli.conftest import Finished, run_newswire
from tests.dashboards.samples import make_samples
from tests.services.fixtures import Service, delete_indices

VIEWS = shipped_views()
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Corpus:
    """The demo corpus in Elasticsearch, and samples of two hours of a pipeline."""

    folder: Path
    variables: dict[str, str]
    source: ElasticPanels
    answers: dict[tuple[str, str], Answer]
    faults: list[Fault]
    report: dict[str, int]

    def run(self, *arguments: str | Path) -> Finished:
        """Run `newswire` on it."""
        return run_newswire(self.folder, *arguments, **self.variables)

    def rows(self, board: str, panel: str) -> tuple[Row, ...]:
        """Return the rows of a panel's first layer."""
        return self.answers[board, panel].tables[0].filled


@pytest.fixture(scope="module")
def boards() -> dict[str, Board]:
    """The shipped dashboards."""
    return load_boards()


@pytest.fixture(scope="module")
def corpus(
    elastic_server: Service, tmp_path_factory: pytest.TempPathFactory, boards: dict[str, Board]
) -> Iterator[Corpus]:
    """What `newswire demo` puts into Elasticsearch, asked for once by every panel over all the time that it holds."""
    prefix = f"news-test-{secrets.token_hex(4)}-"
    folder = tmp_path_factory.mktemp("boards") / "data"
    variables = {"NEWSWIRE_INDEX_URL": elastic_server.url, "NEWSWIRE_INDEX_PREFIX": prefix}
    settings = Settings(data_dir=folder, index_url=elastic_server.url, index_prefix=prefix)
    assert run_newswire(folder, "setup", **variables).code == 0
    report = run_newswire(folder, "demo", "--json", **variables).json
    assert report["indexed"] == 56
    store = samples_of(settings)
    store.write(make_samples(NOW))
    store.close()
    source = panels_of(settings, timeout_s=30)
    source.refresh([view.index for view in VIEWS.values()])
    spans = spans_of(source, VIEWS, read_span("now-30d", "now", NOW), whole=True)
    found = [each for name, board in boards.items() for each in ask_board(name, board, source, VIEWS, spans)]
    answers = {(each.board, each.panel.id): each for each in found if isinstance(each, Answer)}
    faults = [each for each in found if isinstance(each, Fault)]
    yield Corpus(folder, variables, source, answers, faults, report)
    source.close()
    delete_indices(elastic_server.address, prefix)
