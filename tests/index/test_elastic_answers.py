"""What answers and errors of Elasticsearch mean, and what the client makes of addresses and credentials."""

from pathlib import Path
from typing import Any

import pytest

from pipeline import roles
from pipeline.clock import SystemClock
from pipeline.index.elastic import ElasticIndex
from pipeline.index.elastic_bulk import MAX_BYTES, MAX_DOCUMENTS, MIN_BYTES, MIN_DOCUMENTS, BatchSize
from pipeline.index.elastic_client import connect
from pipeline.index.elastic_faults import MAX_REASON_CHARS, Verdict, judge, read_error
from pipeline.index.elastic_page import read_highlights, split_marks
from pipeline.index.open import open_index
from pipeline.server_address import redact
from pipeline.settings import Settings
from pipeline.steps import limits_of
from schemas.errors import ConfigurationError


@pytest.mark.parametrize(
    ("status", "kind", "reason", "verdict"),
    [
        (200, "", "", Verdict.DONE),
        (201, "", "", Verdict.DONE),
        (409, "version_conflict_engine_exception", "", Verdict.CONFLICT),
        (429, "", "", Verdict.BUSY),
        (429, "es_rejected_execution_exception", "", Verdict.BUSY),
        (503, "circuit_breaking_exception", "", Verdict.BUSY),
        (403, "cluster_block_exception", "blocked by: [FORBIDDEN/8/index write (api)];", Verdict.UNAVAILABLE),
        (429, "cluster_block_exception", "disk usage exceeded flood-stage watermark", Verdict.UNAVAILABLE),
        (403, "cluster_block_exception", "blocked by: [FORBIDDEN/4/index closed];", Verdict.FAULTY),
        (503, "unavailable_shards_exception", "", Verdict.UNAVAILABLE),
        (500, "null_pointer_exception", "", Verdict.UNAVAILABLE),
        (408, "", "", Verdict.UNAVAILABLE),
        (400, "index_closed_exception", "", Verdict.FAULTY),
        (404, "index_not_found_exception", "", Verdict.FAULTY),
        (401, "security_exception", "", Verdict.FAULTY),
        (403, "", "", Verdict.FAULTY),
        (413, "", "", Verdict.TOO_LARGE),
        (400, "document_parsing_exception", "", Verdict.REFUSED),
        (400, "", "", Verdict.REFUSED),
    ],
)
def test_verdicts(status: int, kind: str, reason: str, verdict: Verdict) -> None:
    """The type of an error decides before its status."""
    assert judge(status, kind, reason) is verdict


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"error": {"type": "a", "reason": "b"}, "status": 400}, ("a", "a: b")),
        ({"type": "a", "reason": "b", "caused_by": {"type": "c", "reason": "d"}}, ("a", "a: b")),
        (
            {"error": {"type": "search_phase_execution_exception", "root_cause": [{"type": "x", "reason": "y"}]}},
            ("x", "x: y"),
        ),
        ({"error": {"type": "search_phase_execution_exception", "root_cause": []}}, None),
        ({"error": "plain"}, ("", "plain")),
        ("<html>", ("", "<html>")),
        (None, ("", "None")),
    ],
)
def test_errors_are_read(body: object, expected: tuple[str, str] | None) -> None:
    """The innermost cause of a search is named; anything that is no error has no type, and nothing raises."""
    kind, reason = read_error(body)
    assert (kind, reason) == (expected or ("search_phase_execution_exception", reason))


def test_reasons_are_bounded() -> None:
    """An article quoted in an error does not flood the dead letters."""
    assert len(read_error({"type": "a", "reason": "x" * 100_000})[1]) == MAX_REASON_CHARS


def test_batch_size_stays_within_its_bounds() -> None:
    """However often it is halved or grown, a batch stays between its floor and the size it began with."""
    size = BatchSize()
    for _ in range(30):
        size = size.halved()
    assert (size.documents, size.bytes) == (MIN_DOCUMENTS, MIN_BYTES)
    steps = 0
    while size != BatchSize():
        size, steps = size.grown(), steps + 1
    assert (size.documents, size.bytes) == (MAX_DOCUMENTS, MAX_BYTES)
    assert 20 < steps < 100


def test_a_batch_of_articles_is_one_request() -> None:
    """What the index role takes at once goes to Elasticsearch at once: a document has twice its article's bytes."""
    limits = limits_of(roles.INDEX, Settings())
    assert limits.batch_records <= MAX_DOCUMENTS
    assert 2 * limits.batch_bytes <= MAX_BYTES


@pytest.mark.parametrize(
    ("url", "options", "message"),
    [
        ("ftp://host:9200", {}, "not understood"),
        ("https://", {}, "not understood"),
        ("https://host:99999", {}, "no URL"),
        ("https://host:9200?x=1", {}, "not understood"),
        ("https://ada:secret@host:9200", {"api_key": "k"}, "leave one of them out"),
        ("https://host:9200", {"ca_file": Path("/no/such/file")}, "does not exist"),
    ],
)
def test_wrong_addresses(url: str, options: dict[str, Any], message: str) -> None:
    """A setting that cannot work says so before anything is sent, and never shows a password."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        connect(url, **options)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "options", "node", "authorization"),
    [
        ("https://host", {}, "https://host:443", None),
        ("http://host:1234/base/", {}, "http://host:1234/base", None),
        ("http://[::1]:9200", {}, "http://[::1]:9200", None),
        ("https://ada:se%40cret@host:9200", {}, "https://host:9200", "Basic YWRhOnNlQGNyZXQ="),
        ("https://host:9200", {"api_key": "abc"}, "https://host:9200", "ApiKey abc"),
    ],
)
def test_credentials(url: str, options: dict[str, Any], node: str, authorization: str | None) -> None:
    """Keys, users and paths of the address reach the client."""
    with connect(url, **options) as client:
        config = next(iter(client.transport.node_pool.all())).config
        assert client.transport.node_pool.get().base_url == node
        assert config.headers.get("authorization") is None
        assert client._headers.get("authorization") == authorization  # noqa: SLF001 - there is no public way to see it


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://ada:secret@search.example:9200"])
def test_web_addresses_open_elasticsearch(url: str) -> None:
    """An http or https address opens the distributed index; nothing is sent yet."""
    index = open_index(url, SystemClock(), index_prefix="demo-")
    assert isinstance(index, ElasticIndex)
    index.close()


def test_redacted_addresses() -> None:
    """What is logged holds no password."""
    assert redact("https://ada:s3/cr@et@host:9200") == "https://host:9200"
    assert redact("http://host:9200/x") == "http://host:9200/x"


def test_marks_survive_escaping() -> None:
    """Content is escaped after marks are found, so content with marks or tags of its own stays text."""
    answer = {"title": ["<b>\ue000flood\ue001</b> <mark>"], "body": ["no marks"]}
    assert read_highlights(answer) == {"title": ("&lt;b&gt;<mark>flood</mark>&lt;/b&gt; &lt;mark&gt;",)}


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("plain", ("plain", [])),
        ("\ue001a\ue001", ("a", [])),
        ("\ue000a", ("a", [])),
        ("\ue000\ue000a\ue001\ue001", ("a", [(0, 1)])),
        ("\ue000\ue001", ("", [])),
        ("\ue000a\ue001 \ue000b\ue001", ("a b", [(0, 1), (2, 3)])),
    ],
)
def test_unpaired_marks(marked: str, expected: tuple[str, list[tuple[int, int]]]) -> None:
    """Characters that stand for marks, in a text that holds them itself, harm nothing."""
    assert split_marks(marked) == expected
