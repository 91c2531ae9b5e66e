"""`newswire ingest` tells the forms of files apart, reads them, and says what to do with the others."""

import gzip
import json
from pathlib import Path

import pytest

from pipeline.producers.files import expand, read_path
from pipeline.producers.inputs import BadInput
from schemas.article import RawArticle

FEED = "<rss><channel><title>Harbour Post</title>%s</channel></rss>"
ITEM = "<item><title>Fog</title><link>https://a.example/fog</link><description>The ferry stayed.</description></item>"
CSV = 'Headline;Body;URL;Date\n"Fog; ferry";"The ferry\nstayed.";https://a.example/fog;2026-01-05\nNo text;;;\n'
WARC = (
    b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-01-05T08:00:00Z\r\n"
    b"WARC-Target-URI: https://a.example/fog\r\nContent-Type: text/html\r\nContent-Length: 26\r\n\r\n"
    b"<html><p>Ferry.</p></html>\r\n\r\n"
)
NINJS = {"uri": "https://a.example/fog", "versioncreated": "2026-01-05", "body_text": "The ferry stayed."}
NITF = "<nitf><body><body.content><p>The ferry stayed.</p></body.content></body></nitf>"
READ = {
    "feed.xml": (FEED % ITEM).encode(),
    "feed.rss": (FEED % ITEM).encode(),
    "feed.xml.gz": gzip.compress((FEED % ITEM).encode()),
    "unnamed": (FEED % ITEM).encode(),
    "feed.json": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "items": [{"url": "https://a.example/fog", "content_text": "x"}],
        }
    ).encode(),
    "list.json": json.dumps([{"url": "https://a.example/fog", "text": "The ferry stayed."}], indent=1).encode(),
    "held.json": json.dumps({"articles": [{"url": "https://a.example/fog", "text": "Ferry."}]}).encode(),
    "wire.json": json.dumps(NINJS).encode(),
    "crawl.warc": WARC,
    "crawl.warc.gz": gzip.compress(WARC),
    "unnamed-crawl": WARC,
}
ADVICE = {
    "feeds.opml": (b"<opml><body/></opml>", "newswire feeds import"),
    "list.xml": (b"<?xml version='1.0'?><!-- x --><opml><body/></opml>", "newswire feeds import"),
    "map.xml": (b"<urlset><url><loc>http://a.example/1</loc></url></urlset>", "newswire feeds add"),
    "other.xml": (b"<invoice/>", "<invoice>"),
    "paper.pdf": (b"%PDF-1.7", "PDF"),
    "all.zip": (b"PK\x03\x04xx", "unpack"),
    "all.tar": (b"\0" * 257 + b"ustar", "tar archive"),
    "empty.xml": (b"<rss><channel/></rss>", "no entries"),
    "crawl.warc": (b"not a crawl", "no WARC"),
    "cells.csv": (b"a,b\n1,2\n", "column"),
}


def _write(folder: Path, name: str, value: bytes) -> Path:
    path = folder / name
    path.write_bytes(value)
    return path


@pytest.mark.parametrize("name", READ)
def test_forms_are_told_apart(tmp_path: Path, name: str) -> None:
    """Each form is recognised by ending or content and gives the same page's article, the same at every reading."""
    path = _write(tmp_path, name, READ[name])
    (article,) = read_path(path)
    assert isinstance(article, RawArticle)
    assert article.canonical_url == "https://a.example/fog"
    assert str(path) in str(article.received_from)
    assert [article] == list(read_path(path))


@pytest.mark.parametrize("name", ADVICE)
def test_what_cannot_be_read_says_what_to_do(tmp_path: Path, name: str) -> None:
    """A file of another kind is one bad input with advice."""
    value, advice = ADVICE[name]
    (bad,) = read_path(_write(tmp_path, name, value))
    assert isinstance(bad, BadInput)
    assert advice in bad.detail


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1252"])
def test_csv_rows_are_articles(tmp_path: Path, encoding: str) -> None:
    """A row with breaks and separators in its cells is an article; one without text is a bad input with its line."""
    path = _write(tmp_path, "rows.csv", CSV.replace("stayed", "blieb spät").encode(encoding))
    article, bad = read_path(path)
    assert isinstance(article, RawArticle)
    assert (article.content, article.feed_entry.title) == ("The ferry\nblieb spät.", "Fog; ferry")
    assert isinstance(bad, BadInput)
    assert bad.line == 4


def test_wire_items_that_are_withheld_are_not_sent(tmp_path: Path) -> None:
    """An item that its sender withholds becomes a bad input, never an article."""
    path = _write(tmp_path, "wire.json", json.dumps({**NINJS, "pubstatus": "withheld"}).encode())
    (bad,) = read_path(path)
    assert isinstance(bad, BadInput)
    assert "withheld" in bad.detail


def test_nitf_without_address_keeps_its_id(tmp_path: Path) -> None:
    """An item without address has an id by its text, wherever the file lies."""
    (tmp_path / "b").mkdir()
    (one,), (two,) = (list(read_path(_write(folder, "a.xml", NITF.encode()))) for folder in (tmp_path, tmp_path / "b"))
    assert isinstance(one, RawArticle)
    assert isinstance(two, RawArticle)
    assert one.article_id == two.article_id


def test_folders_take_all_known_endings(tmp_path: Path) -> None:
    """Of a folder every known form is taken, and with a format only what can be of it."""
    for name in ("a.xml", "b.csv", "c.warc.gz", "d.pdf", "e.rss", "f.nitf"):
        _write(tmp_path, name, b"x")
    assert [path.name for path in expand([tmp_path])] == ["a.xml", "b.csv", "c.warc.gz", "e.rss", "f.nitf"]
    assert [path.name for path in expand([tmp_path], "feed")] == ["a.xml", "e.rss"]
    assert [path.name for path in expand([tmp_path], "nitf")] == ["a.xml", "f.nitf"]
