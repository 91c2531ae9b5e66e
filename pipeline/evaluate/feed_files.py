"""The collection of feeds that `evaluate feeds` scores on: a tar archive with its manifest beside it. Files → records.

Members are read into memory one by one, never unpacked to disk; their names are data.
"""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.evaluate.gold_file import read_gold
from schemas.errors import ConfigurationError

MAX_MEMBER_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FeedFile:
    """One file of the collection: the suite it comes from, its kind by the manifest, its bytes."""

    name: str
    suite: str
    kind: str
    value: bytes

    @property
    def base(self) -> str:
        """The file's name without folders."""
        return self.name.rpartition("/")[2]


def read_feed_files(path: Path, limit: int | None = None) -> Iterator[FeedFile]:
    """Yield the files of the archive in its order, at most `limit`.

    Raises:
        ConfigurationError: the manifest (`X_manifest.jsonl.gz` beside `X.tar.gz`) is missing, or the archive is broken.
    """
    manifest = path.with_name(path.name.removesuffix(".gz").removesuffix(".tar") + "_manifest.jsonl.gz")
    if not manifest.is_file():
        msg = f"{path}: its manifest {manifest.name} must stand beside it"
        raise ConfigurationError(msg)
    kinds = {str(row.get("file")): (str(row.get("suite")), str(row.get("kind"))) for row in read_gold(manifest)}
    try:
        with tarfile.open(path) as archive:
            yield from _members(archive, kinds, limit)
    except tarfile.TarError as error:
        msg = f"{path} is no tar archive: {error}"
        raise ConfigurationError(msg) from error


def _members(archive: tarfile.TarFile, kinds: dict[str, tuple[str, str]], limit: int | None) -> Iterator[FeedFile]:
    count = 0
    for member in archive:
        name = member.name.removeprefix("./")
        stream = archive.extractfile(member) if member.isfile() and name in kinds else None
        if stream is None or member.size > MAX_MEMBER_BYTES:
            continue
        count += 1
        if limit is not None and count > limit:
            return
        yield FeedFile(name, *kinds[name], stream.read())
