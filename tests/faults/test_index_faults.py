"""T5 and T6: an index worker while Elasticsearch fails in every way it knows, one after the other.

The worker talks to a stand-in that hands everything on to the real server except what a fault takes. One worker goes
through all of it, in any order.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from random import Random

import pytest
from elasticsearch import Elasticsearch

from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.log.base import Log
from pipeline.roles import INDEX
from schemas.errors import INDEX_MAPPING
from tests.faults.articles import Oracle, article_id
from tests.faults.checks import find_early_commits, find_losses, read_dead_letters
from tests.faults.harness import HASTY, PROGRAM, count_lag, wait_drained
from tests.faults.installation import Installation, Worker, wait_until
from tests.services.elastic_stand_in import (
    Answer,
    Edit,
    ElasticStandIn,
    FailItems,
    Hang,
    RefuseLarge,
    Reply,
    Reset,
    error_reply,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

BULK = "/_bulk"
ARTICLES = 60
FAULT_S = 0.7
DRAIN_S = 60.0


@dataclass
class Scene:
    """An index worker behind a front that fails; names of articles are counted through all faults."""

    here: Installation
    front: ElasticStandIn
    log: Log
    worker: Worker
    oracle: Oracle = field(default_factory=Oracle)
    first: int = 0
    refused: set[str] = field(default_factory=set)

    def send(self, count: int = ARTICLES) -> list[str]:
        """Send new articles and return their ids."""
        names = range(self.first, self.first + count)
        self.first += count
        self.oracle.send(self.log, [(name, 1) for name in names], enriched=True)
        return [article_id(name) for name in names]

    def wait_blocked(self, why: str) -> None:
        """Wait until /readyz says so."""
        wait_until(
            lambda: why in str(self.worker.readiness().get("blocked")),
            DRAIN_S,
            lambda: f"not blocked by {why!r}: {self.worker.readiness()}\n{self.worker.output}",
            self.worker,
        )

    def check(self) -> None:
        """Wait until nothing waits; nothing may be lost, refused without need, doubled or committed early."""
        wait_drained(self.log, INDEX, DRAIN_S)
        assert find_losses(self.here, self.log, self.oracle) == [], self.worker.output
        assert find_early_commits(self.here, self.log, INDEX) == []
        letters = read_dead_letters(self.log).values()
        assert sorted((message.key or b"").decode() for message in letters) == sorted(self.refused)
        assert {parse_dead_letter(message).reason for message in letters} <= {INDEX_MAPPING}
        assert self.worker.running


@pytest.fixture(scope="module")
def scene(module_installation: Installation, front: ElasticStandIn) -> Iterator[Scene]:
    """A worker that works, with an article indexed, so that the month's index exists."""
    here = module_installation
    with closing(here.open_log()) as log, replace(here, elastic=front.address).start(PROGRAM, INDEX.name) as worker:
        scene = Scene(here, front, log, worker)
        scene.send(1)
        wait_drained(log, INDEX, DRAIN_S)
        yield scene


WHOLE: dict[str, Answer] = {
    "100 % of requests 429": error_reply(429, "es_rejected_execution_exception"),
    "503": error_reply(503, "unavailable"),
    "a proxy's page": Reply(502, b"<html>Bad Gateway</html>", is_elastic=False),
    "an answer that never comes": Hang(FAULT_S / 2),
    "reset before the answer": Reset(applied=False),
    "reset in the middle of the answer": Reset(applied=True, mid_body=True),
    "100 % of items 429": FailItems(lambda _: True, 429, "es_rejected_execution_exception"),
    "flood stage": FailItems(lambda _: True, 429, "cluster_block_exception", "disk usage exceeded flood-stage"),
}


def test_outages_of_every_kind_are_waited_for(scene: Scene) -> None:
    """Whatever Elasticsearch answers for a while, the same worker goes on by itself afterwards, and all is indexed."""
    for name, answer in WHOLE.items():
        print(name)
        asked = len(scene.front.bulks)
        with scene.front.always(BULK, answer):
            scene.send()
            time.sleep(FAULT_S)
        wait_drained(scene.log, INDEX, DRAIN_S)
        assert len(scene.front.bulks) > asked
    scene.check()


def test_only_items_that_failed_are_sent_again(scene: Scene, seed: int) -> None:
    """While 30 % of items are answered 429 each article is sent once more for each of its failures, and no more."""
    print(f"seed {seed}")
    random = Random(seed)  # noqa: S311 - faults that can be repeated
    failures: Counter[str] = Counter()
    lock = threading.Lock()

    def choose(one: str) -> bool:
        with lock:
            failed = random.random() < 0.3
            failures[one] += failed
            return failed

    already = len(scene.front.bulks)
    with scene.front.always(BULK, FailItems(choose, 429, "es_rejected_execution_exception")):
        sent = scene.send(200)
        wait_drained(scene.log, INDEX, DRAIN_S)
    # What the worker samples of itself goes the same way, and is refused as well.
    times = Counter(one for bulk in scene.front.bulks[already:] for one in bulk.ids if one in set(sent))
    assert sum(failures.values()) > 30
    assert times == {one: 1 + failures[one] for one in sent}
    scene.check()


def test_what_was_applied_and_not_answered_is_not_doubled(scene: Scene) -> None:
    """Bulks that are carried out before their connection breaks, or whose answer is short, leave one document each."""
    short = Edit(lambda body: body | {"items": body["items"][:-1]})
    for answer in (Reset(applied=True), Reset(applied=True, mid_body=True), short):
        scene.front.queue(BULK, answer, answer)
        scene.send()
        wait_drained(scene.log, INDEX, DRAIN_S)
    scene.check()


def test_an_article_that_the_mapping_refuses_is_dead_lettered_alone(scene: Scene) -> None:
    """An item answered 400 becomes one dead letter with the server's words; its neighbours are indexed."""
    bad = article_id(scene.first + 5)
    with scene.front.always(BULK, FailItems(lambda one: one == bad, 400, "document_parsing_exception")):
        scene.send()
        wait_drained(scene.log, INDEX, DRAIN_S)
    scene.refused.add(bad)
    scene.check()


def test_requests_that_are_too_large_arrive_in_pieces(scene: Scene) -> None:
    """413 for every request of more than a few documents costs no article."""
    with scene.front.always(BULK, RefuseLarge(3)):
        scene.send()
        wait_drained(scene.log, INDEX, DRAIN_S)
    scene.check()


def test_faults_that_need_a_person_dead_letter_nothing(scene: Scene) -> None:
    """With wrong credentials or a lost index the worker waits, says why, and goes on once somebody has acted."""
    with scene.front.always("/_bulk|/_mget|/_resolve", error_reply(401, "security_exception")):
        scene.send()
        scene.wait_blocked("elastic_api_key")
    wait_drained(scene.log, INDEX, DRAIN_S)
    with scene.front.always(BULK, error_reply(404, "index_not_found_exception")):
        scene.send()
        scene.wait_blocked("setup")
    scene.check()


@contextmanager
def closed_index(client: Elasticsearch, name: str) -> Iterator[None]:
    """Close the index for the length of the context."""
    client.indices.close(index=name)
    try:
        yield
    finally:
        client.indices.open(index=name, wait_for_active_shards=1)


def test_what_a_real_server_refuses_is_waited_for(scene: Scene) -> None:
    """A read-only block, a closed index and one that was deleted stop nothing for good and lose nothing."""
    with Elasticsearch(scene.here.elastic) as client:
        month = next(iter(client.indices.get(index=f"{scene.here.index_prefix}news-articles-*")))
        client.indices.put_settings(index=month, settings={"index.blocks.read_only_allow_delete": True})
        scene.send()
        scene.wait_blocked("cluster_block_exception")
        client.indices.put_settings(index=month, settings={"index.blocks.read_only_allow_delete": None})
        wait_drained(scene.log, INDEX, DRAIN_S)
        with closed_index(client, month):
            scene.send()
            scene.wait_blocked("is closed")
        scene.check()
        client.indices.delete(index=month)
        # Somebody has deleted what stood there, and sends it once more.
        scene.oracle.send(scene.log, [(name, 1) for name in range(scene.first)], enriched=True)
        scene.check()
        assert client.indices.get(index=month)[month]["mappings"]["dynamic"] == "strict", "made from its template"


def test_a_build_that_acknowledges_before_it_writes_is_seen(
    installation: Installation, front: ElasticStandIn, log: Log
) -> None:
    """Our worker with that one fault commits past what it could not write; once it is killed, all of that is lost."""
    oracle = Oracle()
    oracle.send(log, [(number, 1) for number in range(ARTICLES)], enriched=True)
    behind = replace(installation, elastic=front.address)
    with front.always(BULK, error_reply(503, "unavailable")), behind.start(HASTY, INDEX.name) as hasty:
        wait_until(lambda: count_lag(log, INDEX) == 0, DRAIN_S, lambda: hasty.output)
    assert len(find_early_commits(installation, log, INDEX)) == ARTICLES
    with installation.start(PROGRAM, INDEX.name) as worker:
        worker.wait_ready()
        wait_drained(log, INDEX, DRAIN_S)
    assert len([line for line in find_losses(installation, log, oracle) if line.startswith("lost")]) == ARTICLES
