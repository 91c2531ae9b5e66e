"""What a long run of changes leaves behind is merged when it is over, and nothing is lost or doubled by that."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.index import tantivy_follow
from pipeline.index.tantivy import TantivyIndex
from pipeline.index.tantivy_merge import LEAST_APPLIED, find_smallest, is_worth_merging
from schemas.query import SearchQuery
from tests.index.making import NOW, make_document

PATIENCE_S = 60.0


@pytest.mark.parametrize(
    ("sizes", "applied_count", "is_worth_it"),
    [
        ([], 5000, False),
        ([18_000], 18_000, False),
        ([1000, 1000], 2000, True),
        ([1000, 1000], LEAST_APPLIED - 1, False),
        ([9000, 9000], 3000, False),
        ([1000] * 8, 8000, False),
        ([16_000, 1000, 1000], 18_000, True),
        ([17_000, 1000, 1000], 2000, True),
        ([80_000, 12_000, 300, 20], 1000, False),
        ([80_000, 12_000, 300, 20], 3000, True),
        ([80_000, 20_000, 5000], 5000, False),
    ],
)
def test_what_is_worth_merging(sizes: Sequence[int], applied_count: int, is_worth_it: bool) -> None:
    """Only segments that the engine takes for one size, and only after many documents in proportion to theirs."""
    assert is_worth_merging(find_smallest(sizes), applied_count) == is_worth_it


def test_segments_are_merged_when_nothing_comes_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search soon runs on one segment, finds every article once, and the index takes more as before.

    The last segments are so small that the documents which are written again were all that they had.
    """
    monkeypatch.setattr(tantivy_follow, "IDLE_S", 0.1)  # so that it rests between the writes as well
    index = TantivyIndex(tmp_path, SystemClock())
    index.install()
    for part, size in enumerate((LEAST_APPLIED - 103, 100, 2, 1)):
        index.write([make_document(f"{part}-{n}", f"Storm {part}") for n in range(size)])
        index.refresh()
    deadline_s = time.monotonic() + PATIENCE_S
    while _segments(tmp_path) != [LEAST_APPLIED] and time.monotonic() < deadline_s:
        time.sleep(0.1)
    assert _segments(tmp_path) == [LEAST_APPLIED]
    assert _found(index) == LEAST_APPLIED
    index.write([make_document("late", "Storm")])
    index.refresh()
    assert _found(index) == LEAST_APPLIED + 1
    index.close()


def _segments(folder: Path) -> list[int]:
    (path,) = folder.glob("search-*/meta.json")
    return [segment["max_doc"] for segment in json.loads(path.read_text())["segments"]]


def _found(index: TantivyIndex) -> int:
    return index.search(SearchQuery(now=NOW, collapse=False, highlight=False)).total
