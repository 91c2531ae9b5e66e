"""Records survive the wire, old versions decode, and anything else is refused with the right reason."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.article import EnrichedArticle, Enrichment, FeedEntry, RawArticle, SourceClaim
from schemas.base import Record
from schemas.codec import decode, encode
from schemas.errors import DECODE, SCHEMA, NotAnArticle, Rejected
from schemas.events import GroupedEvent, IndexedEvent
from schemas.export import EXPORTED, build_schema, write_schemas

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ID = "0123456789abcdef0123456789abcdef"
RECORDED = Path(__file__).parent / "recorded"

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(content=_text, title=st.none() | _text, domain=st.none() | _text, version=st.integers(0, 2**53))
def test_raw_article_round_trip(content: str, title: str | None, domain: str | None, version: int) -> None:
    """Whatever the text, encoding and decoding gives the same record."""
    article = RawArticle(
        article_id=ID,
        version=version,
        fetched_at=AT,
        channel="file",
        content=content,
        content_type="text",
        source=SourceClaim(domain=domain),
        feed_entry=FeedEntry(title=title),
    )
    assert decode(RawArticle, encode(article)) == article


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, DECODE),
        (b"", DECODE),
        (b"\xff\xfe", DECODE),
        (b"{", DECODE),
        (b"[" * 100_000, DECODE),
        (b"null", SCHEMA),
        (b"[]", SCHEMA),
        (b'"text"', SCHEMA),
        (b"{}", SCHEMA),
        (b'{"schema_version": 2}', SCHEMA),
    ],
)
def test_undecodable_is_refused_with_reason(value: bytes | None, reason: str) -> None:
    """Bytes that are no JSON are told apart from JSON of another shape; both are permanent."""
    with pytest.raises(Rejected) as caught:
        decode(RawArticle, value)
    assert caught.value.reason == reason
    assert caught.value.detail


def test_unknown_field_and_naive_time_are_refused() -> None:
    """A misspelt field must not vanish, and a time without a zone must not be guessed."""
    good = encode(RawArticle(article_id=ID, version=1, fetched_at=AT, channel="http", content="x", content_type="text"))
    for bad in (
        good.replace(b'"content"', b'"contents"'),
        good.replace(b"2026-03-04T05:06:07Z", b"2026-03-04T05:06:07"),
    ):
        with pytest.raises(Rejected, match="schema"):
            decode(RawArticle, bad)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_times_that_do_not_exist_in_utc_are_refused(at: str) -> None:
    """Before the first year and after the last one there is nothing; a message that says so is refused like others."""
    good = encode(RawArticle(article_id=ID, version=1, fetched_at=AT, channel="http", content="x", content_type="text"))
    with pytest.raises(Rejected, match="schema"):
        decode(RawArticle, good.replace(b"2026-03-04T05:06:07Z", at.encode()))


def test_times_are_kept_in_utc() -> None:
    """Whatever zone a producer uses, the record speaks UTC."""
    article = RawArticle.model_validate(
        {"article_id": ID, "version": 1, "fetched_at": "2026-03-04T07:06:07+02:00", "channel": "feed", "content": "",
         "content_type": "html"}
    )  # fmt: skip
    assert article.fetched_at == AT
    assert article.fetched_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("raw-article.v1.json", RawArticle),
        ("enriched-article.v1.json", EnrichedArticle),
        ("indexed-event.v1.json", IndexedEvent),
        ("grouped-event.v1.json", GroupedEvent),
    ],
)
def test_recorded_old_versions_still_decode(name: str, kind: type[Record]) -> None:
    """Messages written by the first release are read for as long as a topic may hold them."""
    record = decode(kind, (RECORDED / name).read_bytes())
    assert decode(kind, encode(record)) == record


def test_unknown_reason_code_is_a_programming_error() -> None:
    """Dead letters are filtered by reason, so a reason that is not listed must not come into being."""
    with pytest.raises(ValueError, match="unknown reason"):
        Rejected("because", "x")
    assert NotAnArticle("home page").reason == "not-an-article"


@pytest.mark.parametrize("name", sorted(EXPORTED))
def test_json_schemas_are_current(name: str, repository: Path) -> None:
    """The schema files that other producers use say what the records say (`make schemas` writes them)."""
    assert (repository / "schemas" / "json" / f"{name}.schema.json").read_text(encoding="utf-8") == build_schema(name)


def test_write_schemas_writes_every_record(tmp_path: Path) -> None:
    """One file for each record that crosses a topic."""
    assert {path.name for path in write_schemas(tmp_path)} == {f"{name}.schema.json" for name in EXPORTED}


def test_enrichment_defaults_are_not_shared() -> None:
    """Two records never share a mutable default."""
    assert Enrichment(version=1).models is not Enrichment(version=1).models
