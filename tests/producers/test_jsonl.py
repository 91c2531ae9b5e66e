"""JSON lines: what a record may look like, and what becomes of a bad line."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.producers.files import read_path
from pipeline.producers.inputs import KEPT_BYTES, MAX_RECORD_BYTES, BadInput, Place
from pipeline.producers.jsonl import parse_record
from pipeline.producers.record_keys import SYNONYMS, fold_key
from pipeline.sources.urls import article_id
from schemas.article import RawArticle
from schemas.codec import encode
from schemas.errors import Rejected

NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)
PLACE = Place(Path("news.jsonl.gz"), 7, NOON)
TEXT = "The ferry sailed again on Monday."
URL = "https://harbour-post.example/ferry"


def _parse(**record: Any) -> RawArticle:  # noqa: ANN401 - records hold anything
    return parse_record({"text": TEXT, **record}, PLACE)


def _write(folder: Path, *lines: bytes) -> Path:
    path = folder / "news.jsonl"
    path.write_bytes(b"\n".join(lines))
    return path


def test_plain_record() -> None:
    """Every documented key lands where enrichment looks for it."""
    article = _parse(
        title="Ferry", url=URL + "?utm_source=x", published="2 Feb 2026", source="Harbour Post", authors=["Ida Lund"],
        language="en", summary="It is back.", section="transport", rights="CC BY",
        fetched_at="2026-02-02T10:00:00+01:00",
    )  # fmt: skip
    assert article.article_id == article_id(URL)
    assert (article.url, article.canonical_url) == (URL + "?utm_source=x", URL)
    assert (article.fetched_at, article.version) == (datetime(2026, 2, 2, 9, tzinfo=UTC), 1770022800000)
    assert (article.source.name, article.source.domain) == ("Harbour Post", "harbour-post.example")
    assert (article.content, article.content_type, article.channel) == (TEXT, "text", "file")
    entry = article.feed_entry
    assert (entry.title, entry.published, entry.authors, entry.language) == ("Ferry", "2 Feb 2026", ("Ida Lund",), "en")
    assert (entry.summary, entry.categories, entry.rights) == ("It is back.", ("transport",), "CC BY")
    assert article.received_from == "news.jsonl.gz:7"


@pytest.mark.parametrize(
    ("key", "value", "field", "expected"),
    [
        ("publishedAt", "2026-02-02", "published", "2026-02-02"),
        ("pubDate", "Mon, 02 Feb 2026", "published", "Mon, 02 Feb 2026"),
        ("DATE-PUBLISHED", "2026", "published", "2026"),
        ("timestamp", 1770022800, "published", "2026-02-02T09:00:00+00:00"),
        ("timestamp", "1770022800000", "published", "2026-02-02T09:00:00+00:00"),
        ("date", "20260202", "published", "20260202"),
        ("headline", "Ferry", "title", "Ferry"),
        ("lang", "en-IE", "language", "en-IE"),
        ("lang", "None", "language", None),
        ("byline", "By Ida Lund", "authors", ("By Ida Lund",)),
        ("author", [{"name": "Ida Lund"}, "Tom Reed", None, "N/A"], "authors", ("Ida Lund", "Tom Reed")),
        ("dateModified", "2026-02-03", "updated", "2026-02-03"),
        ("description", "It is back.", "summary", "It is back."),
        ("tags", ["ferry", 7], "categories", ("ferry", "7")),
        ("agency", "AP", "source", "AP"),
        ("copyright", "© 2026", "rights", "© 2026"),
        ("title", {"deep": {"er": 1}}, "title", None),
    ],
)
def test_synonyms(key: str, value: object, field: str, expected: object) -> None:
    """Other programs' keys and values mean what they mean there."""
    assert getattr(_parse(**{key: value}).feed_entry, field) == expected


@pytest.mark.parametrize("key", [key for key in SYNONYMS["text"] if key != "text"])
def test_text_synonyms(key: str) -> None:
    """The text is found under every documented key; paragraphs in a list are joined."""
    assert parse_record({key: TEXT}, PLACE).content == TEXT
    assert parse_record({key: [TEXT, TEXT]}, PLACE).content == f"{TEXT}\n\n{TEXT}"


def test_synonyms_are_no_one_elses() -> None:
    """No key means two things."""
    folded = [fold_key(key) for keys in SYNONYMS.values() for key in set(map(fold_key, keys))]
    assert len(folded) == len(set(folded))


def test_pages_are_recognised() -> None:
    """A page counts as a page under `html` and under `content`; its own address makes the id."""
    page = f'<html><head><link rel="canonical" href="{URL}"></head><body><p>{TEXT}</p></body></html>'
    for key in ("html", "content"):
        article = parse_record({key: page}, PLACE)
        assert (article.content_type, article.canonical_url, article.content) == ("html", URL, page)
    assert (
        parse_record({"html": page, "url": "https://other.example/x"}, PLACE).canonical_url == "https://other.example/x"
    )
    assert parse_record({"html": page, "text": TEXT}, PLACE).content == TEXT


def test_summary_alone_is_a_text() -> None:
    """A record with nothing but a summary is a short article."""
    assert parse_record({"summary": TEXT}, PLACE).content == TEXT


@pytest.mark.parametrize(
    ("record", "url", "domain"),
    [
        ({"url": URL, "source_url": "www.harbour-post.example"}, URL, "harbour-post.example"),
        ({"source_url": URL}, URL, "harbour-post.example"),
        ({"source_url": "https://www.harbour-post.example/"}, None, "harbour-post.example"),
        ({"domain": "harbour-post.example"}, None, "harbour-post.example"),
        ({"source": {"name": "Harbour Post", "url": "https://harbour-post.example"}}, None, "harbour-post.example"),
        ({"url": "not an address"}, "not an address", None),
    ],
)
def test_addresses(record: dict[str, Any], url: str | None, domain: str | None) -> None:
    """`source_url` is the publisher's address, unless it is the only one and names a page."""
    article = _parse(**record)
    assert (article.url, article.source.domain) == (url, domain)


def test_ids_without_an_address() -> None:
    """Source and id make the id; without a source the file's name stands for it; without an id the content."""
    named = _parse(source="Harbour Post", id=12)
    assert named.article_id == article_id(None, "Harbour Post", "12")
    assert _parse(id=12).article_id == article_id(None, "file:news.jsonl", "12")
    assert _parse(id=12).article_id != _parse(id=13).article_id
    assert _parse().article_id == article_id(content=TEXT)


@pytest.mark.parametrize("written", ["yesterday", "", None, "0001-01-01", {"a": 1}])
def test_unreadable_fetch_time_gives_the_files(written: object) -> None:
    """Without a fetch time of its own a record has the file's."""
    assert _parse(fetched_at=written).fetched_at == NOON


def test_broken_characters_are_replaced() -> None:
    """Lone surrogates and NUL, which no other program takes, never leave the reader."""
    article = parse_record({"text": "a\ud800b\x00c", "title": "\udc00", "id": "\ud800"}, PLACE)
    assert article.content == "a\ufffdb\ufffdc"
    assert encode(article)


BAD_LINES = [
    (b'{"title": "cut', "not JSON"),
    (b"[1, 2]", "JSON array"),
    (b'"text"', "not a JSON object"),
    (b'{"text": "\xff"}', "not UTF-8 (byte 10)"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"n": ' + b"9" * 5000 + b"}", "not JSON"),
    (b'{"title": "no text"}', "neither text nor html"),
    (b'{"text": "  "}', "neither text nor html"),
    (b'{"text": {"a": 1}}', "neither text nor html"),
    (b"plain words", "not JSON"),
]


@pytest.mark.parametrize(("line", "detail"), BAD_LINES)
def test_bad_line_is_named_and_the_rest_goes_on(tmp_path: Path, line: bytes, detail: str) -> None:
    """A bad line is handed on with file, line number, bytes and a sentence; its neighbours are read."""
    good = json.dumps({"text": TEXT}).encode()
    path = _write(tmp_path, good, b"", line, good)
    first, bad, last = read_path(path)
    assert isinstance(first, RawArticle)
    assert isinstance(last, RawArticle)
    assert isinstance(bad, BadInput)
    assert (bad.line, bad.received_from, bad.value) == (3, f"{path}:3", line[:KEPT_BYTES])
    assert detail in bad.detail


@pytest.mark.parametrize("end", [b"\n", b""])
def test_endless_line_is_passed_over(tmp_path: Path, end: bytes) -> None:
    """A line over the limit is bad without being held in memory, and the next line is read."""
    good = json.dumps({"text": TEXT}).encode()
    path = tmp_path / "news.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(good + b"\n" + b'{"text": "' + b"x" * (3 * MAX_RECORD_BYTES))
        out.write(end + good if end else b"")
    found = list(read_path(path))
    bad = found[1]
    assert isinstance(bad, BadInput)
    assert (bad.line, len(bad.value)) == (2, KEPT_BYTES)
    assert "longer than 8 MiB" in bad.detail
    assert [isinstance(one, RawArticle) for one in found] == [True, False, *([True] if end else [])]


def test_windows_file(tmp_path: Path) -> None:
    """A byte order mark and carriage returns are no part of a record."""
    line = json.dumps({"text": TEXT}).encode()
    (first, second) = read_path(_write(tmp_path, b"\xef\xbb\xbf" + line + b"\r", line + b"\r"))
    assert isinstance(first, RawArticle)
    assert isinstance(second, RawArticle)


def test_damaged_archive_keeps_what_it_gave(tmp_path: Path) -> None:
    """A cut .gz gives its lines so far and one bad input."""
    lines = [json.dumps({"text": f"{TEXT} {number} {hash(number)}", "id": number}) for number in range(20_000)]
    whole = gzip.compress("\n".join(lines).encode())
    path = tmp_path / "news.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    *articles, bad = read_path(path)
    assert len(articles) > 100
    assert isinstance(bad, BadInput)
    assert bad.line is None
    assert "damaged" in bad.detail


@given(
    st.dictionaries(
        st.sampled_from([key for keys in SYNONYMS.values() for key in keys]) | st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
            max_leaves=5,
        ),
        max_size=8,
    )
)
def test_any_record_is_an_article_or_refused(record: dict[str, Any]) -> None:
    """Whatever a record holds, it gives a valid article that can be sent, or a sentence."""
    try:
        article = parse_record(record, PLACE)
    except Rejected as error:
        assert error.reason == "bad-input"  # noqa: PT017 - either outcome is right
        return
    assert RawArticle.model_validate_json(encode(article)) == article


@pytest.mark.parametrize(
    ("name", "records", "ids"),
    [
        ("articles_allsides", 3195, 3182),
        ("html_scrapinghub", 181, 181),
        ("search_time_docs", 423, 423),
        ("articles_reuters21578", 18978, 18978),
    ],
)
def test_real_files_are_read_as_they_are(shared_dir: Path, name: str, records: int, ids: int) -> None:
    """Every record of other people's files is an article; the same address twice is one article."""
    found = list(read_path(shared_dir / "data" / f"{name}.jsonl.gz"))
    articles = [one for one in found if isinstance(one, RawArticle)]
    assert len(articles) == len(found) == records
    assert len({one.article_id for one in articles}) == ids
