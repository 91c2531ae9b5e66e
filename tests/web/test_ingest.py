"""POST /ingest: durable, repeatable, bounded, and only with the token."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import roles
from pipeline.clock import ManualClock
from pipeline.log.sqlite import SqliteLog
from pipeline.log.tools import read_topic
from pipeline.web.push import MAX_ITEMS
from pipeline.web.site import Site
from schemas.article import RawArticle
from schemas.codec import decode
from schemas.message import TopicPartition
from schemas.topics import RAW, TOPICS
from tests.index.making import NOW
from tests.web.newsroom import INGEST_TOKEN
from tests.web.serving import serve

ARTICLE = {"title": "A ferry", "text": "The ferry runs again.", "url": "https://a.example/ferry", "source": "A"}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """An empty log."""
    log = SqliteLog(tmp_path / "log.db", ManualClock(NOW))
    log.create_topics(TOPICS)
    yield log
    log.close()


@pytest.fixture
def backlog() -> int:
    """How many articles may wait."""
    return 5


@pytest.fixture
def sender(site: Site, log: SqliteLog, tmp_path: Path, backlog: int) -> Iterator[httpx.Client]:
    """A program that has the token, before a server with a log and ledger of its own."""
    changed = {"data_dir": tmp_path, "ingest_backlog": backlog}
    own = replace(site, settings=site.settings.model_copy(update=changed), open_log=lambda: log)
    headers = {"Authorization": f"Bearer {INGEST_TOKEN}", "Content-Type": "application/json"}
    with (
        serve(own) as address,
        httpx.Client(base_url=address, headers=headers, trust_env=False) as client,
    ):
        yield client


def sent(log: SqliteLog) -> list[RawArticle]:
    """Return what stands in the raw topic."""
    return [decode(RawArticle, message.value) for message in read_topic(log, RAW.name)]


def test_one_article(sender: httpx.Client, log: SqliteLog) -> None:
    """An accepted article is in the log when the answer comes, under the id that the answer gives."""
    answer = sender.post("/ingest", json=ARTICLE).json()
    assert (answer["accepted"], answer["items"][0]["status"]) == (1, "accepted")
    [article] = sent(log)
    assert (article.article_id, article.channel, article.content) == (
        answer["items"][0]["article_id"],
        "http",
        "The ferry runs again.",
    )


def test_again_changes_nothing(sender: httpx.Client, log: SqliteLog) -> None:
    """The same request again, with or without an address in it, sends nothing twice."""
    articles = [ARTICLE, {"title": "No address", "text": "A text without an address."}]
    first, second = (sender.post("/ingest", json=articles).json() for _ in range(2))
    assert [item["status"] for item in first["items"]] == ["accepted", "accepted"]
    assert [item["status"] for item in second["items"]] == ["unchanged", "unchanged"]
    assert [item["article_id"] for item in first["items"]] == [item["article_id"] for item in second["items"]]
    assert len(sent(log)) == 2


def test_a_change_is_a_new_version(sender: httpx.Client, log: SqliteLog) -> None:
    """An article that was changed is sent again under the same id, with a higher version."""
    sender.post("/ingest", json=ARTICLE)
    assert sender.post("/ingest", json=ARTICLE | {"text": "The ferry is late."}).json()["accepted"] == 1
    first, second = sorted(sent(log), key=lambda article: article.version)
    assert first.article_id == second.article_id
    assert first.version < second.version


def test_bad_items_cost_only_themselves(sender: httpx.Client, log: SqliteLog) -> None:
    """Of several, each has its own result, in order; a broken line is one of them."""
    lines = [
        json.dumps(ARTICLE),
        "no json",
        "",
        "[]",
        json.dumps({"title": "empty"}),
        json.dumps({"text": "Fine text."}),
    ]
    answer = sender.post("/ingest", content="\n".join(lines), headers={"Content-Type": "application/x-ndjson"}).json()
    assert [item["status"] for item in answer["items"]] == ["accepted", "rejected", "rejected", "rejected", "accepted"]
    assert all(item["message"] for item in answer["items"] if item["status"] == "rejected")
    assert len(sent(log)) == 2


def test_too_large_an_article(sender: httpx.Client, log: SqliteLog) -> None:
    """An article that no message can hold is rejected by name; its neighbours are accepted."""
    answer = sender.post("/ingest", json=[{"text": "word " * 600_000}, ARTICLE]).json()
    assert [item["status"] for item in answer["items"]] == ["rejected", "accepted"]
    assert answer["items"][0]["reason"] == "too-large"
    assert len(sent(log)) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"\xff", 400), (b"[" * 100_000, 400), (b"[]", 200), (b"3", 200)],
)
def test_bodies_that_are_none(sender: httpx.Client, body: bytes, status: int) -> None:
    """What is no JSON is refused with a reason; JSON that is no article is rejected as an item."""
    answer = sender.post("/ingest", content=body)
    assert answer.status_code == status
    assert ("error" in answer.json()) == (status == 400)


def test_too_many_at_once(sender: httpx.Client) -> None:
    """More than a request may hold is refused as a whole."""
    assert sender.post("/ingest", json=[{}] * (MAX_ITEMS + 1)).status_code == 413


@pytest.mark.parametrize("token", ["", "Bearer wrong", f"Basic {INGEST_TOKEN}", INGEST_TOKEN])
def test_the_token_is_needed(sender: httpx.Client, log: SqliteLog, token: str) -> None:
    """Without the token nothing is read."""
    answer = sender.post("/ingest", json=ARTICLE, headers={"Authorization": token})
    assert answer.status_code == 401
    assert sent(log) == []


def test_without_a_token_pushing_is_off(site: Site) -> None:
    """A server without a token for it takes nothing, and says what to set."""
    off = replace(site, settings=site.settings.model_copy(update={"ingest_token": None}))
    with serve(off) as address:
        answer = httpx.post(f"{address}/ingest", json=ARTICLE, headers={"Authorization": "Bearer x"}, trust_env=False)
    assert answer.status_code == 403
    assert "NEWSWIRE_INGEST_TOKEN" in answer.json()["error"]["message"]


def test_back_pressure(sender: httpx.Client, log: SqliteLog) -> None:
    """When too much waits, senders are told to come back; nothing is lost and nothing is taken."""
    many = [ARTICLE | {"url": f"https://a.example/{number}"} for number in range(5)]
    assert sender.post("/ingest", json=many).json()["accepted"] == 5
    busy = sender.post("/ingest", json=ARTICLE)
    assert busy.status_code == 429
    assert int(busy.headers["retry-after"]) > 0
    assert len(sent(log)) == 5


def test_refused_articles_are_taken_later(sender: httpx.Client, log: SqliteLog) -> None:
    """What was answered with 429 is accepted once the pipeline has worked, by the same request."""
    many = [ARTICLE | {"url": f"https://a.example/{number}"} for number in range(5)]
    sender.post("/ingest", json=many)
    assert sender.post("/ingest", json=ARTICLE).status_code == 429
    with closing(log.subscribe(roles.ENRICH.group, [RAW.name])) as worker:
        worker.poll(100, 1_000_000, 1.0)
        worker.commit(
            {TopicPartition(RAW.name, partition): span.end for partition, span in log.offsets(RAW.name).items()}
        )
    assert sender.post("/ingest", json=ARTICLE).json()["accepted"] == 1
    assert len(sent(log)) == 6


ITEMS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "title": st.text(max_size=20) | st.none(),
            "text": st.text(min_size=1, max_size=60) | st.integers(),
            "url": st.sampled_from(["https://a.example/1", "https://a.example/2", "no address", ""]),
            "published": st.sampled_from(["2026-01-05T08:00:00Z", "yesterday", "", "2026-13-45"]),
            "source": st.text(max_size=10),
            "version": st.integers(),
        },
    )
    | st.integers()
    | st.text(max_size=5),
    max_size=4,
)


@pytest.mark.parametrize("backlog", [1_000_000])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(items=ITEMS, as_lines=st.booleans())
def test_any_request_can_be_repeated(sender: httpx.Client, log: SqliteLog, items: list[object], as_lines: bool) -> None:
    """Each item has its answer, in order; a repetition accepts none of them and leaves the log as it was."""
    if as_lines:
        body, kind = "\n".join(json.dumps(item) for item in items), "application/x-ndjson"
    else:
        body, kind = json.dumps(items), "application/json"
    before = len(sent(log))
    first = sender.post("/ingest", content=body, headers={"Content-Type": kind}).json()
    assert [item["item"] for item in first["items"]] == list(range(len(items)))
    assert len(sent(log)) == before + first["accepted"]
    again = sender.post("/ingest", content=body, headers={"Content-Type": kind}).json()
    assert again["accepted"] == 0
    assert len(sent(log)) == before + first["accepted"]
