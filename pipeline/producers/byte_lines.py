"""Lines of a file, gzipped or not, with memory bounded by one line. File → numbered lines; imports only `inputs`."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple, cast

from pipeline.producers.inputs import KEPT_BYTES, MAX_RECORD_BYTES

_BOM: Final = b"\xef\xbb\xbf"
BROKEN: Final = (EOFError, OSError, zlib.error)
"""What reading a damaged or unreadable file raises (`gzip.BadGzipFile` is an `OSError`)."""


class ByteLine(NamedTuple):
    """A line without its end. `too_long`: only its first bytes are here, the rest was passed over."""

    number: int
    value: bytes
    too_long: bool


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file for reading bytes, unpacking `.gz` on the way.

    Raises:
        OSError: it cannot be opened.
    """
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))  # the stubs do not call a GzipFile what it is
    return path.open("rb")


def read_lines(stream: IO[bytes]) -> Iterator[ByteLine]:
    """Yield all lines in order, blank ones included, a byte order mark excluded.

    Raises:
        EOFError, OSError, zlib.error: the file is damaged from here on.
    """
    number = 0
    while value := stream.readline(MAX_RECORD_BYTES + 1):
        number += 1
        if number == 1:
            value = value.removeprefix(_BOM)
        if len(value) > MAX_RECORD_BYTES and not value.endswith(b"\n"):
            yield ByteLine(number, value[:KEPT_BYTES], too_long=True)
            del value
            _pass_over_line(stream)
        else:
            yield ByteLine(number, value.rstrip(b"\r\n"), too_long=False)


def _pass_over_line(stream: IO[bytes]) -> None:
    while rest := stream.readline(1024 * 1024):
        if rest.endswith(b"\n"):
            return
