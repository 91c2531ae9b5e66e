"""ARC 1, the Internet Archive's format before WARC → pages. Streaming; one line of header, then the HTTP answer. Pure.

Header: address, IP, date (14 digits), content type, length, by blanks; an address may hold blanks itself.
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Final, cast

from fastwarc.warc import WarcRecord, WarcRecordType

from pipeline.feeds.links import resolve_url
from pipeline.feeds.warc_page import MAX_BLOCK_BYTES, BadWarcRecord, WarcPage, read_record

_HEADER = re.compile(rb"(\S.{0,4000}) (\S{1,60}) (\d{14})\d{0,6} (\S{1,200}) (-?\w{1,12})\s*$")
_MAX_LINE: Final = 8192
_BROKEN: Final = (OSError, EOFError, zlib.error, ValueError, RuntimeError)


def is_arc(stream: IO[bytes]) -> bool:
    """Return whether a stream, packed or not, begins as ARC files do; it is left at its start."""
    stream.seek(0)
    try:
        start = stream.read(9)
        if start.startswith(b"\x1f\x8b"):
            stream.seek(0)
            start = gzip.GzipFile(fileobj=stream).read(9)
    except _BROKEN:
        start = b""
    stream.seek(0)
    return start == b"filedesc:"


def read_arc(stream: IO[bytes]) -> Iterator[WarcPage | BadWarcRecord | None]:
    """Yield None for each record that was read, then its page if it is one; a `BadWarcRecord` for what is broken."""
    stream.seek(0)
    packed = stream.read(2) == b"\x1f\x8b"
    stream.seek(0)
    lines = cast("IO[bytes]", gzip.GzipFile(fileobj=stream)) if packed else stream
    offset = 0
    try:
        while line := lines.readline(_MAX_LINE):
            at, offset = offset, offset + len(line)
            if not line.strip():
                continue
            header = _HEADER.match(line)
            length = int(header[5]) if header and header[5].isdigit() else -1
            if header is None or not 0 <= length <= MAX_BLOCK_BYTES:
                if header is not None or b"://" in line[:40]:
                    yield BadWarcRecord(at, "The header line of the record is broken.")
                continue
            block = lines.read(length)
            offset += len(block)
            if len(block) < length:
                yield BadWarcRecord(at, f"The record ends after {len(block):,} of {length:,} bytes.")
                return
            yield None
            if page := _page(header, block, at):
                yield page
    except _BROKEN as error:
        yield BadWarcRecord(offset, f"The file is damaged: {str(error)[:160]}.")


def _page(header: re.Match[bytes], block: bytes, offset: int) -> WarcPage | BadWarcRecord | None:
    """Return the page of a record, read as the WARC record that it would be today."""
    url = resolve_url(header[1].decode("utf-8", "replace"))
    if url is None:
        return None
    record = WarcRecord()
    record.init_headers(WarcRecordType.response if block.startswith(b"HTTP/") else WarcRecordType.resource)
    record.headers["WARC-Target-URI"] = url
    record.headers["Content-Type"] = header[4].decode("ascii", "replace")
    if block.startswith(b"HTTP/"):
        record.headers["Content-Type"] = "application/http; msgtype=response"
        record.is_http = True
    try:
        written = datetime.strptime(header[3].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        record.headers["WARC-Date"] = written.strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        pass
    record.set_bytes_content(block)
    found = read_record(record)
    if isinstance(found, WarcPage):
        return WarcPage(offset, url, found.body, found.content_type, found.fetched_at, found.status, found.etag,
                        found.last_modified, found.content_language)  # fmt: skip
    return BadWarcRecord(offset, found.detail) if isinstance(found, BadWarcRecord) else None
