"""How much of anything a reader takes, and unpacking within that. Bytes → bytes; imports no client.

Feeds come from strangers: whatever has no limit here will one day be used to fill memory.
"""

import bz2
import gzip
import io
import lzma
import zlib
from typing import Final

from schemas.errors import BAD_INPUT, TOO_LARGE, Rejected

MAX_FEED_BYTES: Final = 8 * 1024 * 1024
"""A feed, unpacked. The largest real ones, podcasts with their whole archive, have about 5 MB."""
MAX_SITEMAP_BYTES: Final = 52_428_800
"""A sitemap, unpacked: the limit of the protocol (sitemaps.org), 50 MiB."""
MAX_OPML_BYTES: Final = 32 * 1024 * 1024
MAX_ENTRIES: Final = 5000
"""Entries of one feed; the rest is passed over, with a problem that says so."""
MAX_SITEMAP_URLS: Final = 50_000
"""The limit of the protocol."""
MAX_DEPTH: Final = 250
"""Elements within elements; libxml2 refuses 256."""
MAX_TITLE_CHARS: Final = 2000
MAX_LINE_CHARS: Final = 1000
MAX_TEXT_CHARS: Final = 1_500_000
"""Content of one entry; above it the message would not fit its topic."""
MAX_VALUES: Final = 64
"""Authors, categories, pictures of one entry."""

_CHUNK: Final = 64 * 1024
_PACKED: Final = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_BROKEN: Final = (EOFError, OSError, zlib.error, lzma.LZMAError, ValueError)


def unpack(value: bytes, limit: int) -> bytes:
    """Return the bytes, unpacked when they are gzip, bzip2 or xz: once, never more than `limit`.

    A file that ends too early gives what can be read of it.

    Raises:
        Rejected: `too-large`, more than `limit` bytes; `bad-input`, packed and damaged from its start.
    """
    if not value.startswith(_PACKED):
        if len(value) > limit:
            raise Rejected(TOO_LARGE, f"It has {len(value):,} bytes; {limit:,} are the limit.")
        return value
    parts: list[bytes] = []
    size = 0
    try:
        with _open(value) as stream:
            while part := stream.read(_CHUNK):
                parts.append(part)
                size += len(part)
                if size > limit:
                    raise Rejected(TOO_LARGE, f"Unpacked it has more than {limit:,} bytes.")
    except _BROKEN as error:
        if not parts:
            raise Rejected(BAD_INPUT, f"It is packed and damaged: {error}.") from error
    return b"".join(parts)


def _open(value: bytes) -> gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile:
    source = io.BytesIO(value)
    if value.startswith(_PACKED[0]):
        return gzip.GzipFile(fileobj=source)
    return bz2.BZ2File(source) if value.startswith(_PACKED[1]) else lzma.LZMAFile(source)
