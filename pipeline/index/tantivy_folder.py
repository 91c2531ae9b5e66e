"""One folder of the search engine: opened with its analyzers, checked, read and written.

A folder is never repaired: when it does not open or is not what SQLite says, it counts as damaged and a new one is
built from the documents.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tantivy import Index, IndexWriter, Query, Schema, Searcher

from pipeline.index.sqlite_documents import Document
from pipeline.index.tantivy_analysis import Analyzers, register_analyzers
from pipeline.index.tantivy_counts import Counts
from pipeline.index.tantivy_kept import KeptCounts
from pipeline.index.tantivy_names import Names
from pipeline.index.tantivy_query import find_codes
from pipeline.index.tantivy_schema import CHANGE, NEWEST_KEY, ROW, build_engine_document, build_schema
from schemas.errors import NewswireError

WRITER_HEAP_BYTES: Final = 48 * 1024 * 1024
"""A fuller heap is flushed to a segment of its own; at 1,000 articles a commit it is never reached."""


class Damaged(NewswireError):
    """The folder cannot be used; build a new one."""


class WriterBusy(NewswireError):
    """Another process or thread is writing to the folder."""


@contextmanager
def engine_faults() -> Iterator[None]:
    """Raise what the engine answers to a broken folder, its panics included, as `Damaged`."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise Damaged(str(error)) from error
    except BaseException as error:
        # The engine's panics reach Python as a BaseException of an extension module that cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise Damaged(str(error)) from error


class SearchFolder:
    """An opened folder. `searcher` gives the newest state that `reload` has seen; threads may share it."""

    def __init__(self, path: Path, schema: Schema, index: Index, analyzers: Analyzers) -> None:
        self.path = path
        self.schema = schema
        self.analyzers = analyzers
        self._index = index
        self._lock = threading.Lock()
        self._seen_change = -1
        self._searcher: Searcher | None = None
        self.kept: KeptCounts[Counts] = KeptCounts()
        self.names = Names()
        self._codes: tuple[Searcher, tuple[str, ...]] | None = None

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> "SearchFolder":
        """Open the folder, or create it empty.

        Raises:
            Damaged: it is missing, unreadable or of another schema.
        """
        schema, analyzers = build_schema(), Analyzers.build()
        with engine_faults():
            if create:
                path.mkdir(parents=True, exist_ok=True)
            elif not Index.exists(str(path)):
                msg = f"there is no index in {path}"
                raise ValueError(msg)
            index = Index(schema, str(path), reuse=True)
            register_analyzers(index, analyzers)
            index.config_reader("manual")
        return cls(path, schema, index, analyzers)

    def searcher(self, change: int) -> Searcher:
        """Return a searcher over everything that was committed when progress stood at `change`.

        Raises:
            Damaged: a file is missing or unreadable.
        """
        with self._lock:
            if self._searcher is None or change != self._seen_change:
                with engine_faults():
                    self._index.reload()
                    self._searcher = self._index.searcher()
                self._seen_change = change
            return self._searcher

    def renew(self) -> None:
        """Look for a newer state at the next search though nothing was applied: segments were merged."""
        with self._lock:
            self._seen_change = -1

    def codes(self, searcher: Searcher) -> tuple[str, ...]:
        """Return the languages of what a searcher of this folder sees, see `find_codes`."""
        known = self._codes
        if known is None or known[0] is not searcher:
            known = self._codes = searcher, find_codes(searcher)
        return known[1]

    def check(self, applied: int) -> None:
        """Read a little of every segment, and compare the newest change in the folder with what SQLite recorded.

        Raises:
            Damaged: a part is unreadable, or commits that were recorded are missing.
        """
        searcher = self.searcher(applied)
        with engine_faults():
            everything = Query.all_query()
            found = searcher.aggregate(everything, {"newest": {"max": {"field": CHANGE}}})["newest"]["value"]
            searcher.search(everything, limit=1, order_by_field=NEWEST_KEY)
        if int(found or 0) < applied:
            msg = f"{self.path} ends at change {int(found or 0)}, and {applied} was recorded"
            raise Damaged(msg)

    def writer(self) -> IndexWriter:
        """Return the one writer that a folder can have.

        Raises:
            WriterBusy: somebody has it.
            Damaged: the folder is unusable.
        """
        with engine_faults():
            try:
                return self._index.writer(WRITER_HEAP_BYTES, 1)
            except ValueError as error:
                if "LockBusy" in str(error):
                    raise WriterBusy(str(error)) from error
                raise


def add_documents(writer: IndexWriter, documents: Sequence[Document]) -> None:
    """Write documents in place of what the folder has of them."""
    for document in documents:
        writer.delete_documents_by_term(ROW, document.row)
        writer.add_document(build_engine_document(document.row, document.change, document.fields))
