"""Files, folders and globs → raw articles, and what could not be read. Streaming; imports no client.

Formats: `html` (a page), `text` (one article in plain text), `jsonl` (one record a line), `json` (a list of records),
`csv`, `feed` (RSS, Atom, RDF, JSON Feed), `newsml`, `nitf`, `ninjs`, `warc`; each also as `.gz`.
"""

import glob
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pipeline.producers.byte_lines import BROKEN
from pipeline.producers.csv_rows import read_csv
from pipeline.producers.documents import read_html, read_text
from pipeline.producers.feed_files import (
    read_feed_file,
    read_newsml_file,
    read_ninjs_file,
    read_nitf_file,
    read_sitemap_file,
)
from pipeline.producers.formats import FORMATS, choose_format, is_of_format
from pipeline.producers.inputs import BadInput, bad_file
from pipeline.producers.json_documents import read_json
from pipeline.producers.jsonl import read_jsonl
from pipeline.producers.warc_files import read_warc_file
from schemas.article import RawArticle
from schemas.errors import ConfigurationError, Rejected

_READERS: Final = {
    "html": read_html, "text": read_text, "jsonl": read_jsonl, "json": read_json, "csv": read_csv,
    "feed": read_feed_file, "sitemap": read_sitemap_file, "newsml": read_newsml_file, "nitf": read_nitf_file,
    "ninjs": read_ninjs_file, "warc": read_warc_file,
}  # fmt: skip


def expand(paths: Iterable[str | Path], format: str = "auto") -> list[Path]:  # noqa: A002 - the option's name
    """Return the files that the paths name, each once, in the order given, folders and globs sorted within.

    A file that is named is taken whatever its ending. Of a folder, all files beneath it are taken that end as the
    format does (`auto`: as any format does); hidden files and folders are passed over, links to folders not followed.

    Raises:
        ConfigurationError: the format is unknown, or a path or glob names nothing.
    """
    if format not in FORMATS:
        msg = f"unknown format {format!r}; known are {', '.join(FORMATS)}"
        raise ConfigurationError(msg)
    found: dict[Path, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_expand(path, format)))
    return list(found)


def read_path(path: str | Path, format: str = "auto") -> Iterator[RawArticle | BadInput]:  # noqa: A002 - as above
    """Yield the articles of a file, folder or glob, and a `BadInput` for each line or file that cannot be read.

    Lazy: at most one record is in memory. Reading an unchanged file again yields equal articles.

    Raises:
        ConfigurationError: as `expand`, at the first step.
    """
    for file in expand([path], format):
        yield from _read_file(file, format)


def _expand(path: str | Path, format_: str) -> list[Path]:
    named = Path(path).expanduser()
    if named.is_dir():
        return [file for file in _walk(named) if is_of_format(file, format_)]
    if named.exists():
        return [named]
    if not glob.has_magic(str(named)):
        msg = f"{path} does not exist"
        raise ConfigurationError(msg)
    matches = [Path(match) for match in sorted(glob.glob(str(named), recursive=True))]  # noqa: PTH207 - Path.glob takes no absolute pattern
    if not matches:
        msg = f"no file matches {path}"
        raise ConfigurationError(msg)
    return [file for match in matches for file in _expand(match, format_)]


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = Path(parent) / name
            if not name.startswith(".") and file.is_file():
                yield file


def _read_file(file: Path, format_: str) -> Iterator[RawArticle | BadInput]:
    try:
        if not file.is_file():
            yield bad_file(file, "It is no regular file.")
            return
        modified_at = datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
        chosen = choose_format(file) if format_ == "auto" else format_
    except BROKEN as error:
        yield bad_file(file, f"The file cannot be read: {error}")
        return
    except Rejected as error:
        yield bad_file(file, error.detail)
        return
    yield from _READERS[chosen](file, modified_at)
