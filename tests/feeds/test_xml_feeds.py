"""RSS, Atom and RDF: what an entry gives, as written, and what the feed says of itself."""

import pytest

from pipeline.feeds.feed import read_feed
from schemas.errors import Rejected

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel><title>Harbour Post</title><link>https://harbour-post.example/</link>
<description>News from the quay</description>
<language>en-GB</language><ttl>15</ttl><copyright>© Harbour Post</copyright>
<atom:link rel="self" href="https://harbour-post.example/feed"/><atom:link rel="hub" href="https://hub.example/"/>
<cloud domain="cloud.example" port="80" path="/RPC2" registerProcedure="ping" protocol="xml-rpc"/>
<skipHours><hour>1</hour><hour>2</hour></skipHours><skipDays><day>Sunday</day></skipDays>
<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>
<item><title>Ferry &amp; fog</title><link>/ferry?utm_source=rss</link><guid isPermaLink="false">hp-1</guid>
<pubDate>Tue, 05 Jan 2026 08:00:00 +0100</pubDate><dc:creator>Ada Quill</dc:creator><category>Transport</category>
<description>The ferry stayed in port.</description><content:encoded><![CDATA[<p>%s</p>]]></content:encoded>
<source url="https://wire.example/rss">Wafer Wire</source>
<media:content url="https://img.example/1.jpg" type="image/jpeg">
<media:credit>Photo: B. Lens</media:credit></media:content>
</item>
<item><title>Only a guid</title><guid>https://harbour-post.example/only</guid><description>Short.</description></item>
</channel></rss>""" % ("The fog lay on the harbour until noon, the crew said. " * 20)

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://blatt.example/">
<title>Das Blatt</title><link href="/"/><link rel="next" href="/feed?page=2"/><id>urn:blatt</id>
<entry><title type="html">Fähre &lt;b&gt;spät&lt;/b&gt;</title><id>urn:1</id><updated>2026-01-05T09:00:00Z</updated>
<published>2026-01-05T08:00:00Z</published><author><name>Ida Feder</name></author>
<link rel="via" href="https://anderswo.example/x"/><link rel="alternate" type="text/html" href="faehre"/>
<summary>Kurz.</summary><rights>frei</rights><category term="verkehr" label="Verkehr"/></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://x.example/"><title>Quay</title>
<link>https://x.example/</link></channel>
<item rdf:about="https://x.example/a"><title>A</title><link>https://x.example/a</link><dc:date>2026-01-05</dc:date>
<dc:source>Tide Agency</dc:source><description>Tide.</description></item></rdf:RDF>"""


def test_rss_entry_is_read_as_written() -> None:
    """Every field of an RSS item arrives as written, its address absolute."""
    entry = read_feed(RSS.encode(), url="https://harbour-post.example/feed").entries[0]
    assert entry.title == "Ferry & fog"
    assert entry.link == "https://harbour-post.example/ferry?utm_source=rss"
    assert (entry.guid, entry.published) == ("hp-1", "Tue, 05 Jan 2026 08:00:00 +0100")
    assert (entry.authors, entry.categories) == (("Ada Quill",), ("Transport",))
    assert entry.summary == "The ferry stayed in port."
    assert entry.content.startswith("<p>The fog")
    assert (entry.content_type, entry.has_full_text) == ("html", True)
    assert (entry.source_name, entry.source_url) == ("Wafer Wire", "https://wire.example/rss")
    assert [(image.url, image.credit) for image in entry.images] == [("https://img.example/1.jpg", "Photo: B. Lens")]


def test_rss_feed_says_how_often_and_where_it_is_pushed() -> None:
    """The claim holds rhythm, pauses, hub and cloud."""
    claim = read_feed(RSS.encode(), url="https://harbour-post.example/feed").claim
    assert (claim.form, claim.title, claim.language) == ("rss", "Harbour Post", "en-GB")
    assert (claim.ttl_s, claim.update_period_s) == (900, 1800)
    assert (claim.skip_hours, claim.skip_days) == ((1, 2), ("sunday",))
    assert claim.hubs == ("https://hub.example/",)
    assert claim.self_url == "https://harbour-post.example/feed"
    assert claim.cloud is not None
    assert (claim.cloud.domain, claim.cloud.port) == ("cloud.example", 80)


def test_permalink_guid_is_the_link_when_there_is_none() -> None:
    """A guid that is an address stands for the missing link; a short description is a teaser."""
    entry = read_feed(RSS.encode()).entries[1]
    assert entry.link == "https://harbour-post.example/only"
    assert entry.has_full_text is False


def test_atom_link_rules() -> None:
    """The alternate page is the link, not `via`; base, language, label and rights count."""
    feed = read_feed(ATOM.encode(), url="https://blatt.example/feed")
    entry = feed.entries[0]
    assert entry.link == "https://blatt.example/faehre"
    assert (entry.published, entry.updated) == ("2026-01-05T08:00:00Z", "2026-01-05T09:00:00Z")
    assert (entry.authors, entry.categories, entry.rights) == (("Ida Feder",), ("Verkehr",), "frei")
    assert (feed.claim.form, feed.claim.language) == ("atom", "de")
    assert feed.claim.next_url == "https://blatt.example/feed?page=2"


def test_rdf_source_and_date() -> None:
    """RDF items give Dublin Core's date and source."""
    feed = read_feed(RDF.encode())
    assert feed.claim.form == "rdf"
    assert (feed.entries[0].source_name, feed.entries[0].updated) == ("Tide Agency", "2026-01-05")


@pytest.mark.parametrize(
    ("encoding", "header"),
    [("utf-8", None), ("utf-16", None), ("windows-1252", "text/xml; charset=iso-8859-1"), ("utf-8-sig", None)],
)
def test_charsets(encoding: str, header: str | None) -> None:
    """Umlauts survive every common charset, declared or marked."""
    text = "<rss version='2.0'><channel><item><title>Fähre spät</title></item></channel></rss>"
    assert read_feed(text.encode(encoding), content_type=header).entries[0].title == "Fähre spät"


def test_wrongly_declared_utf8_is_read_as_what_it_is() -> None:
    """A feed that says ISO-8859-1 and is UTF-8 is read as UTF-8."""
    text = "<?xml version='1.0' encoding='ISO-8859-1'?><rss><channel><item><title>Fähre</title></item></channel></rss>"
    assert read_feed(text.encode()).entries[0].title == "Fähre"


def test_broken_markup_keeps_its_entries() -> None:
    """Bare ampersands, unknown entities and a missing end cost no entry, and are reported."""
    text = "<rss><channel><title>A & B</title><item><title>x &nbsp; y</title></item><item><title>C & D</title></item>"
    feed = read_feed(text.encode())
    assert [entry.title for entry in feed.entries] == ["x y", "C & D"]
    assert feed.is_well_formed is False
    assert feed.problems


@pytest.mark.parametrize("value", [b"", b"   ", b"<html><body>Not here</body></html>", b"plain words", b"{}", b"[1]"])
def test_what_is_no_feed_is_refused(value: bytes) -> None:
    """Nothing, a page, words or other JSON is refused as bad input."""
    with pytest.raises(Rejected) as refused:
        read_feed(value)
    assert refused.value.reason == "bad-input"


@pytest.mark.parametrize(
    "tail", ["…", "[...]", "<a href='/x'>Read more</a>", "Continue reading →", "Weiterlesen", "[&#8230;]"]
)
def test_cut_texts_are_teasers(tail: str) -> None:
    """Content that ends with an ellipsis or an invitation is a teaser, however long."""
    body = "&lt;p&gt;" + "The fog lay on the harbour. " * 60 + "&lt;/p&gt;"
    written = tail.replace("<", "&lt;").replace(">", "&gt;")
    text = f"<rss><channel><item><title>t</title><description>{body}{written}</description></item></channel></rss>"
    assert read_feed(text.encode()).entries[0].has_full_text is False
    assert read_feed(text.replace(written, "").encode()).entries[0].has_full_text is True


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ida@quay.industries (Ida Größe Feder)", "Ida Größe Feder"),
        ("Ida Feder (mailto:ida@quay.example)", "Ida Feder"),
        ("ida@quay.example (Ida Feder)", "Ida Feder"),
        ("Ida Feder (Berlin)", "Ida Feder (Berlin)"),
        ("ida@quay.example Ida Feder", "Ida Feder"),
        ("ida@quay.industries", "ida@quay.industries"),
    ],
)
def test_author_without_the_address(written: str, name: str) -> None:
    """The name alone where there is one, whatever the ending of the address beside it."""
    item = f"<rss><channel><item><title>Fog</title><author>{written}</author></item></channel></rss>"
    assert read_feed(item.encode()).entries[0].authors == (name,)
