"""A file with a list of outlets → its claims and the cells that cannot be used. Path in; also packed with gzip."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.sources.claims import BadCell, read_claims
from schemas.errors import ConfigurationError
from schemas.source import OutletClaim

_GZIP = b"\x1f\x8b"


def read_claims_file(path: Path, list_name: str | None = None) -> tuple[list[OutletClaim], list[BadCell]]:
    """Return the claims of a list, in order, and what is wrong with it; a row without a list's name is of `list_name`.

    By default that is the file's name without its endings. Bytes that are no UTF-8 become U+FFFD.

    Raises:
        ConfigurationError: the file cannot be read, or is no list of outlets.
    """
    claims, bad = [], []
    with _open_text(path) as lines:
        for one in read_claims(lines, path.name, list_name or path.name.partition(".")[0]):
            if isinstance(one, BadCell):
                bad.append(one)
            else:
                claims.append(one)
    return claims, bad


@contextmanager
def _open_text(path: Path) -> Iterator[io.TextIOBase]:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            stream = gzip.GzipFile(fileobj=raw) if packed else raw
            with io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="") as lines:
                yield lines
    except (OSError, EOFError, zlib.error) as error:
        msg = f"{path} cannot be read: {getattr(error, 'strerror', None) or error}"
        raise ConfigurationError(msg) from error
