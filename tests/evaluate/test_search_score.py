"""The scorer of the search: right on a collection made for it, and at the level reached on a public one."""

import gzip
import json
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.evaluate.search import ndcg, reciprocal_rank, score, score_on
from pipeline.index.open import open_index
from schemas.errors import Rejected
from tests.services.fixtures import Service

COLLECTION = "search_time_docs.jsonl.gz"


def write_collection(folder: Path) -> Path:
    """Write three documents and two queries, one of which needs a stemmer."""
    documents = [
        {"id": "d1", "text": "The bridges of the town were flooded."},
        {"id": "d2", "text": "A market report about flat shares."},
        {"id": "d3", "text": "Nothing about anything."},
    ]
    queries = [
        {"qid": "q1", "query": "FLOODING NOT OR (bridge", "relevant": ["d1"]},
        {"qid": "q2", "query": "market shares", "relevant": ["d2"]},
    ]
    path = folder / "tiny_docs.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(document) + "\n" for document in documents)
    (folder / "tiny_queries.jsonl").write_text("".join(json.dumps(query) + "\n" for query in queries), "utf-8")
    return path


def test_stemming_shows_in_the_figures(tmp_path: Path) -> None:
    """Our search finds inflected forms, plain BM25 does not, and both are in the score."""
    result = score(write_collection(tmp_path))
    assert (result.task, result.records) == ("search", 2)
    assert result.figures == {"ndcg_at_10": 1.0, "mrr": 1.0}
    assert result.baseline == {"ndcg_at_10": 0.5, "mrr": 0.5}
    assert score(tmp_path / "tiny_docs.jsonl.gz", limit=1).records == 1


@pytest.mark.parametrize("name", ["nothing.jsonl", "lonely_docs.jsonl"])
def test_missing_files_are_bad_input(tmp_path: Path, name: str) -> None:
    """A collection without its queries, or of another name, is refused with the names it needs."""
    (tmp_path / name).write_text("", "utf-8")
    with pytest.raises(Rejected, match="_queries"):
        score(tmp_path / name)


def test_bad_lines_are_bad_input(tmp_path: Path) -> None:
    """A line of another shape is refused."""
    path = write_collection(tmp_path)
    (tmp_path / "tiny_queries.jsonl").write_text('{"query": "x"}\n', "utf-8")
    with pytest.raises(Rejected, match="relevant"):
        score(path)


def test_measures() -> None:
    """The gain looks at its depth only, the reciprocal rank at the first answer."""
    assert ndcg(["x"] * 10 + ["a"], frozenset("a"), 10) == 0.0
    assert ndcg([], frozenset(), 10) == 0.0
    assert reciprocal_rank([], frozenset("a")) == 0.0


def test_public_collection(shared_dir: Path) -> None:
    """On the TIME collection we are above a stemmer alone (.743, .789) and SQLite's search (.753, .802)."""
    result = score(shared_dir / "data" / COLLECTION)
    assert result.records == 83
    assert result.figures["ndcg_at_10"] >= 0.77
    assert result.figures["mrr"] >= 0.81
    assert result.baseline == pytest.approx({"ndcg_at_10": 0.728, "mrr": 0.750}, abs=0.005)


@pytest.mark.service
def test_elasticsearch_ranks_alike(elastic_server: Service, index_prefix: str, shared_dir: Path) -> None:
    """The first queries of the collection get the same figures on both indices (all of them: `make bench`)."""
    path = shared_dir / "data" / COLLECTION
    with closing(open_index(elastic_server.url, SystemClock(), index_prefix=index_prefix)) as index:
        index.install()
        elastic = score_on(index, path, limit=8)
    embedded = score(path, limit=8)
    assert elastic.figures == pytest.approx(embedded.figures, abs=0.005)
    assert elastic.baseline == pytest.approx(embedded.baseline, abs=0.005)
