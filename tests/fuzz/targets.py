"""What is fuzzed: for each target, what must hold for any bytes, and bytes to begin with.

Bytes in, nothing out; an exception is a finding. Errors that the product names (`Rejected` and its kin) are answers,
not findings. The short form (`test_fuzz.py`) and the long one (`make fuzz`) run the same functions.
"""
# ruff: noqa: PT017 - these run under the fuzzer, without pytest

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pipeline.delivery.dead_letter import (
    ReplayRefused,
    build_dead_letter,
    build_replay,
    parse_dead_letter,
)
from pipeline.extract.article import extract_article
from pipeline.feeds.articles import build_articles
from pipeline.feeds.feed import read_feed
from pipeline.feeds.opml import read_opml
from pipeline.feeds.sitemap import read_sitemap
from pipeline.index.elastic_query import compile_expression
from pipeline.log.headers import decode_headers, encode_headers
from pipeline.search.parse import MAX_CHARS, parse
from pipeline.sources.urls import canonical_url
from schemas.article import EnrichedArticle, RawArticle
from schemas.codec import decode, encode
from schemas.dead_letter import HEADER_PREFIX
from schemas.errors import DECODE, Rejected
from schemas.message import Headers, Message
from schemas.topics import RAW

AT: Final = datetime(2026, 1, 5, tzinfo=UTC)
LONGEST_HINT: Final = 300


@dataclass(frozen=True)
class Target:
    """One thing to fuzz. `seeds` are written for it; the long form adds files of the evaluation data (`corpus`).

    Inputs grow to `max_bytes`: what is longer takes longer and seldom tells more.
    """

    run: Callable[[bytes], None]
    seeds: Sequence[bytes]
    corpus: str = ""
    max_bytes: int = 4_096


def fuzz_codec(value: bytes) -> None:
    """Any message is a record or refused with a reason; a record goes out as it came in."""
    for kind in (RawArticle, EnrichedArticle):
        try:
            record = decode(kind, value)
        except Rejected as error:
            assert str(error)
        else:
            assert decode(kind, encode(record)) == record


def fuzz_feed(value: bytes) -> None:
    """Any document is a feed or refused, and what its entries become can be sent."""
    try:
        feed = read_feed(value, url="https://quay.example/feed")
    except Rejected as error:
        assert str(error)
        return
    for article in build_articles(feed, AT):
        assert decode(RawArticle, encode(article)) == article


def fuzz_sitemap(value: bytes) -> None:
    """Any document is a sitemap or refused; its addresses can be fetched or are none."""
    try:
        sitemap = read_sitemap(value, url="https://quay.example/sitemap.xml")
    except Rejected as error:
        assert str(error)
        return
    assert all(entry.link is None or canonical_url(entry.link) for entry in sitemap.feed.entries)


def fuzz_opml(value: bytes) -> None:
    """Any document is a list of feeds or refused."""
    try:
        assert all(canonical_url(row.url) for row in read_opml(value).rows)
    except Rejected as error:
        assert str(error)


def fuzz_page(value: bytes) -> None:
    """Any page is an article or refused, and its zones lie in its text."""
    _extract(value.decode("utf-8", "replace"), "html")


def fuzz_text(value: bytes) -> None:
    """Any text is an article or refused, and its zones lie in its text."""
    _extract(value.decode("utf-8", "replace"), "text")


def fuzz_query(value: bytes) -> None:
    """Any text has a reading, in which nothing is unclear; every hint stands in the text; engines can compile it."""
    text = value.decode("utf-8", "replace")
    parsed = parse(text, AT)
    assert all(0 <= hint.position <= len(text) and 0 < len(hint.message) <= LONGEST_HINT for hint in parsed.hints)
    json.dumps(compile_expression(parsed.expression))
    again = parse(parsed.reading, AT)
    assert not again.hints, (parsed.reading, again.hints)
    if again.reading != parsed.reading:  # else it has just been read
        assert parse(again.reading, AT).reading == again.reading, parsed.reading


def fuzz_url(value: bytes) -> None:
    """Any text is an address or none; the canonical form of an address is its own canonical form."""
    found = canonical_url(value.decode("utf-8", "replace"))
    assert found is None or canonical_url(found) == found


def fuzz_headers(value: bytes) -> None:
    """Headers come back from the log as they went in."""
    headers = _split_headers(value)
    assert decode_headers(encode_headers(headers)) == headers


def fuzz_dead_letter(value: bytes) -> None:
    """A foreign message among dead letters is refused; a real one comes back to where it came from, as it was."""
    message = Message("news.dead-letter.v1", 0, 0, 0, value[:8] or None, value, _split_headers(value))
    try:
        parse_dead_letter(message)
        build_replay(message)
    except (Rejected, ReplayRefused) as error:
        assert str(error)
    foreign = tuple(header for header in _split_headers(value) if not header[0].startswith(HEADER_PREFIX))
    origin = Message(RAW.name, 3, 7, 1_000, value[:16] or None, value or None, foreign)
    letter = build_dead_letter(origin, "enrich", Rejected(DECODE, "no"), attempts=1, now=AT, program_version="1")
    stored = Message(letter.topic, 0, 0, 0, letter.key, letter.value, letter.headers)
    assert parse_dead_letter(stored).offset == origin.offset
    back = build_replay(stored)
    assert (back.topic, back.key, back.value) == (origin.topic, origin.key, origin.value)


def _extract(content: str, content_type: str) -> None:
    raw = RawArticle.model_validate(
        {
            "article_id": "0" * 32,
            "version": 1,
            "fetched_at": AT,
            "url": "https://quay.example/one",
            "source": {"domain": "quay.example"},
            "channel": "file",
            "content": content,
            "content_type": content_type,
        }
    )
    try:
        article = extract_article(raw)
    except Rejected as error:
        assert str(error)
        return
    end = 0
    for zone in article.zones:
        assert end <= zone.start < zone.end <= len(article.text), zone
        assert not article.text[end : zone.start].strip(), article.text[end : zone.start]
        end = zone.end
    assert not article.text[end:].strip()


def _split_headers(value: bytes) -> Headers:
    names = value.split(b"\x00")
    return tuple((name.decode("utf-8", "replace"), part) for name, part in zip(names[::2], names[1::2], strict=False))


_PAGE: Final = b"""<html><head><title>Quay opens</title>
<meta property="article:published_time" content="2026-01-04">
<script type="application/ld+json">{"@type":"NewsArticle","headline":"Quay opens","author":{"name":"Ada"}}</script>
</head><body><article><h1>Quay opens</h1>
<p>LINDHAVEN (AP) \xe2\x80\x94 The harbour master opened quay four on Sunday.</p>
<figure><img src="a.jpg"><figcaption>The quay. Photo: Jo Ness</figcaption></figure>
<p>"It is wide," he said. The quay took six years to build, and it cost more than anybody had wanted.</p></article>"""
_TEXT: Final = b"""Join our newsletter!\nQuay opens\nBy Ada Holm
LINDHAVEN \xe2\x80\x94 The harbour master opened quay four.

"It is wide," he said.\n\nThis story was originally published by The Quay Post and is reprinted with permission."""

TARGETS: Final = {
    "codec": Target(
        fuzz_codec,
        [b'{"article_id":"x","version":1}', b"[]", b"null", b'{"schema_version":99}', b'{"a":' * 50 + b"1" + b"}" * 50],
    ),
    "feed": Target(
        fuzz_feed,
        [
            b"<rss><channel><title>Q</title><item><title>a</title><link>https://quay.example/1</link></item></channel></rss>",
            b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><updated>2026-01-04T00:00:00Z</updated></entry></feed>",
            b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1,"content_text":"x"}]}',
        ],
        "feeds",
    ),
    "sitemap": Target(
        fuzz_sitemap,
        [b"<urlset><url><loc>https://quay.example/1</loc></url></urlset>", b"https://quay.example/1\n"],
        "feeds",
    ),
    "opml": Target(
        fuzz_opml, [b"<opml><body><outline text='a & b' xmlUrl='https://quay.example/f'/></body></opml>"], "feeds"
    ),
    "page": Target(fuzz_page, [_PAGE, b"<p>" * 40 + b"quay", b""], "pages"),
    "text": Target(fuzz_text, [_TEXT, b"a\r\n\r\nb", b""], "texts"),
    "query": Target(
        fuzz_query,
        [
            b'person:"Ada Holm" (ferry OR harbour) -strike since:30d',
            b"near:48.85,2.35,100km",
            b'"a b" OR -(c d',
            b"words:>100",
        ],
        max_bytes=MAX_CHARS + 100,
    ),
    "url": Target(fuzz_url, [b"https://User@Quay.example:443/a/../b?utm_source=x&b=1#c", b"http://[::1]/", b"//x"]),
    "headers": Target(fuzz_headers, [b"stage\x00enrich\x00reason\x00decode", b"\x00\x00"]),
    "dead-letter": Target(fuzz_dead_letter, [b"newswire-stage\x00enrich\x00newswire-topic\x00news.raw.v1", b""]),
}
