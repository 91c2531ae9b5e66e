"""Keeps the search side in step with the documents: one writer at a time over all processes, batches, rebuilds.

Changes are applied in their order, committed, and only then recorded as applied: after a crash they are applied again,
which changes nothing (delete by row, then add). A thread does this one to three seconds after a write; `refresh` does
it at once, or waits for the process that has the writer.
"""

import secrets
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from tantivy import IndexWriter

from pipeline.clock import Clock
from pipeline.index.sqlite_documents import Document, SqliteDocuments
from pipeline.index.sqlite_progress import Progress, SqliteProgress
from pipeline.index.tantivy_folder import Damaged, SearchFolder, WriterBusy, add_documents, engine_faults
from pipeline.index.tantivy_merge import merge_small_segments
from pipeline.index.tantivy_schema import schema_digest
from schemas.errors import ConfigurationError, NewswireError, Unavailable

log = structlog.get_logger(__name__)

REFRESH_INTERVAL_S: Final = 1.0
LONGEST_INTERVAL_S: Final = 3.0
COMMIT_SHARE: Final = 0.05
"""Part of the time that commits may take: each costs some 50 ms however little it holds, and a backlog can wait."""
BATCH: Final = 1000
"""Documents a commit. Measured: larger ones add memory and no speed."""
WATCH_S: Final = 0.1
"""How often the holder of the writer looks for changes of other processes."""
IDLE_S: Final = 2.0
"""After so long without changes the writer is given back, so that another process may have it at once."""
WAIT_FOR_OTHER_S: Final = 60.0
_PAUSE_S: Final = 0.02


class Follower:
    """The search side of one index in this process."""

    def __init__(
        self, home: Path, documents: SqliteDocuments, progress: SqliteProgress, clock: Clock, *, background: bool = True
    ) -> None:
        self._home = home
        self._documents = documents
        self._progress = progress
        self._clock = clock
        self._background = background
        self._folder: SearchFolder | None = None
        self._folder_lock = threading.Lock()
        self._writer: IndexWriter | None = None
        self._writer_folder: str | None = None
        self._applied_count = 0
        self._apply_lock = threading.Lock()
        self._interval_s = REFRESH_INTERVAL_S
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._thread_lock = threading.Lock()

    def folder(self) -> tuple[SearchFolder, Progress]:
        """Return the folder in use and how far it is; a missing, damaged or outdated one is replaced by an empty one.

        An empty folder is filled by `refresh`, or in the background.
        """
        with self._folder_lock:
            progress = self._progress.read()
            if self._folder is not None and self._folder.path.name == progress.folder:
                return self._folder, progress
            self._folder = self._open(progress)
            return self._folder, self._progress.read()

    def _open(self, progress: Progress) -> SearchFolder:
        prefix = f"search-{schema_digest()}-"
        if progress.folder is not None and progress.folder.startswith(prefix):
            try:
                folder = SearchFolder.open(self._home / progress.folder)
                folder.check(progress.applied)
            except Damaged as error:
                log.warning("search-folder-damaged", folder=progress.folder, error=str(error)[:500])
            else:
                return folder
        return self._replace(progress.folder, prefix)

    def _replace(self, old: str | None, prefix: str) -> SearchFolder:
        """Begin a new folder; the one of another process when that was faster."""
        name = prefix + secrets.token_hex(4)
        try:
            folder = SearchFolder.open(self._home / name, create=True)
        except Damaged as error:
            msg = f"cannot create an index in {self._home}: {error}"
            raise Unavailable(msg) from error
        if self._progress.replace_folder(old, name):
            log.info("search-folder-begun", folder=name, instead_of=old)
            if old is not None:
                shutil.rmtree(self._home / old, ignore_errors=True)
            return folder
        shutil.rmtree(self._home / name, ignore_errors=True)
        in_use = self._progress.read().folder
        try:
            return SearchFolder.open(self._home / str(in_use))
        except Damaged as error:
            msg = f"{self._home / str(in_use)}: {error}"
            raise Unavailable(msg) from error

    def replace_damaged(self, folder: SearchFolder) -> bool:
        """Replace `folder` by an empty one if it proves to be damaged; False when it is sound after all."""
        with self._folder_lock:
            progress = self._progress.read()
            if progress.folder != folder.path.name:
                self._folder = None
                return True
            try:
                SearchFolder.open(folder.path).check(progress.applied)
            except Damaged as error:
                log.warning("search-folder-damaged", folder=progress.folder, error=str(error)[:500])
                self._folder = self._replace(progress.folder, f"search-{schema_digest()}-")
                return True
            self._folder = None
            return False

    def wake(self) -> None:
        """Say that documents were written; they are applied in the background within about a second."""
        if not self._background or self._stop.is_set():
            return
        self._wake.set()
        with self._thread_lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._follow, name="search-follower", daemon=True)
                self._thread.start()

    def refresh(self) -> None:
        """Apply everything written so far, or wait until another process has.

        Raises:
            Unavailable: another process has the writer and does not get on within a minute.
        """
        progress = self._progress.read()
        target = progress.last_change
        waited_s = 0.0
        while True:
            _, progress = self.folder()
            if progress.applied >= target:
                return
            if waited_s > WAIT_FOR_OTHER_S:
                msg = f"{self._home}: another process holds the writer and does not apply its changes"
                raise Unavailable(msg)
            if not self._apply_batch():
                if progress.wanted < target:
                    self._progress.want(target)
                self._clock.sleep(_PAUSE_S)
                moved = self._progress.read().applied > progress.applied
                waited_s = 0.0 if moved else waited_s + _PAUSE_S

    def rebuild(self, on_progress: Callable[[str, int], None] | None = None) -> str:
        """Build a new folder from all documents beside the one in use, then use it instead; return its name.

        Raises:
            Unavailable: it cannot be built; the one in use stays.
        """
        name = f"search-{schema_digest()}-{secrets.token_hex(4)}"
        with self._apply_lock:
            old = self.folder()[1].folder
            self._drop_writer()
            try:
                applied = self._fill(SearchFolder.open(self._home / name, create=True), on_progress)
            except NewswireError as error:
                shutil.rmtree(self._home / name, ignore_errors=True)
                msg = f"cannot build an index in {self._home}: {error}"
                raise Unavailable(msg) from error
            if not self._progress.replace_folder(old, name, applied):
                shutil.rmtree(self._home / name, ignore_errors=True)
                msg = f"another process has replaced {old} meanwhile; run it again"
                raise Unavailable(msg)
        log.info("search-folder-rebuilt", folder=name, instead_of=old)
        if old is not None:
            shutil.rmtree(self._home / old, ignore_errors=True)
        return name

    def _fill(self, folder: SearchFolder, on_progress: Callable[[str, int], None] | None) -> int:
        """Add all documents; return the last change among them."""
        applied, added, writer = 0, 0, folder.writer()
        with engine_faults():
            while documents := self._documents.changed_after(applied, BATCH):
                add_documents(writer, documents)
                applied, added = documents[-1].change, added + len(documents)
                if on_progress:
                    on_progress(folder.path.name, added)
            writer.commit()
            writer.wait_merging_threads()
        return applied

    def _apply_batch(self) -> bool:
        """Apply the next changes; False when another process has the writer."""
        with self._apply_lock:
            folder, progress = self.folder()
            documents = self._documents.changed_after(progress.applied, BATCH)
            if not documents:
                return True
            try:
                self._commit(folder, documents)
            except WriterBusy:
                return False
            except Damaged as error:
                log.warning("search-write-failed", folder=folder.path.name, error=str(error)[:500])
                self._drop_writer()
                if not self.replace_damaged(folder):
                    msg = f"cannot write to {folder.path}, which is sound: {error}"
                    raise Unavailable(msg) from error
                return True
            self._progress.advance(folder.path.name, documents[-1].change)
            return True

    def _commit(self, folder: SearchFolder, documents: list[Document]) -> None:
        if self._writer is None or self._writer_folder != folder.path.name:
            self._drop_writer()
            self._writer, self._writer_folder = folder.writer(), folder.path.name
        writer = self._writer
        started_s = self._clock.monotonic_s()
        with engine_faults():
            add_documents(writer, documents)
            writer.commit()
        self._applied_count += len(documents)
        took_s = self._clock.monotonic_s() - started_s
        self._interval_s = min(max(REFRESH_INTERVAL_S, took_s / COMMIT_SHARE), LONGEST_INTERVAL_S)

    def _drop_writer(self) -> None:
        """Give the writer back, after the merges that it is at."""
        writer, self._writer = self._writer, None
        if writer is not None:
            try:
                with engine_faults():
                    writer.wait_merging_threads()
            except Damaged as error:
                log.warning("search-merge-failed", error=str(error)[:500])
            if self._folder is not None:
                self._folder.renew()

    def _follow(self) -> None:
        idle_s = 0.0
        while not self._stop.is_set():
            if self._writer is None:
                self._wake.wait()
            else:
                self._wake.wait(WATCH_S)
            if self._stop.is_set():
                return
            self._wake.clear()
            try:
                idle_s = 0.0 if self._follow_once() else idle_s + WATCH_S
                if idle_s >= IDLE_S:
                    self._rest()
                    idle_s = 0.0
            except NewswireError as error:
                log.warning("search-follow-failed", error=str(error)[:500], stop=isinstance(error, ConfigurationError))
                self._stop.wait(REFRESH_INTERVAL_S)
                self._wake.set()

    def _rest(self) -> None:
        """Have small segments merged, and give the writer back when there are none."""
        with self._apply_lock:
            folder, progress = self.folder()
            count, self._applied_count = self._applied_count, 0
            writer = self._writer if self._writer_folder == folder.path.name else None
            if writer and merge_small_segments(folder.path, writer, self._documents, progress.applied, count):
                return
            self._applied_count = count  # many short runs become as worth merging as a long one
            self._drop_writer()

    def _follow_once(self) -> bool:
        """Wait a little for more changes and apply them; False when there are none."""
        progress = self._progress.read()
        if not progress.pending:
            return False
        waited_s = 0.0
        while waited_s < self._interval_s and not self._stop.is_set() and progress.wanted <= progress.applied:
            self._stop.wait(WATCH_S)
            waited_s += WATCH_S
            progress = self._progress.read()
        while not self._stop.is_set() and self._progress.read().pending:
            if not self._apply_batch():
                self._stop.wait(REFRESH_INTERVAL_S)  # whoever has the writer applies our changes, unless it ends
        return True

    def close(self) -> None:
        """Stop the thread and give the writer back. Harmless when repeated."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self._apply_lock:
            self._drop_writer()
        self._folder = None
