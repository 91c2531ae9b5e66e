"""The poller against a farm of feeds, killed again and again: every item reaches the log exactly once."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.feed_farm import Farm, running_farm
from pipeline.clock import SystemClock
from pipeline.fetch.state import FeedStore
from pipeline.log.sqlite import SqliteLog
from pipeline.log.tools import read_topic
from schemas.article import RawArticle
from schemas.codec import decode
from schemas.feed import FeedRow
from schemas.topics import RAW

FEEDS = 50
PROGRAM = (sys.executable, "-c", "from pipeline.cli.main import main; main()", "feeds", "run")


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    """Feeds that gain an item every few seconds, a good part of them ill-behaved."""
    with running_farm(FEEDS, 4.0, held=200) as farm:
        yield farm


def _environ(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEWSWIRE_")}
    return kept | {
        "NEWSWIRE_DATA_DIR": str(folder),
        "NEWSWIRE_FETCH_ALLOW_LOOPBACK": "true",
        "NEWSWIRE_FETCH_HOST_DELAY_S": "0.05",
        "NEWSWIRE_FETCH_TIMEOUT_S": "5",
        "NEWSWIRE_FEEDS_FULL_TEXT": "never",
        "NEWSWIRE_FEEDS_FIRST_ITEMS": "100",
        "NEWSWIRE_FEEDS_MIN_INTERVAL_S": "0.5",
        "NEWSWIRE_FEEDS_MAX_INTERVAL_S": "1",
    }


def _polls(folder: Path) -> int:
    with FeedStore(folder / "feeds.db") as store:
        return sum(feed.polls for feed in store.all())


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_every_item_is_sent_once_over_kills(farm: Farm, tmp_path: Path) -> None:
    """Three kill -9 in the middle of polling lose no item and send none twice, and no host is asked twice at once."""
    with FeedStore(tmp_path / "feeds.db") as store:
        store.add([FeedRow(url=farm.url(host)) for host in farm.hosts], SystemClock().now())
    for round_ in range(3):
        before = _polls(tmp_path)
        with subprocess.Popen(PROGRAM, env=_environ(tmp_path), stderr=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 60
            while _polls(tmp_path) < before + 20 + 25 * round_ and time.monotonic() < deadline:
                time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
    farm.freeze()
    for _ in range(2):  # flapping servers answer every other time
        subprocess.run([*PROGRAM, "--once", "--all"], env=_environ(tmp_path), check=True, capture_output=True)
    log = SqliteLog(tmp_path / "log.db", SystemClock())
    counts = Counter(decode(RawArticle, message.value).url for message in read_topic(log, RAW.name))
    log.close()
    wanted = {url for kind, urls in farm.published().items() if kind != "wrong-etag" for url in urls}
    assert wanted - counts.keys() == set()
    assert {url: number for url, number in counts.items() if number > 1} == {}
    assert max(host.most_active for host in farm.hosts) == 1


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_health_is_told_by_reason(farm: Farm, tmp_path: Path) -> None:
    """After one round each unreadable feed is failing for its own reason, has a next poll, and the others are good."""
    with FeedStore(tmp_path / "feeds.db") as store:
        clock = SystemClock()
        store.add([FeedRow(url=farm.url(host)) for host in farm.hosts], clock.now())
        subprocess.run([*PROGRAM, "--once"], env=_environ(tmp_path), check=True, capture_output=True)
        feeds = {feed.given_url: feed for feed in store.all()}
    kinds = {host.kind: feeds[farm.url(host)] for host in farm.hosts}
    assert {kind: kinds[kind].reason for kind in ("broken", "gone", "bomb", "private", "looping", "endless")} == {
        "broken": "not-a-feed",
        "gone": "http-404",
        "bomb": "too-large-decoded",
        "private": "address-metadata",
        "looping": "redirect-loop",
        "endless": "total-timeout",
    }
    assert all(feed.next_poll_at > feed.last_poll_at for feed in feeds.values() if feed.last_poll_at)
    assert kinds["steady"].health(clock.now()) == "good"
    assert kinds["moved"].url.endswith("/moved.xml")
