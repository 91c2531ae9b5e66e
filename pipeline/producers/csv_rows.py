"""CSV → raw articles, one row a record, with the keys of JSONL records as columns. File → articles and bad inputs.

The first row names the columns. Comma, semicolon, tab and bar are told apart by it; the charset by the whole file's
first part. Memory is bounded by one row.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from charset_normalizer import from_bytes

from pipeline.producers.byte_lines import BROKEN, open_bytes
from pipeline.producers.inputs import KEPT_BYTES, MAX_RECORD_BYTES, BadInput, Place, bad_file
from pipeline.producers.jsonl import parse_record
from pipeline.producers.record_keys import SYNONYMS, fold_key
from schemas.article import RawArticle
from schemas.errors import Rejected

_SNIFFED: Final = 256 * 1024
_DETECTED: Final = 32 * 1024
_DELIMITERS: Final = ",;\t|"
_TEXTS: Final = frozenset(fold_key(key) for name in ("text", "html", "summary", "title") for key in SYNONYMS[name])


def read_csv(path: Path, modified_at: datetime) -> Iterator[RawArticle | BadInput]:
    """Yield the article of each row, or what is wrong with it; empty rows are passed over.

    A line number counts lines of the file, so that a person finds the row; a row with breaks in its cells counts where
    it ends. A damaged file ends with a bad input that names the last line read.
    """
    try:
        with open_bytes(path) as stream:
            yield from _read(path, stream, modified_at)
    except BROKEN as error:
        yield bad_file(path, f"The file is damaged or unreadable: {error}")


def _read(path: Path, stream: IO[bytes], modified_at: datetime) -> Iterator[RawArticle | BadInput]:
    start = stream.read(_SNIFFED)
    encoding = _encoding(start)
    head = start.decode(encoding, "replace").lstrip("\ufeff").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    names = [name.strip().strip('"') for name in head.split(delimiter)]
    if not _TEXTS.intersection(fold_key(name) for name in names):
        yield bad_file(path, "The first line names no column for text (text, body, content, html, summary).", start)
        return
    stream.seek(0)
    csv.field_size_limit(MAX_RECORD_BYTES)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    try:
        yield from _rows(csv.DictReader(_without_mark(text), delimiter=delimiter), path, modified_at)
    finally:
        text.detach()  # the caller closes the file


def _rows(reader: "csv.DictReader[str]", path: Path, modified_at: datetime) -> Iterator[RawArticle | BadInput]:
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadInput(path, reader.line_num, b"", f"The CSV breaks here: {error}.")
            return
        record = {name: cell for name, cell in row.items() if isinstance(name, str) and isinstance(cell, str) and cell}
        if record:
            yield _parse(record, Place(path, reader.line_num, modified_at))


def _parse(record: dict[str, str], place: Place) -> RawArticle | BadInput:
    try:
        return parse_record(record, place)
    except Rejected as error:
        value = repr(record).encode("utf-8", "replace")[:KEPT_BYTES]
        return BadInput(place.path, place.line, value, error.detail.replace("The record", "The row"))


def _encoding(start: bytes) -> str:
    """Return the encoding of a file by its first bytes; a character cut at their end does not count."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start, final=False)
    except UnicodeDecodeError:
        best = from_bytes(start[:_DETECTED]).best()
        return best.encoding if best else "windows-1252"
    return "utf-8"


def _without_mark(lines: IO[str]) -> Iterator[str]:
    """Yield the lines without byte order mark and NUL, which the csv module refuses."""
    for number, line in enumerate(iter(lambda: lines.readline(MAX_RECORD_BYTES), "")):
        yield (line.lstrip("\ufeff") if number == 0 else line).replace("\x00", "\ufffd")
