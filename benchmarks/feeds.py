"""The poller on a farm of 5,000 feeds: memory, processor time, exactly once over kills, manners; and a plain baseline.

The farm is a process of its own; the poller is the command as a person runs it. Every feed gains items, one in seven
is slow, broken, moved, flapping, endless, hanging, or a bomb.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.figures import Figure, compare, note, report
from pipeline.clock import SystemClock
from pipeline.fetch.state import FeedStore
from pipeline.log.sqlite import SqliteLog
from pipeline.log.tools import read_topic
from schemas.article import RawArticle
from schemas.codec import decode
from schemas.feed import FeedRow
from schemas.topics import RAW

FEEDS: Final = 5000
GAP_S: Final = 80.0
HELD: Final = 10_000  # all: what a feed no longer shows after an hour on a busy machine, no reader could find
INTERVAL_S: Final = 40.0
KILLED_AT: Final = (0.25, 0.75, 1.25)
"""When kill -9 comes, in polls a feed: twice among the first polls, once at steady state; however fast the machine."""
TIMEOUT_S: Final = 15.0  # cuts off what hangs and what never ends
MEASURE_S: Final = 42.0  # more than an interval: feeds that were added together come in waves
LAST_PASSES: Final = 30
LAST_TIMEOUT_S: Final = 60.0  # the last polls find out what was lost, not what a busy machine answers too late
BASELINE_S: Final = 12.0
HOST_DELAY_S: Final = 0.05
MIB: Final = 1024 * 1024


def bench_feeds(feeds: int = FEEDS) -> None:
    """Print what polling all feeds at steady state costs, against feedparser over threads, and what was lost."""
    note(f"a farm of {feeds:,} feeds …")
    with tempfile.TemporaryDirectory(prefix="newswire-bench-") as name, _farm(feeds) as farm:
        folder = Path(name)
        clock = SystemClock()
        with FeedStore(folder / "feeds.db") as store:
            store.add([FeedRow(url=url) for url in farm["feeds"]], clock.now())
        for number, polls in enumerate(KILLED_AT, 1):
            note(f"kill -9 number {number} after {polls * feeds:,.0f} polls …")
            with _poller(folder) as poller:
                _wait_polls(folder, polls * feeds)
                poller.kill()
        with _poller(folder) as poller:
            _wait_first_polls(folder, feeds)
            steady = _measure(poller, farm)
            poller.send_signal(signal.SIGTERM)
            poller.wait(120)
        published: dict[str, list[str]] = _ask(farm, "/freeze")
        unread = _poll_once_more(folder, farm, SystemClock().now())
        early = _share_of_kept_etags(folder, published)
        _poll_kept_etags(folder, farm, published)
        stats = _ask(farm, "/stats")
        _report_articles(folder, published, unread)
        about = "items of servers that keep their ETag after a change, found before the last rounds of polls"
        report(Figure("feeds-wrong-etag-found", round(early, 3), "share", about, "–"))
        _report_manners(stats)
        note("baseline …")
        _report_cost(feeds, steady, _measure_baseline(farm["feeds"]))


_NEWSWIRE: Final = (sys.executable, "-c", "from pipeline.cli.main import main; main()")
_QUIET: Final[dict[str, Any]] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@contextmanager
def _farm(feeds: int) -> Iterator[dict[str, Any]]:
    arguments = [sys.executable, "-m", "benchmarks.feed_farm", str(feeds), str(GAP_S), str(HELD)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - asked for above
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


@contextmanager
def _poller(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([*_NEWSWIRE, "feeds", "run"], env=_environ(folder), **_QUIET) as process:
        try:
            yield process
        finally:
            process.kill()


def _environ(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEWSWIRE_")}
    return kept | {
        "NEWSWIRE_DATA_DIR": str(folder),
        "NEWSWIRE_FETCH_ALLOW_LOOPBACK": "true",
        "NEWSWIRE_FETCH_HOST_DELAY_S": str(HOST_DELAY_S),
        "NEWSWIRE_FETCH_TIMEOUT_S": str(TIMEOUT_S),
        "NEWSWIRE_FETCH_CONCURRENCY": "200",
        "NEWSWIRE_FEEDS_FULL_TEXT": "never",
        "NEWSWIRE_FEEDS_FIRST_ITEMS": str(HELD),
        "NEWSWIRE_FEEDS_MIN_INTERVAL_S": str(INTERVAL_S),
    }


def _ask(farm: dict[str, Any], path: str) -> Any:  # noqa: ANN401 - JSON
    with urllib.request.urlopen(f"http://127.0.0.1:{farm['port']}{path}", timeout=30) as answer:
        return json.load(answer)


def _wait_polls(folder: Path, polls: float) -> None:
    with FeedStore(folder / "feeds.db") as store:
        while sum(feed.polls for feed in store.all()) < polls:
            time.sleep(0.5)


def _wait_first_polls(folder: Path, feeds: int) -> None:
    note("first polls …")
    with FeedStore(folder / "feeds.db") as store:
        while sum(feed.polls > 0 for feed in store.all()) < feeds:
            time.sleep(1.0)


def _poll_once_more(folder: Path, farm: dict[str, Any], frozen_at: datetime) -> list[str]:
    """Poll until every feed that can be read was read after the farm stood still; return those that were not.

    Only then is an item that is not in the log a lost one, and not one that nobody has asked for yet.
    """
    readable = set().union(*farm["readable"].values())
    for number in range(LAST_PASSES):
        with FeedStore(folder / "feeds.db") as store:
            unread = [
                feed
                for feed in store.all()
                if feed.given_url in readable and (feed.last_success_at is None or feed.last_success_at < frozen_at)
            ]
        if not unread:
            break
        note(f"last polls, round {number + 1}: {len(unread):,} feeds …")
        _poll_now(folder, [feed.id for feed in unread])
    return [f"{feed.given_url}: {feed.reason or 'never read'}" for feed in unread]


def _poll_kept_etags(folder: Path, farm: dict[str, Any], published: dict[str, list[str]]) -> None:
    """Poll the feeds whose server keeps its ETag after a change, until they were asked in full: every few polls."""
    stubborn = set(farm["readable"].get("wrong-etag", ()))
    for number in range(LAST_PASSES):
        if _share_of_kept_etags(folder, published) == 1.0:
            return
        note(f"last polls of kept ETags, round {number + 1} …")
        with FeedStore(folder / "feeds.db") as store:
            ids = [feed.id for feed in store.all() if feed.given_url in stubborn]
        _poll_now(folder, ids)


def _poll_now(folder: Path, feed_ids: list[int]) -> None:
    with FeedStore(folder / "feeds.db") as store:
        store.postpone(feed_ids, SystemClock().now())
    calm = {
        "NEWSWIRE_FETCH_TIMEOUT_S": str(LAST_TIMEOUT_S),
        "NEWSWIRE_FETCH_CONCURRENCY": "60",
        "NEWSWIRE_FEEDS_MIN_INTERVAL_S": "3600",  # whoever was read is not due again in the next round
    }
    subprocess.run([*_NEWSWIRE, "feeds", "run", "--once"], env=_environ(folder) | calm, check=True, **_QUIET)


def _measure(poller: "subprocess.Popen[bytes]", farm: dict[str, Any]) -> dict[str, float]:
    """Return what the poller takes for a while: processor seconds, seconds, requests, and its most memory so far."""
    note(f"steady state for {MEASURE_S:.0f} s …")
    process = psutil.Process(poller.pid)
    before, started, times = _ask(farm, "/stats")["requests"], time.perf_counter(), process.cpu_times()
    peak = 0
    while time.perf_counter() - started < MEASURE_S:
        peak = max(peak, process.memory_info().rss)
        time.sleep(0.5)
    seconds, after = time.perf_counter() - started, process.cpu_times()
    status = Path(f"/proc/{poller.pid}/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        peak = int(line.split()[1]) * 1024
    used = after.user + after.system - times.user - times.system
    return {"cpu_s": used, "seconds": seconds, "polls": _ask(farm, "/stats")["requests"] - before, "peak": peak}


def _sent(folder: Path) -> Counter[str | None]:
    """Return how often each item's address is in the log."""
    log = SqliteLog(folder / "log.db", SystemClock())
    try:
        return Counter(decode(RawArticle, message.value).url for message in read_topic(log, RAW.name))
    finally:
        log.close()


def _share_of_kept_etags(folder: Path, published: dict[str, list[str]]) -> float:
    counts, urls = _sent(folder), published.get("wrong-etag", [])
    return sum(url in counts for url in urls) / max(len(urls), 1)


def _report_articles(folder: Path, published: dict[str, list[str]], unread: list[str]) -> None:
    counts, wanted = _sent(folder), [url for urls in published.values() for url in urls]
    missing = sum(url not in counts for url in wanted)
    if missing:
        by_kind = {kind: sum(url not in counts for url in urls) for kind, urls in published.items()}
        note(f"missing by kind of feed: {by_kind}")
    if unread:
        note(f"{len(unread):,} feeds were not read to the end, as {unread[0]}")
    twice = sum(number > 1 for number in counts.values())
    about = (
        f"{len(wanted):,} items over {len(KILLED_AT)} kill -9; {counts.total():,} articles in the log, flapping feeds"
        " included"
    )
    report(Figure("feeds-items-missing", missing, "items", about, "0"))
    report(Figure("feeds-items-sent-twice", twice, "items", about, "0"))


def _report_manners(stats: dict[str, Any]) -> None:
    about = "requests to one host at once, the most of all hosts, over all runs (limit 1)"
    report(Figure("feeds-host-concurrency", stats["most_active"], "requests", about, "1"))
    about = f"least time between two requests to one host, within a run (limit {HOST_DELAY_S} s)"
    report(Figure("feeds-host-gap", stats["least_gap_s"], "s", about, f"≥ {HOST_DELAY_S}"))


def _report_cost(feeds: int, steady: dict[str, float], baseline: dict[str, float]) -> None:
    rate, full_rate = steady["polls"] / steady["seconds"], feeds / INTERVAL_S
    # A machine with no time for it would look as if it cost little: what is missing to the full rate is added.
    share = steady["cpu_s"] / steady["seconds"] * max(full_rate / rate, 1.0)
    about = f"processor time of one process that polls {feeds:,} feeds at {rate:.0f} requests a second"
    about += f", taken for {full_rate:.0f}" if rate < full_rate else ""
    report(Figure("feeds-cpu", round(share, 3), "cores", about, "< 1"))
    about = f"resident memory at its peak; baseline {baseline['threads']:.0f} threads with feedparser"
    report(compare("feeds-memory", steady["peak"] / MIB, baseline["peak"] / MIB, "MiB", "value < 500", about))
    ours = steady["cpu_s"] / steady["polls"] * 1000
    plain = baseline["cpu_s"] / baseline["polls"] * 1000
    entries = f"{baseline['entries']:,.0f} entries"
    about = f"processor time per request, sent and remembered; the baseline only parses, each entry anew ({entries})"
    report(compare("feeds-cpu-per-poll", ours, plain, "ms", "–", about))


def _measure_baseline(urls: list[str]) -> dict[str, float]:
    """Return what a plain loop of feedparser over threads takes, in a process of its own."""
    code = f"from benchmarks.feeds import run_baseline; run_baseline({BASELINE_S})"
    arguments = [sys.executable, "-c", code]
    done = subprocess.run(
        arguments, input=json.dumps(urls), capture_output=True, text=True, check=True, timeout=BASELINE_S + 60
    )
    return dict(json.loads(done.stdout))


def run_baseline(seconds: float, threads: int = 32) -> None:
    """Poll the feeds named on stdin for a while as many scripts do, and print the cost."""
    import feedparser

    urls = json.load(sys.stdin)
    found: list[int] = []

    def poll(url: str) -> None:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - the farm's
                found.append(len(feedparser.parse(answer.read(10 * MIB)).entries))
        except OSError:
            found.append(0)

    pool = ThreadPoolExecutor(threads)
    for url in urls:
        pool.submit(poll, url)
    time.sleep(seconds)
    process = psutil.Process()
    times = process.cpu_times()
    facts = {"cpu_s": times.user + times.system, "polls": max(len(found), 1), "entries": sum(found), "threads": threads}
    print(json.dumps({**facts, "peak": process.memory_info().rss}), flush=True)
    os._exit(0)  # threads still read from servers that never end
