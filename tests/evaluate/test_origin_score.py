"""The origin scorer: joining its two files, its figures, its baseline."""

import gzip
import json
from pathlib import Path

import pytest

from pipeline.evaluate.origin import score
from schemas.errors import ConfigurationError

WIRE = "GALWAY (AP) — The ferry sailed again on Monday."
STORY = "The ferry sailed again on Monday, the harbour master told Reuters."


def _write(folder: Path, *, texts: dict[str, str]) -> Path:
    gold = folder / "wire_credit_x.jsonl"
    wires = {"a": "AP", "b": None, "c": "NA"}
    lines = [json.dumps({"id": name, "publisher": "harbour-post", "wire": wire}) for name, wire in wires.items()]
    gold.write_text("\n".join(lines) + "\n")
    with gzip.open(folder / "quotes_x.jsonl.gz", "wt") as out:
        out.writelines(
            json.dumps({"id": name, "text": "Ferry sails again.\n\n" + text}) + "\n" for name, text in texts.items()
        )
    return gold


def test_figures_and_baseline(tmp_path: Path) -> None:
    """The step knows a mention from an origin; the baseline, which looks for names, does not."""
    result = score(_write(tmp_path, texts={"a": WIRE, "b": STORY, "c": "Nothing here."}))
    assert result.records == 3
    assert result.figures == {"wire_precision": 1, "wire_recall": 1, "wire_f1": 1, "agency_accuracy": 1}
    assert result.baseline["wire_precision"] == 0.5


def test_limit(tmp_path: Path) -> None:
    """Only the first records are scored."""
    assert score(_write(tmp_path, texts={"a": WIRE, "b": STORY, "c": ""}), limit=1).records == 1


def test_missing_text_is_named(tmp_path: Path) -> None:
    """A record without its text is an error that names the record."""
    gold = _write(tmp_path, texts={"a": WIRE})
    with pytest.raises(ConfigurationError, match="no text for 'b'"):
        score(gold)


def test_missing_file_is_named(tmp_path: Path) -> None:
    """Without the texts beside it, the gold file cannot be scored."""
    gold = _write(tmp_path, texts={})
    (tmp_path / "quotes_x.jsonl.gz").unlink()
    with pytest.raises(ConfigurationError, match="must stand beside it"):
        score(gold)


def test_real_wire_stories(shared_dir: Path) -> None:
    """All wire stories of the gold file are found, with the right agency and without a false alarm."""
    result = score(shared_dir / "data" / "wire_credit_polnear_dev.jsonl")
    assert result.records == 84
    assert result.figures["wire_f1"] == 1
    assert result.figures["agency_accuracy"] == 1
    assert result.baseline["wire_f1"] < 1
