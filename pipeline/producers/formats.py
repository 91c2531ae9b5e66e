"""Which form a file is in: by the user's word, by its ending, by its first bytes. File → format, or what to do instead.

The endings say what people mean; `.xml` says nothing, so its root element decides. Reads the first bytes only.
"""

import re
from pathlib import Path
from typing import Final, Literal

from pipeline.feeds.characters import decode_document
from pipeline.producers.byte_lines import open_bytes
from schemas.errors import BAD_INPUT, Rejected

Format = Literal["html", "text", "jsonl", "json", "csv", "feed", "sitemap", "newsml", "nitf", "ninjs", "warc"]
FORMATS: Final = (
    "auto", "html", "text", "jsonl", "json", "csv", "feed", "sitemap", "newsml", "nitf", "ninjs", "warc",
)  # fmt: skip
ENDINGS: Final[dict[str, Format | Literal["xml"]]] = {
    ".html": "html", ".htm": "html", ".xhtml": "html", ".shtml": "html",
    ".txt": "text", ".text": "text",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".jl": "jsonl", ".json": "json", ".ninjs": "ninjs",
    ".csv": "csv", ".tsv": "csv",
    ".rss": "feed", ".atom": "feed", ".rdf": "feed", ".xml": "xml",
    ".nitf": "nitf", ".newsml": "newsml",
    ".warc": "warc", ".arc": "warc",
}  # fmt: skip
_XML: Final = frozenset({"feed", "sitemap", "newsml", "nitf"})
_SNIFFED_BYTES: Final = 64 * 1024
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?([A-Za-z_][\w.-]{0,60})")
_SKIPPED = re.compile(r"<!--.*?-->|<\?.{0,2000}?\?>|<!DOCTYPE[^<>\[]{0,500}(?:\[[^\]]{0,20000}\]\s{0,20})?>", re.DOTALL)
_ROOTS: Final[dict[str, Format]] = {
    "rss": "feed", "rdf": "feed", "feed": "feed", "channel": "feed", "urlset": "sitemap", "sitemapindex": "sitemap",
    "newsmessage": "newsml", "newsitem": "newsml", "packageitem": "newsml", "nitf": "nitf", "html": "html",
}  # fmt: skip
_FOREIGN: Final = (
    (b"%PDF", "a PDF: save its text as .txt"),
    (b"PK\x03\x04", "a ZIP archive or an office document: unpack it, or save it as .txt or .html"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it"),
    (b"Rar!", "a RAR archive: unpack it"),
    (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"),
    (b"SQLite format 3", "a database: export it as .jsonl or .csv"),
    (b"PAR1", "a Parquet file: export it as .jsonl or .csv"),
    (b"\xd0\xcf\x11\xe0", "an old office document: save it as .txt or .html"),
    (b"{\\rtf", "a rich text document: save it as .txt or .html"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd: unpack it"), (b"BZh", "packed with bzip2: unpack it"),
    (b"\xfd7zXZ", "packed with xz: unpack it"),
)  # fmt: skip


def ending_of(path: Path) -> str:
    """Return the ending that tells the form: in lower case, without the one of the packing.

    >>> ending_of(Path("a/Feed.XML.gz")), ending_of(Path("crawl.warc.zst"))
    ('.xml', '.warc')
    """
    name = path.name.lower().removesuffix(".gz")
    for packing in (".zst", ".lz4"):
        if name.endswith(f".warc{packing}"):
            name = name.removesuffix(packing)
    return Path(name).suffix


def is_of_format(path: Path, format_: str) -> bool:
    """Return whether a file of a folder is taken under this format, by its ending alone."""
    named = ENDINGS.get(ending_of(path))
    if named is None or format_ == "auto":
        return named is not None
    return (
        named == format_ or (named == "xml" and format_ in _XML) or (named == "json" and format_ in {"jsonl", "ninjs"})
    )


def choose_format(path: Path) -> Format:
    """Return the format of a file.

    Raises:
        Rejected: `bad-input`, it is of a kind that is not read; the detail says what to do.
        OSError, EOFError, zlib.error: it cannot be read.
    """
    named = ENDINGS.get(ending_of(path))
    if named is not None and named != "xml":
        return named
    with open_bytes(path) as stream:
        start = stream.read(_SNIFFED_BYTES)
    for mark, what in _FOREIGN:
        if start.startswith(mark) or start[257:262] == b"ustar":
            found = "a tar archive: unpack it" if start[257:262] == b"ustar" else what
            raise Rejected(BAD_INPUT, f"The file is {found}.")
    if start.startswith((b"WARC/", b"filedesc:")):
        return "warc"
    return _by_root(decode_document(start), is_xml=named == "xml")


def _by_root(text: str, *, is_xml: bool) -> Format:
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[")):
        return "json" if start.startswith("[") else "jsonl"
    if not start.startswith("<") and not is_xml:
        return "text"
    root = _ROOT.search(_SKIPPED.sub("", start))
    name = root[1].lower() if root else ""
    if name in _ROOTS:
        return _ROOTS[name]
    if name == "opml":
        raise Rejected(BAD_INPUT, "It is a list of feeds (OPML): newswire feeds import FILE subscribes to them.")
    if not is_xml:
        return "html"
    read = "feeds (RSS, Atom, RDF), sitemaps, NewsML-G2, NITF"
    kind = f"<{name}>" if name else "without an element"
    raise Rejected(BAD_INPUT, f"It is XML of a kind that is not read ({kind}); read are {read}.")
