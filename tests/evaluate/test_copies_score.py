"""The copies scorer on its own small files, and on the real one."""

import gzip
import json
from pathlib import Path

import pytest

from pipeline.evaluate.copies import score
from schemas.errors import ConfigurationError

STORY = " ".join(f"word{number}" for number in range(60))
NOTICE = "The bank added {} billion dollars to the market on {} to keep the rate at {} pct, a spokesman said at noon."


def _write(folder: Path, pairs: list[dict[str, object]], texts: dict[str, str]) -> Path:
    with gzip.open(folder / "newswire.jsonl.gz", "wt") as out:
        out.writelines(json.dumps({"id": name, "text": text}) + "\n" for name, text in texts.items())
    path = folder / "near_dup_x.jsonl"
    path.write_text("".join(json.dumps({"set": "newswire", "a": "1", "b": "2", **pair}) + "\n" for pair in pairs))
    return path


def test_copies_and_templates(tmp_path: Path) -> None:
    """An edited copy is found; a notice with other numbers days later is not, though its text is alike."""
    pairs: list[dict[str, object]] = [
        {"label": "near_dup", "days": 0.1},
        {"a": "3", "b": "4", "label": "near_dup", "days": 5.0},
        {"a": "1", "b": "3", "label": "partial_reuse", "days": 0.1},
        {"a": "1", "b": "missing", "label": "identical", "days": 0.0},
        {"set": "absent", "a": "8", "b": "9", "label": "identical", "days": None},
    ]
    texts = {
        "1": STORY,
        "2": STORY + " and a little more",
        "3": NOTICE.format(15, "Monday", 6),
        "4": NOTICE.format(15, "Friday", 6),
    }
    result = score(_write(tmp_path, pairs, texts))
    assert result.records == 3
    assert (result.figures["f1"], result.figures["templates_merged"]) == (1.0, 0.0)
    assert (result.baseline["precision"], result.baseline["templates_merged"]) == (0.5, 1.0)


def test_texts_must_be_there(tmp_path: Path) -> None:
    """Without the texts beside it the file cannot be scored."""
    path = _write(tmp_path, [{"set": "absent", "label": "identical", "days": 0}], {})
    with pytest.raises(ConfigurationError, match=r"absent\.jsonl\.gz"):
        score(path)


def test_real_pairs(shared_dir: Path) -> None:
    """With templates counted as wrong, the rules beat similarity alone by five points."""
    result = score(shared_dir / "data" / "near_dup_small.jsonl.gz")
    assert result.records == 4684
    assert result.figures["f1"] >= 0.95
    assert result.figures["f1"] > result.baseline["f1"] + 0.05
    assert result.figures["templates_merged"] < 0.2
