"""Scores all feed readers on `feeds.tar.gz` with its manifest: nothing crashes, nothing hangs, nothing is missed.

Archive → `Score`, with feedparser (feeds), the standard library (robots, addresses), plain lxml (OPML, sitemaps) and a
plain FastWARC loop (archives) measured beside it on the same files.
"""

import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import structlog

from pipeline.evaluate.examples import take_each
from pipeline.evaluate.feed_facts import (
    expected_name,
    found_by_feedparser,
    found_by_us,
    json_expectation,
    json_share,
    why_fewer,
)
from pipeline.evaluate.feed_files import FeedFile, read_feed_files
from pipeline.evaluate.feed_rules import (
    score_addresses,
    score_opml,
    score_robots,
    score_sitemap,
    score_warc,
    wrong_addresses,
)
from pipeline.evaluate.score import Score

_LOG = structlog.get_logger(__name__)
_ADDRESSES: Final = frozenset({"wpt-urltestdata.json", "url-resolve.csv"})
_FEED_KINDS: Final = frozenset({"rss", "atom", "rdf", "json", "other", "html"})
SLOW_S: Final = 5.0
"""Processor time above which a feed counts as too slow; the largest may have 8 MiB."""
_MEGABYTE: Final = 1024 * (1024 if sys.platform == "darwin" else 1)


class _Tally:
    """Counts of ours and of the baseline under the same names; shares are divided at the end."""

    def __init__(self) -> None:
        self.ours: Counter[str] = Counter()
        self.theirs: Counter[str] = Counter()
        self.totals: Counter[str] = Counter()

    def add(self, name: str, ours: float, theirs: float) -> None:
        """Add to a count."""
        self.ours[name] += ours  # type: ignore[assignment]  # a Counter of floats: seconds
        self.theirs[name] += theirs  # type: ignore[assignment]  # as above

    def add_share(self, name: str, ours: tuple[int, int], theirs: tuple[int, int]) -> None:
        """Add to a share: right ones of a total."""
        self.add(name, ours[0], theirs[0])
        self.totals[name] += ours[1]

    def add_seconds(self, ours: float, theirs: float) -> None:
        """Add what one file took: to the sum, and to the slowest."""
        self.add("seconds", ours, theirs)
        self.add("files_too_slow", ours > SLOW_S, theirs > SLOW_S)
        for counts, seconds in ((self.ours, ours), (self.theirs, theirs)):
            counts["slowest_file_s"] = max(counts["slowest_file_s"], seconds)  # type: ignore[assignment]  # seconds

    def figures(self, counts: Counter[str]) -> dict[str, float]:
        """Return all figures in the order in which they came up."""
        return {name: counts[name] / self.totals[name] if self.totals[name] else counts[name] for name in self.ours}


def score(path: Path, limit: int | None = None) -> Score:
    """Score every reader on the files of its kind.

    Figures, per suite: `SUITE_entries` and `SUITE_facts` (fields that hold something) are counts, `SUITE_expected` the
    share of test files whose own subject is found. Over all: `crashes` and `files_fewer_entries` (0 is right),
    `files_fewer_facts` than the other reader, `slowest_file_s` and `seconds` of processor time, `files_too_slow` (0 is
    right) and `peak_memory_mb`, which bounds what any file takes; `json_expected`, `robots_expected` and
    `addresses_expected` are shares; OPML rows and files that miss none; addresses of sitemaps; records, pages and
    broken places of archives.

    Raises:
        ConfigurationError: the manifest is missing or the archive is broken.
    """
    tally = _Tally()
    files = list(read_feed_files(path, limit))
    by_name = {file.name: file for file in files}
    for name in ("files_fewer_entries", "crashes", "files_too_slow", "slowest_file_s"):
        tally.add(name, 0, 0)
    for file in files:
        try:
            _score_file(file, tally, by_name)
        except Exception as error:  # noqa: BLE001 - a crash is what is being counted
            _LOG.exception("reader crashed", file=file.name, error=type(error).__name__)
            tally.add("crashes", 1, 0)
    tally.add("peak_memory_mb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE, 0)
    return Score("feeds", len(files), tally.figures(tally.ours), tally.figures(tally.theirs))


def find_examples(path: Path, limit: int | None, count: int) -> Iterator[str]:
    """Yield lines on at most `count` files a kind: fewer facts and why, wrong addresses, broken archives, slowest."""
    files = list(read_feed_files(path, limit))
    feeds = [file for file in files if file.kind in _FEED_KINDS and file.base not in _ADDRESSES]
    yield from take_each(
        {
            "fewer facts than feedparser": (
                f"{file.name}: {why_fewer(file.value)}"
                for file in feeds
                if found_by_us(file.value).facts < found_by_feedparser(file.value).facts
            ),
            "address": (
                f"{written!r} on {base!r}: {found!r} in place of {expected!r}"
                for file in files
                if file.base in _ADDRESSES
                for written, base, expected, found in wrong_addresses(file)
            ),
            "broken archive": (
                f"{file.name}: {counts.records} records read, {counts.broken} broken places"
                for file in files
                if file.kind == "warc" and (counts := score_warc(file)[0]).broken
            ),
            "slowest": (f"{seconds:.3f} s {name}" for seconds, name in sorted(map(_time_file, feeds), reverse=True)),
        },
        count,
    )


def _time_file(file: FeedFile) -> tuple[float, str]:
    started = time.process_time()
    found_by_us(file.value)
    return time.process_time() - started, file.name


def _score_file(file: FeedFile, tally: _Tally, files: dict[str, FeedFile]) -> None:
    if file.base in _ADDRESSES:
        tally.add_share("addresses_expected", *score_addresses(file))
    elif file.kind == "robots":
        tally.add_share("robots_expected", *score_robots(file))
    elif file.kind == "opml":
        rows, plain, is_whole = score_opml(file)
        tally.add("opml_rows", rows, plain)
        tally.add("opml_files_whole", is_whole, plain > 0)
    elif file.kind == "sitemap":
        tally.add("sitemap_addresses", *score_sitemap(file))
    elif file.kind == "warc":
        counts, plain = score_warc(file)
        tally.add("warc_records", counts.records, plain)
        tally.add("warc_pages", counts.pages, 0)
        tally.add("warc_broken_reported", counts.broken, 0)
    elif file.kind in _FEED_KINDS:
        _score_feed(file, tally, files)


def _score_feed(file: FeedFile, tally: _Tally, files: dict[str, FeedFile]) -> None:
    started = time.process_time()
    ours = found_by_us(file.value)
    between = time.process_time()
    theirs = found_by_feedparser(file.value)
    tally.add_seconds(between - started, time.process_time() - between)
    tally.add(f"{file.suite}_entries", ours.entries, theirs.entries)
    tally.add(f"{file.suite}_facts", ours.facts, theirs.facts)
    wanted = expected_name(file.base)
    if wanted:
        tally.add_share(f"{file.suite}_expected", (wanted in ours.names, 1), (wanted in theirs.names, 1))
    tally.add("files_fewer_entries", ours.entries < theirs.entries, 0)
    tally.add("files_fewer_facts", ours.facts < theirs.facts, theirs.facts < ours.facts)
    expected = files.get(file.name.removesuffix(".json") + "_expected.json")
    if expected and (items := json_expectation(expected.value)):
        right, total = json_share(file.value, items)
        tally.add_share("json_expected", (right, total), (0, total))
