"""The entity scorers: figures between 0 and 1, baseline beside them, and better than it on the gold files."""

import gzip
import json
from pathlib import Path

import pytest

from pipeline.evaluate import entities, entity_grouping
from pipeline.evaluate.gold_file import read_gold
from schemas.errors import BAD_INPUT, Rejected


def test_entities_are_scored_strictly(tmp_path: Path) -> None:
    """Span and type must both fit; the documents of a file are articles."""
    text = "Angela Merkel met Emmanuel Macron in Paris ."
    gold = [(0, 13, "PER"), (18, 33, "PER"), (37, 42, "ORG")]
    record = {
        "id": "a-0",
        "doc": 0,
        "text": text,
        "entities": [{"start": start, "end": end, "type": kind} for start, end, kind in gold],
    }
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    score = entities.score(path)
    assert (score.task, score.records) == ("entities", 1)
    assert score.figures["precision"] == score.figures["recall"] == pytest.approx(2 / 3, abs=0.001)
    assert score.figures["f1_per"] == score.figures["f1_span"] == 1
    assert score.figures.keys() == score.baseline.keys()


def test_entities_beat_the_plain_pipeline(shared_dir: Path) -> None:
    """On the first 600 sentences of the gold file the step is far better than the pipeline that it uses."""
    score = entities.score(shared_dir / "data" / "ner_conllpp2020.jsonl.gz", limit=600)
    assert score.figures["f1"] > score.baseline["f1"] + 0.1


def test_grouping_beats_equal_strings(shared_dir: Path) -> None:
    """More pairs are found than by equal strings, with few wrong ones."""
    score = entity_grouping.score(shared_dir / "data" / "el_news_fair_v2.jsonl.gz", limit=60)
    assert score.figures["pair_f1"] > score.baseline["pair_f1"]
    assert score.figures["mention_f1"] > score.baseline["mention_f1"]
    assert score.figures["pair_precision"] > 0.85


def test_gold_files_may_be_zipped_and_must_be_json(tmp_path: Path) -> None:
    """A gzipped file reads as a plain one; a broken line is named by its number."""
    path = tmp_path / "gold.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.write('{"id": 1}\n{"id": 2}\n[3]\n')
    assert [record["id"] for record in read_gold(path, limit=2)] == [1, 2]
    with pytest.raises(Rejected, match="line 3") as caught:
        list(read_gold(path))
    assert caught.value.reason == BAD_INPUT
