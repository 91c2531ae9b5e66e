"""Has small segments of the search engine merged when a long run of changes is over.

Each segment costs every search its part of counting and ranking anew. The engine merges segments of about a size once
there are eight of them, and its Python binding knows no other way: so those that are wanting to eight are written, the
last documents once more, each in a commit of its own.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tantivy import IndexWriter

from pipeline.index.sqlite_documents import SqliteDocuments
from pipeline.index.tantivy_folder import add_documents, engine_faults

MERGED_AT_ONCE: Final = 8
_SMALL: Final = 10_000
_LEVEL_FACTOR: Final = 2**0.75
"""The engine's default policy: up to so many documents all segments are of one size, else up to so many times more."""
LEAST_APPLIED: Final = 500
LEAST_SHARE: Final = 0.2
"""What must have been applied, in documents and as a part of what is merged, so that it costs each of them little."""
_LOOKED_AT: Final = 100


def merge_small_segments(
    folder: Path, writer: IndexWriter, documents: SqliteDocuments, applied: int, applied_count: int
) -> bool:
    """Have the engine merge the smallest segments if that is worth it; False when nothing was done.

    `applied` is the last change that the folder holds, `applied_count` how many documents were written since the last
    merge. It goes on in the background.

    Raises:
        Damaged: the folder cannot be read or written.
    """
    with engine_faults():
        level = find_smallest(_read_sizes(folder))
        if not is_worth_merging(level, applied_count):
            return False
        for document in reversed(documents.changed_after(applied - _LOOKED_AT, _LOOKED_AT)):
            add_documents(writer, [document])
            writer.commit()
            # A segment of which this was the last document is gone, so that one more is wanting.
            before, level = len(level), find_smallest(_read_sizes(folder))
            if not before <= len(level) < MERGED_AT_ONCE:
                break
        return True


def find_smallest(sizes: Sequence[int]) -> list[int]:
    """Return those of the segments that the engine takes for one size with the smallest, by their documents.

    >>> find_smallest([80_000, 12_000, 300, 20])
    [12000, 300, 20]
    """
    level: list[int] = []
    for size in sorted(sizes, reverse=True):
        if level and max(size, _SMALL) < max(level[0], _SMALL) / _LEVEL_FACTOR:
            level = []
        level.append(size)
    return level


def is_worth_merging(level: Sequence[int], applied_count: int) -> bool:
    """Whether there are several that the engine leaves alone, and many new documents in proportion to theirs."""
    return 1 < len(level) < MERGED_AT_ONCE and applied_count >= max(LEAST_APPLIED, LEAST_SHARE * sum(level))


def _read_sizes(folder: Path) -> list[int]:
    """Return the documents of each segment, less those that were deleted in it."""
    segments = json.loads((folder / "meta.json").read_text())["segments"]
    return [each["max_doc"] - (each["deletes"] or {}).get("num_deleted_docs", 0) for each in segments]
