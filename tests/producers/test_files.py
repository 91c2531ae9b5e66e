"""Files, folders and globs; pages and texts; encodings."""

import gzip
import os
from pathlib import Path

import pytest

from pipeline.producers.decoding import decode_page, decode_text
from pipeline.producers.files import expand, read_path
from pipeline.producers.html_head import PageIdentity, identify_page
from pipeline.producers.inputs import MAX_RECORD_BYTES, BadInput
from pipeline.sources.urls import article_id
from schemas.article import RawArticle
from schemas.errors import ConfigurationError

URL = "https://harbour-post.example/ferry"
PAGE = f'<html><head><link rel="canonical" href="{URL}"/></head><body><p>The ferry sailed.</p></body></html>'
TEXT = "Ferry sails again\r\n\r\nThe ferry sailed again on Monday.\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as people keep them."""
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "b" / "two.txt").write_text(TEXT)
    (tmp_path / "one.html").write_text(PAGE)
    (tmp_path / "three.jsonl").write_text('{"text": "The ferry."}\n{"text": "The school."}\n')
    (tmp_path / "four.txt.gz").write_bytes(gzip.compress(b"The bridge.", mtime=0))
    for ignored in ("picture.png", ".hidden.txt", ".git/x.txt", "README.md"):
        (tmp_path / ignored).write_text("no article")
    return tmp_path


def _articles(path: Path | str, format_: str = "auto") -> list[RawArticle]:
    found = list(read_path(path, format_))
    articles = [one for one in found if isinstance(one, RawArticle)]
    assert len(articles) == len(found)
    return articles


def test_folder_is_read_in_order(folder: Path) -> None:
    """All files of known endings, sorted, sub-folders after the files; hidden and other files are passed over."""
    names = [file.relative_to(folder).as_posix() for file in expand([folder])]
    assert names == ["four.txt.gz", "one.html", "three.jsonl", "b/two.txt"]
    assert len(_articles(folder)) == 5


def test_format_narrows_a_folder(folder: Path) -> None:
    """With a format named, only its files are taken from a folder, and any file that is named itself."""
    assert [file.name for file in expand([folder], "text")] == ["four.txt.gz", "two.txt"]
    assert [one.content_type for one in _articles(folder / "README.md", "text")] == ["text"]


def test_globs_and_doubles(folder: Path) -> None:
    """A glob names files, also deep ones; a file named twice is read once."""
    assert [file.name for file in expand([str(folder / "**" / "*.txt")])] == ["two.txt"]
    assert len(expand([folder, folder / "one.html", str(folder / "*.html")])) == 4


def test_name_with_brackets_is_a_file_first(tmp_path: Path) -> None:
    """A file whose name looks like a pattern is found."""
    path = tmp_path / "ferry [1].txt"
    path.write_text(TEXT)
    assert expand([path]) == [path]


@pytest.mark.parametrize(("path", "complaint"), [("none.txt", "does not exist"), ("*.none", "no file matches")])
def test_nothing_there(tmp_path: Path, path: str, complaint: str) -> None:
    """A path that names nothing is an error of whoever typed it."""
    with pytest.raises(ConfigurationError, match=complaint):
        list(read_path(tmp_path / path))


def test_unknown_format(folder: Path) -> None:
    """An unknown format is refused with the known ones."""
    with pytest.raises(ConfigurationError, match="auto, html, text, jsonl"):
        expand([folder], "pdf")


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b'\n{"text": "The ferry."}', "text"), (b"\xef\xbb\xbf<!doctype html><p>x", "html"), (b"The ferry.", "text")],
)
def test_unknown_ending_is_recognised_by_content(tmp_path: Path, content: bytes, expected: str) -> None:
    """A named file without a known ending is read by its first characters."""
    path = tmp_path / "download"
    path.write_bytes(content)
    (article,) = _articles(path)
    assert article.content_type == expected


def test_same_file_gives_the_same_version(folder: Path) -> None:
    """The file's time is the fetch time, so that reading again gives equal articles."""
    os.utime(folder / "one.html", (1_770_000_000.9, 1_770_000_000.9))
    first, again = _articles(folder / "one.html"), _articles(folder / "one.html")
    assert first == again
    assert first[0].version == 1_770_000_000_000


def test_page_and_text(folder: Path) -> None:
    """A page's id comes from its address, a text's from its content; line ends are unified."""
    (page,) = _articles(folder / "one.html")
    assert (page.article_id, page.url, page.source.domain) == (article_id(URL), URL, "harbour-post.example")
    (text,) = _articles(folder / "b" / "two.txt")
    assert text.content == TEXT.replace("\r\n", "\n")
    assert text.article_id == article_id(content=text.content)
    assert (text.url, text.received_from) == (None, str(folder / "b" / "two.txt"))


@pytest.mark.parametrize(
    ("name", "content", "detail"),
    [
        ("x.txt", b"", "empty"),
        ("x.html", b" \n", "empty"),
        ("x.txt", b"\x89PNG\r\n\x00\x00\x01", "binary"),
        ("x.txt", b"x" * (MAX_RECORD_BYTES + 1), "larger than 8 MiB"),
        ("x.html.gz", gzip.compress(b"x" * (MAX_RECORD_BYTES * 4), mtime=0), "larger than 8 MiB"),
        ("x.html.gz", b"no archive", "damaged"),
        ("x.jsonl.gz", b"no archive", "damaged"),
        ("download.gz", gzip.compress(b"The ferry." * 100, mtime=0)[:20], "cannot be read"),
    ],
)
def test_bad_file_is_named(tmp_path: Path, name: str, content: bytes, detail: str) -> None:
    """What cannot be read as a whole is one bad input, with a bounded piece of it."""
    path = tmp_path / name
    path.write_bytes(content)
    (bad,) = read_path(path)
    assert isinstance(bad, BadInput)
    assert (bad.line, bad.received_from) == (None, str(path))
    assert detail in bad.detail
    assert len(bad.value) <= 64 * 1024


def test_special_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe that nobody writes to is refused, not read for ever."""
    os.mkfifo(tmp_path / "pipe.txt")
    (bad,) = read_path(tmp_path / "pipe.txt")
    assert isinstance(bad, BadInput)
    assert "no regular file" in bad.detail


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Fähre".encode(), "Fähre"),
        (b"\xef\xbb\xbfF\xc3\xa4hre", "Fähre"),
        ("Fähre".encode("utf-16"), "Fähre"),
        ('<meta charset="windows-1251"><p>Паром'.encode("windows-1251"), '<meta charset="windows-1251"><p>Паром'),
        (b'<meta charset="iso-8859-1"><p>\x93Ferry\x94', '<meta charset="iso-8859-1"><p>“Ferry”'),
        ('<meta charset="iso-8859-1"><p>Fähre'.encode(), '<meta charset="iso-8859-1"><p>Fähre'),
        (
            '<?xml version="1.0" encoding="euc-jp"?><p>渡し船'.encode("euc-jp"),
            '<?xml version="1.0" encoding="euc-jp"?><p>渡し船',
        ),
    ],
)
def test_page_encodings(value: bytes, expected: str) -> None:
    """Byte order mark, then UTF-8, then the declaration as browsers understand it."""
    assert decode_page(value) == expected


@pytest.mark.parametrize("declared", [b"base64", b"nonsense", b"utf-7", b"idna", b"unicode_escape"])
def test_hostile_declaration(declared: bytes) -> None:
    """A declared codec that is no text encoding, or does not fit, is no reason to fail."""
    assert "ferry" in decode_page(b'<meta charset="' + declared + b'">\xff\xfe ferry \xe9')


def test_undeclared_text_is_detected() -> None:
    """Old texts without a declaration come out right."""
    text = "Die Fähre fährt wieder über das Meer zur großen Insel, sagte der Kapitän am Freitag in Süderhöft." * 4
    assert decode_text(text.encode("windows-1252")) == text


HEAD = "<html><head>{}</head><body><link rel=canonical href=https://evil.example/></body></html>"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", PageIdentity()),
        (f'<link rel="canonical" href="{URL}/?utm_source=x">', PageIdentity(URL + "/?utm_source=x", URL)),
        (f'<meta property="og:url" content="{URL}"><meta property="og:site_name" content=" Harbour Post ">',
         PageIdentity(URL, URL, "Harbour Post")),
        (f'<meta property="og:url" content="{URL}?a=1"><link rel="alternate canonical" href="/ferry">',
         PageIdentity(URL + "?a=1", URL)),
        (f'<meta property="og:url" content="{URL}"><link rel="canonical" href="https://maker.example/x">',
         PageIdentity(URL, URL)),
        (f'<!-- saved from url=(0034){URL} --><link rel="canonical" href="https://maker.example/x">',
         PageIdentity(URL, URL)),
        ('<link rel="canonical" href="javascript:alert(1)"><meta name="og:url">', PageIdentity()),
        ('<link rel="canonical" href="/ferry">', PageIdentity()),
    ],
)  # fmt: skip
def test_page_identity(head: str, expected: PageIdentity) -> None:
    """The page's own address makes its id, never the original's that it links to; only the head counts."""
    assert identify_page(HEAD.format(head)) == expected


@pytest.mark.parametrize("page", ["", "<", "\ud800<p>", "<head>" * 50_000, '<?xml version="1.0" encoding="x"?><html>'])
def test_hostile_head(page: str) -> None:
    """Whatever stands where the head should be, the answer is an identity without an address."""
    assert identify_page(page) == PageIdentity()
