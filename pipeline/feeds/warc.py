"""WARC and ARC files → the pages in them, and what could not be read. Streaming; FastWARC knows the format. Pure.

`.warc`, packed with gzip, zstd or lz4, and the older `.arc`. After a broken record reading goes on at the next one
that begins properly.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from fastwarc.warc import ArchiveIterator

from pipeline.feeds.arc import is_arc, read_arc
from pipeline.feeds.warc_page import BadWarcRecord, WarcPage, read_record

MAX_BROKEN: Final = 1000
"""Broken records of one file, after which it is given up."""
_MAX_RESTARTS: Final = 10_000
_SEARCHED: Final = 1024 * 1024
_PACKED: Final = (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18")
_PLAIN: Final = b"WARC/"
_FAULTS: Final = (OSError, ValueError, RuntimeError, EOFError, OverflowError)


@dataclass(slots=True)
class WarcCounts:
    """What a file held: records that were read, of every type; pages among them; broken places."""

    records: int = 0
    pages: int = 0
    broken: int = 0


def read_warc(stream: IO[bytes], counts: WarcCounts | None = None) -> Iterator[WarcPage | BadWarcRecord]:
    """Yield the pages of an archive in order, and a `BadWarcRecord` at each place where it is broken.

    `stream` must be seekable. Requests, redirects, pictures and the like are counted in `counts` and passed over. One
    record is in memory at a time, of at most 64 MiB.
    """
    held = counts if counts is not None else WarcCounts()
    found = read_arc(stream) if is_arc(stream) else _read(stream)
    for one in found:
        if isinstance(one, BadWarcRecord):
            held.broken += 1
        elif isinstance(one, WarcPage):
            held.pages += 1
        else:
            held.records += 1
            continue
        yield one
        if held.broken >= MAX_BROKEN:
            return


def _read(stream: IO[bytes]) -> Iterator[WarcPage | BadWarcRecord | None]:
    """Yield None for each record that was read, then its page; restart behind whatever is broken."""
    size = stream.seek(0, 2)
    stream.seek(0)
    packed = next((mark for mark in _PACKED if stream.read(len(mark)) == mark or stream.seek(0)), None)
    start = _next_start(stream, 0, size, packed)
    if start is None and size:
        yield BadWarcRecord(0, "It is no WARC file: no record begins in it.")
    restarts = 0
    was_broken = False
    while start is not None and start < size and restarts < _MAX_RESTARTS:
        at = start
        restarts += 1
        stream.seek(start)
        try:
            for record in ArchiveIterator(stream, parse_http=False):
                at = max(at, record.stream_pos)
                found = read_record(record)
                was_broken = isinstance(found, BadWarcRecord)
                if isinstance(found, BadWarcRecord):
                    yield found
                    break
                yield None
                if found is not None:
                    yield found
            else:
                return
        except _FAULTS as error:
            # Where nothing was read since the last fault, it is still the same one.
            if not was_broken:
                yield BadWarcRecord(at, f"After here a record is broken: {str(error)[:160] or type(error).__name__}.")
            was_broken = True
        start = _next_start(stream, at + 1, size, packed)


def _next_start(stream: IO[bytes], position: int, size: int, packed: bytes | None) -> int | None:
    """Return where the next record begins, at `position` or after it; None when there is none."""
    mark = packed or _PLAIN
    while position < size:
        stream.seek(position)
        block = stream.read(_SEARCHED)
        at = block.find(mark)
        if at >= 0:
            return position + at
        position += max(1, len(block) - len(mark) + 1)
    return None
