"""The time scorer: its figures, and dateparser as its baseline."""

import json
from pathlib import Path

import pytest

from pipeline.evaluate.times import score


def test_figures_and_baseline(tmp_path: Path) -> None:
    """Spans and values are counted over the first six lines; the baseline reads the same lines."""
    text = "Ferry sinks\nIt sank on Tuesday near Galway .\nIt was built in 1996 .\n\n\n\nIt left on Monday ."
    timex = [
        {"start": text.index("Tuesday"), "end": text.index("Tuesday") + 7, "value": "2026-11-03"},
        {"start": text.index("1996"), "end": text.index("1996") + 4, "value": "1995"},
    ]
    gold = tmp_path / "times.jsonl"
    gold.write_text(json.dumps({"id": "a", "text": text, "dct": "2026-11-04", "timex": timex}) + "\n")
    result = score(gold)
    assert result.figures["relaxed_f1"] == 1
    assert result.figures["strict_f1"] == 1
    assert result.figures["value_accuracy"] == pytest.approx(0.5)
    assert result.figures["day_value_accuracy"] == 1
    assert result.baseline["relaxed_f1"] > 0
