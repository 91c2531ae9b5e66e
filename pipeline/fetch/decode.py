"""Undoes the content encoding of a body in bounded steps: what comes out is counted before it is kept.

Compressed bytes in, at most a set number of bytes out. A bomb is refused when it passes the limit, with no more than
one step beyond it in memory. Imports zlib and brotli.
"""

import zlib
from collections.abc import Iterator
from typing import Final, Protocol

import brotli

from pipeline.fetch.refusals import FetchRefused, Reason

ACCEPT_ENCODING: Final = "gzip, deflate, br"
STEP_BYTES: Final = 64 * 1024
# Honest servers send one gzip member; thousands of empty ones only burn time.
MAX_MEMBERS: Final = 64


class _Stream(Protocol):
    @property
    def finished(self) -> bool:
        """Whether the stream came to its end."""

    def steps(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what the chunk gives, at most about a step at a time."""


class BoundedBody:
    """Collects a body, decoded.

    Args:
        encoding: the Content-Encoding header as received.
        max_bytes: how much may come out.

    Raises:
        FetchRefused: `encoding-not-supported`.
    """

    def __init__(self, encoding: str | None, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._out = bytearray()
        self._stream = _open_stream(encoding)

    def add(self, chunk: bytes) -> None:
        """Take the next bytes from the wire.

        Raises:
            FetchRefused: `too-large-decoded`, or `bad-encoding` when the bytes are not what the header says.
        """
        try:
            for step in self._stream.steps(chunk):
                if len(self._out) + len(step) > self._max_bytes:
                    self._out.clear()
                    detail = f"the body is larger than {self._max_bytes:,} bytes when unpacked"
                    raise FetchRefused(Reason.TOO_LARGE_DECODED, detail)
                self._out += step
        except (zlib.error, brotli.error) as error:
            raise FetchRefused(Reason.BAD_ENCODING, f"the body is not encoded as its header says: {error}") from error

    def finish(self) -> bytes:
        """Return the whole body.

        Raises:
            FetchRefused: `incomplete-body`: the compressed stream stops in the middle.
        """
        if not self._stream.finished:
            raise FetchRefused(Reason.INCOMPLETE_BODY, "the compressed body stops in the middle")
        return bytes(self._out)


def _open_stream(encoding: str | None) -> _Stream:
    names = [name for part in (encoding or "").lower().split(",") if (name := part.strip()) not in {"", "identity"}]
    if not names:
        return _Plain()
    # Encodings on top of each other multiply what a bomb can hold; no honest server does that.
    if len(names) == 1:
        match names[0]:
            case "gzip" | "x-gzip":
                return _Deflated(gzip=True)
            case "deflate":
                return _Deflated(gzip=False)
            case "br":
                return _Brotli()
    raise FetchRefused(
        Reason.ENCODING_NOT_SUPPORTED, f"the body is encoded as {encoding!r:.100}, which was not asked for"
    )


class _Plain:
    finished = True

    def steps(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk


class _Deflated:
    """gzip and deflate. Servers that announce them and send plain bytes, or deflate without its frame, are met too."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._start = b""
        self._plain = False
        self._inflate: zlib._Decompress | None = None
        self._members = 0

    @property
    def finished(self) -> bool:
        """Whether the stream came to its end."""
        return self._plain or (self._inflate.eof if self._inflate else not self._start)

    def steps(self, chunk: bytes) -> Iterator[bytes]:
        if self._inflate is None and not self._plain:
            self._start += chunk
            if len(self._start) < 2:
                return
            chunk, self._start = self._start, b""
            self._open(chunk)
        if self._plain:
            yield chunk
            return
        yield from self._unpack(chunk)

    def _open(self, start: bytes) -> None:
        if self._gzip:
            self._plain = not start.startswith(b"\x1f\x8b")
            bits = 16 + zlib.MAX_WBITS
        else:
            framed = start[0] & 0x0F == 8 and (start[0] << 8 | start[1]) % 31 == 0
            bits = zlib.MAX_WBITS if framed else -zlib.MAX_WBITS
        if not self._plain:
            self._inflate = zlib.decompressobj(bits)

    def _unpack(self, chunk: bytes) -> Iterator[bytes]:
        while chunk and self._inflate:
            if self._inflate.eof and not self._next_member(chunk):
                return
            yield self._inflate.decompress(chunk, STEP_BYTES)
            chunk = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail

    def _next_member(self, rest: bytes) -> bool:
        """Go on to the next gzip member; anything else after the end is padding, and passed over."""
        if not self._gzip or not rest.startswith(b"\x1f\x8b"):
            return False
        self._members += 1
        if self._members >= MAX_MEMBERS:
            raise FetchRefused(Reason.BAD_ENCODING, f"the body has more than {MAX_MEMBERS} gzip members")
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        return True


class _Brotli:
    def __init__(self) -> None:
        self._decompressor = brotli.Decompressor()
        self._empty = True

    @property
    def finished(self) -> bool:
        """Whether the stream came to its end."""
        return self._empty or bool(self._decompressor.is_finished())

    def steps(self, chunk: bytes) -> Iterator[bytes]:
        self._empty = self._empty and not chunk
        if self._decompressor.is_finished():
            return
        out = self._decompressor.process(chunk, output_buffer_limit=STEP_BYTES)
        # Output is held back beyond the limit of a step, even after all input was taken.
        while out and not self._decompressor.is_finished():
            yield out
            out = self._decompressor.process(b"", output_buffer_limit=STEP_BYTES)
        yield out
