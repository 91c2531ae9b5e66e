"""NewsML-G2, NITF and ninjs: headline, byline, text, rights, status of an agency's items."""

import json

import pytest

from pipeline.feeds.newsml import read_newsml
from pipeline.feeds.ninjs import read_ninjs
from pipeline.feeds.nitf import read_nitf
from schemas.errors import Rejected

NITF = """<nitf><head><title>Slug</title><docdata><doc-id id-string="tide-1"/><date.issue norm="20260105T080000Z"/>
<urgency ed-urg="4"/><doc.copyright holder="Tide Agency" year="2026"/>
<key-list><keyword key="ferry"/></key-list></docdata>
<pubdata name="Tide Agency"/></head><body><body.head><hedline><hl1>Fog stops ferry</hl1></hedline>
<byline>By Ada Quill</byline><distributor>Tide Agency</distributor><dateline><location>PORT HAVEN</location></dateline>
<abstract>Nothing moved.</abstract></body.head><body.content><p>The ferry &amp; the <em>tug</em> stayed in port.</p>
<media media-type="image"><media-reference source="https://img.example/1.jpg"/><media-caption>The quay</media-caption>
<media-producer>B. Lens</media-producer></media><script>alert(1)</script></body.content>
<body.end><tagline>Edited by Ida Feder</tagline></body.end></body></nitf>"""

NEWSML = """<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><header/><itemSet>
<newsItem guid="urn:tide:2" version="3" xml:lang="en"><rightsInfo><copyrightHolder literal="Tide Agency"/></rightsInfo>
<itemMeta><itemClass qcode="ninat:text"/><provider qcode="nprov:tide"><name>Tide Agency</name></provider>
<versionCreated>2026-01-05T09:00:00Z</versionCreated><firstCreated>2026-01-05T08:00:00Z</firstCreated>
<pubStatus qcode="stat:%s"/></itemMeta><contentMeta><urgency>3</urgency><headline>Fog stops ferry</headline>
<by>Ada Quill</by><creditline>TIDE</creditline><language tag="en-GB"/>
<subject qcode="s:1"><name>transport</name></subject>
<description role="drol:summary">Nothing moved.</description></contentMeta>
<contentSet><inlineXML contenttype="application/xhtml+xml">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head>
<body><p>The ferry stayed in port.</p></body></html></inlineXML></contentSet></newsItem>
<packageItem guid="urn:p"/></itemSet></newsMessage>"""

NINJS = {
    "uri": "urn:tide:3", "type": "text", "versioncreated": "2026-01-05T09:00:00Z", "headline": "Fog stops ferry",
    "byline": "Ada Quill", "body_html": "<p>The ferry stayed in port.</p>", "language": "en", "pubstatus": "usable",
    "copyrightholder": "Tide Agency", "subject": [{"name": "transport"}],
    "associations": {"main": {"type": "picture", "byline": "B. Lens", "description_text": "The quay",
                              "renditions": {"base": {"href": "https://img.example/1.jpg"}}}},
}  # fmt: skip


def test_nitf() -> None:
    """An NITF document gives its parts; scripts are left out, captions and credits kept."""
    (item,) = read_nitf(NITF.encode())
    entry = item.entry
    assert (entry.title, entry.guid, entry.published) == ("Fog stops ferry", "tide-1", "20260105T080000Z")
    assert (entry.authors, entry.source_name, entry.rights) == (("By Ada Quill",), "Tide Agency", "© 2026 Tide Agency")
    assert entry.content.startswith("<p>By Ada Quill</p>")
    assert "<p>The ferry &amp; the tug stayed in port.</p>" in entry.content
    assert "alert" not in entry.content
    assert "Edited by Ida Feder" in entry.content
    assert [(image.url, image.caption, image.credit) for image in entry.images] == [
        ("https://img.example/1.jpg", "The quay", "B. Lens")
    ]
    assert (entry.categories, item.urgency, item.dateline) == (("ferry",), "4", "PORT HAVEN")


def test_newsml() -> None:
    """A NewsML-G2 message gives its text items; packages are passed over."""
    (item,) = read_newsml((NEWSML % "usable").encode())
    entry = item.entry
    assert (entry.title, entry.guid, item.version, item.urgency) == ("Fog stops ferry", "urn:tide:2", "3", "3")
    assert (entry.published, entry.updated) == ("2026-01-05T08:00:00Z", "2026-01-05T09:00:00Z")
    assert (entry.source_name, item.claim.title, entry.rights) == ("TIDE", "Tide Agency", "Tide Agency")
    assert entry.content == "<p>Ada Quill</p>\n<p>The ferry stayed in port.</p>"
    assert (entry.language, entry.summary, entry.categories) == ("en-GB", "Nothing moved.", ("transport",))
    assert item.is_usable


@pytest.mark.parametrize("status", ["withheld", "canceled"])
def test_newsml_status(status: str) -> None:
    """What the sender withholds or cancels is not usable."""
    (item,) = read_newsml((NEWSML % status).encode())
    assert (item.status, item.is_usable) == (status, False)


def test_ninjs_one_and_many() -> None:
    """A ninjs item, a list of them, and the lists of version 2 give the same article."""
    (item,) = read_ninjs(json.dumps(NINJS).encode())
    assert (item.entry.title, item.entry.content_type, item.entry.authors) == (
        "Fog stops ferry",
        "html",
        ("Ada Quill",),
    )
    assert [(image.url, image.credit) for image in item.entry.images] == [("https://img.example/1.jpg", "B. Lens")]
    second = {key: value for key, value in NINJS.items() if key not in {"headline", "body_html"}}
    second["headlines"] = [{"role": "short", "value": "Fog"}, {"role": "main", "value": "Fog stops ferry"}]
    second["bodies"] = [
        {"contenttype": "text/plain", "value": "x"},
        {"contenttype": "text/html", "value": NINJS["body_html"]},
    ]
    both = read_ninjs(json.dumps({"items": [NINJS, second]}).encode())
    assert [one.entry.title for one in both] == ["Fog stops ferry"] * 2
    assert both[0].entry.content == both[1].entry.content


@pytest.mark.parametrize("read", [read_nitf, read_newsml, read_ninjs])
@pytest.mark.parametrize("value", [b"", b"words", b"<rss><channel/></rss>", b'{"a": 1}', b"<a>" * 100_000])
def test_other_documents_are_refused(read: object, value: bytes) -> None:
    """A document of another kind is refused as bad input."""
    assert callable(read)
    with pytest.raises(Rejected):
        read(value)
