"""The place scorer: its figures, and the most populous place of a name as its baseline."""

import json
from pathlib import Path

from pipeline.evaluate.places import score


def test_figures_and_baseline(tmp_path: Path) -> None:
    """Context finds the London of Ontario, which the baseline takes for the one with more people."""
    text = "Police in London, Ontario, closed a road. Toronto and Ottawa, too, had snow, as had most of Canada."
    points = {"London": (42.98, -81.23), "Ontario": (49.25, -84.5), "Toronto": (43.7, -79.42), "Canada": (60.1, -113.6)}
    toponyms = [
        {"start": text.index(name), "end": text.index(name) + len(name), "lat": lat, "lon": lon}
        for name, (lat, lon) in points.items()
    ]
    gold = tmp_path / "places.jsonl"
    gold.write_text(json.dumps({"id": "a", "text": text, "toponyms": toponyms}) + "\n")
    result = score(gold)
    assert result.records == 1
    assert result.figures["recognition_recall"] > 0.7
    assert result.figures["near_accuracy"] > result.baseline["near_accuracy"]
