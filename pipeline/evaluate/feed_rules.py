"""Scores robots.txt, addresses, OPML, sitemaps and archives of the collection; plain libraries beside ours. Pure.

The expectations on robots.txt are ours: what RFC 9309 and the files themselves (their names say what they test) demand.
"""

import csv
import io
import json
import urllib.robotparser
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from fastwarc.warc import ArchiveIterator
from lxml import etree

from pipeline.evaluate.feed_files import FeedFile
from pipeline.feeds.links import resolve_url
from pipeline.feeds.opml import read_opml
from pipeline.feeds.robots import Robots
from pipeline.feeds.sitemap import read_sitemap
from pipeline.feeds.warc import WarcCounts, read_warc
from pipeline.sources.urls import canonical_url
from schemas.errors import Rejected

Share = tuple[int, int]
_SITE: Final = "https://site.example"
# File, crawler, path, may it be fetched.
ROBOTS: Final = (
    ("rfc9309-example-simple-robots.txt", "foobot", "/example/page.html", True),
    ("rfc9309-example-simple-robots.txt", "foobot", "/publications/", False),
    ("rfc9309-example-simple-robots.txt", "barbot", "/example/page.html", False),
    ("rfc9309-example-simple-robots.txt", "bazbot", "/example/page.html", False),
    ("rfc9309-example-simple-robots.txt", "quxbot", "/example/page.html", True),
    ("rfc9309-example-simple-robots.txt", "otherbot", "/publications/", True),
    ("rfc9309-example-simple-robots.txt", "otherbot", "/x/a.gif", False),
    ("rfc9309-example-longest-match-robots.txt", "foobot", "/example/page/", True),
    ("rfc9309-example-longest-match-robots.txt", "foobot", "/example/page/disallowed.gif", False),
    ("rfc9309-example-rule-group-merging.txt", "examplebot", "/baz", False),
    ("rfc9309-example-rule-group-merging.txt", "examplebot", "/foo", False),
    ("rfc9309-example-rule-group-merging.txt", "bazbot", "/foo", True),
    ("rfc9309-example-rule-group-merging.txt", "bazbot", "/baz", False),
    ("crawl-delay-group-merging.txt", "mybot", "/private/", False),
    ("crawl-delay-group-merging.txt", "yourbot", "/private/", False),
    ("merge-rules.txt", "wget", "/ckh/bar", True),
    ("merge-rules.txt", "wget", "/foo/bar", True),
    ("merge-rules.txt", "curl", "/anything", False),
    ("precedence-of-rules.txt", "testy", "/foo", False),
    ("precedence-of-rules.txt", "testy", "/foo/bar", True),
    ("extensions-group-merging.txt", "mybot", "/private/", False),
    ("extensions-group-merging.txt", "mybot", "/login/", False),
    ("extensions-group-merging.txt", "otherbot", "/x", False),
    ("extensions-group-merging.txt", "otherbot", "/llms.txt", True),
    ("twitter.com-robots.txt", "anybot", "/someone/with_friends", False),
    ("twitter.com-robots.txt", "anybot", "/search?q=x", False),
    ("twitter.com-robots.txt", "anybot", "/someone", True),
    ("wildcards.txt", "anybot", "/gp/cart", False),
    ("directive-typos-robots.txt", "bot1", "/desallow/", False),
    ("directive-typos-robots.txt", "bot1", "/dissalow/", False),
    ("directive-typos-robots.txt", "bot2", "/useragent/", False),
    ("directive-typos-robots.txt", "bot3", "/useg-agent/", False),
    ("directive-typos-robots.txt", "bot4", "/useragent-no-colon/", False),
    ("directive-typos-robots.txt", "bot4", "/elsewhere/", True),
    ("format-errors-robots.txt", "bot1", "/whitespace-before-colon/", False),
    ("format-errors-robots.txt", "bot1", "/no-colon/", False),
    ("format-errors-robots.txt", "bot2", "/no-colon-useragent/", False),
    ("format-errors-robots.txt", "bot3", "/whitespace-before-colon", True),
    ("format-errors-robots.txt", "bot3", "/else", False),
    ("extension-robots.txt", "mybot", "/private/x", False),
    ("extension-robots.txt", "mybot", "/public", True),
    ("extension-robots.txt", "otherbot", "/admin/", False),
    ("extension-robots.txt", "thirdbot", "/admin/", True),
)
SITEMAPS: Final = {
    "extension-robots.txt": 1, "format-errors-robots.txt": 1, "relative-sitemap-robots.txt": 1,
    "sitemap-robots-dedup.txt": 1, "sitemap-robots.txt": 2, "robots-with-utf8-bom.txt": 1,
    "robots-with-utf16be-bom.txt": 1, "robots-with-utf16le-bom.txt": 1, "www.flot.com-robots.txt": 1,
}  # fmt: skip
DELAYS: Final[dict[tuple[str, str], float]] = {
    ("crawl-delay-group-merging.txt", "mybot"): 10.0, ("dos-line-endings.txt", "mybot"): 1.0,
    ("astore.amazon.com-robots.txt", "mybot"): 5.0, ("extended-standard-robots.txt", "bot1"): 2.0,
    ("extended-standard-robots.txt", "bot2"): 15.0, ("twitter.com-robots.txt", "msnbot"): 10.0,
}  # fmt: skip


def score_robots(file: FeedFile) -> tuple[Share, Share]:
    """Return the checks on one robots.txt that hold, with us and with the standard library's parser."""
    ours = Robots(file.value, f"{_SITE}/robots.txt")
    theirs = urllib.robotparser.RobotFileParser()
    theirs.parse(file.value.decode("utf-8", "replace").splitlines())
    checks: list[tuple[bool, bool]] = []
    for name, agent, path, allowed in ROBOTS:
        if name == file.base:
            url = _SITE + path
            checks.append((ours.is_allowed(url, agent) == allowed, theirs.can_fetch(agent, url) == allowed))
    if file.base in SITEMAPS:
        count = SITEMAPS[file.base]
        absolute = [url for url in dict.fromkeys(theirs.site_maps() or ()) if "://" in url]
        checks.append((len(ours.sitemaps) == count, len(absolute) == count))
    for (name, agent), delay in DELAYS.items():
        if name == file.base:
            checks.append((ours.delay_s(agent) == delay, _plain_delay(theirs, agent) == delay))
    total = len(checks)
    return (sum(mine for mine, _ in checks), total), (sum(other for _, other in checks), total)


def _plain_delay(rules: urllib.robotparser.RobotFileParser, agent: str) -> float | None:
    written, rate = rules.crawl_delay(agent), rules.request_rate(agent)
    if written is not None:
        return float(written)
    return rate.seconds / rate.requests if rate else None


def score_addresses(file: FeedFile) -> tuple[Share, Share]:
    """Return how many addresses resolve as the file says, by canonical form; the baseline is `urljoin`."""
    right = theirs = total = 0
    for written, base, expected in _addresses(file):
        total += 1
        right += _is_same(resolve_url(written, base), expected)
        try:
            joined: str | None = urljoin(base or "", written)
        except ValueError:
            joined = None
        theirs += _is_same(joined, expected)
    return (right, total), (theirs, total)


def wrong_addresses(file: FeedFile) -> Iterator[tuple[str, str | None, str | None, str | None]]:
    """Yield addresses that do not resolve as the file says: as written, base, what is expected, what we find."""
    for written, base, expected in _addresses(file):
        found = resolve_url(written, base)
        if not _is_same(found, expected):
            yield written, base, expected, found


def _addresses(file: FeedFile) -> list[tuple[str, str | None, str | None]]:
    if file.base == "wpt-urltestdata.json":
        tests = [test for test in json.loads(file.value) if isinstance(test, dict)]
        return [
            (test["input"], test["base"], None if test.get("failure") else test["href"])
            for test in tests
            if _is_web(test)
        ]
    lines = [line for line in file.value.decode("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    rows = list(csv.reader(io.StringIO("\n".join(lines)), skipinitialspace=True))
    return [(row[0], row[1], row[2]) for row in rows if len(row) == 3 and row[2].startswith("http")]


def _is_web(test: dict[str, str | None]) -> bool:
    """Whether a test is about http addresses, and not about an empty one: a page never links to nothing."""
    if not (test["input"] or "").strip():
        return False
    if test.get("failure"):
        return (test["input"] or "").strip().lower().startswith("http")
    return (test["href"] or "").startswith(("http:", "https:"))


def _is_same(found: str | None, expected: str | None) -> bool:
    if expected is None:
        return found is None or canonical_url(found) is None
    return found is not None and canonical_url(found) == canonical_url(expected) is not None


def score_opml(file: FeedFile) -> tuple[int, int, bool]:
    """Return the rows that we read, those of a plain XML parser, and whether none is missing by the file's own text."""
    opml = read_opml(file.value)
    try:
        tree = etree.fromstring(file.value, etree.XMLParser(resolve_entities=False, no_network=True))
        plain = len({node.get("xmlUrl") for node in tree.iter("outline") if node.get("xmlUrl")})
    except etree.LxmlError:
        plain = 0
    written = file.value.lower().count(b"xmlurl=")
    return len(opml.rows), plain, len(opml.rows) + opml.repeated + opml.refused == written


def score_sitemap(file: FeedFile) -> tuple[int, int]:
    """Return the addresses that we find in a sitemap, and those of a plain XML parser."""
    try:
        sitemap = read_sitemap(file.value, url=f"{_SITE}/sitemap.xml")
        found = len(sitemap.feed.entries) + len(sitemap.children)
    except Rejected:
        found = 0
    try:
        tree = etree.fromstring(file.value, etree.XMLParser(resolve_entities=False, no_network=True))
        plain = len(
            {node.text for node in tree.iter("{*}loc") if etree.QName(node.getparent()).localname in {"url", "sitemap"}}
        )
    except etree.LxmlError:
        plain = 0
    return found, plain


def score_warc(file: FeedFile) -> tuple[WarcCounts, int]:
    """Return what we read of an archive, and how many records a plain loop of FastWARC reads before it stops."""
    counts = WarcCounts()
    for _ in read_warc(io.BytesIO(file.value), counts):
        pass
    plain = 0
    try:
        for _ in ArchiveIterator(io.BytesIO(file.value), parse_http=False):
            plain += 1
    except (OSError, ValueError, RuntimeError):
        pass
    return counts, plain
