"""OPML, JSON lines, CSV and plain lists become rows, whatever is wrong with them."""

import pytest

from pipeline.feeds.feed_list import BadRow, read_feed_list
from pipeline.feeds.opml import read_opml
from pipeline.sources.countries import find_country
from schemas.errors import Rejected
from schemas.feed import FeedRow

BROKEN = """<?xml version="1.0"?><opml version="1.0"><head><title>Mine</title></head><body>
<outline text="Canada" title="Canada">
 <outline text="News & Weather" title="News & Weather" xmlUrl="https://a.example/f?x=1&y=2" type="rss" />
 <outline title="The "Quay" paper" xmlUrl="https://b.example/f" htmlUrl="https://b.example/" type="rss" />
 <outline title="1 < 2" description="less <b>bold</b>" xmlUrl="https://c.example/f"/>
 <outline title="Twice" xmlUrl="https://c.example/f"/>
 <outline title="No address" xmlUrl="mailto:x@y.example"/>
</outline></body></opml>"""


def test_broken_opml_loses_no_row() -> None:
    """Bare ampersands, quotation marks and brackets in names are mended; every outline is accounted for."""
    opml = read_opml(BROKEN.encode())
    assert [row.url for row in opml.rows] == [
        "https://a.example/f?x=1&y=2",
        "https://b.example/f",
        "https://c.example/f",
    ]
    assert [row.title for row in opml.rows] == ["News & Weather", 'The "Quay" paper', "1 < 2"]
    assert (opml.repeated, opml.refused, opml.is_well_formed) == (1, 1, False)
    assert opml.rows[1].site_url == "https://b.example/"
    assert {row.country for row in opml.rows} == {"CA"}
    assert opml.rows[0].tags == ("Canada",)


def test_case_and_scheme_of_outlines_do_not_matter() -> None:
    """`xmlurl` in any case and the old `feed:` scheme are understood."""
    value = b'<opml><body><outline TEXT="A" XMLURL="feed://a.example/f" Category="/news, sport"/></body></opml>'
    (row,) = read_opml(value).rows
    assert (row.url, row.title, row.tags) == ("http://a.example/f", "A", ("news", "sport"))


@pytest.mark.parametrize(
    "value",
    [
        (
            b'{"feed_url": "https://a.example/f", "name": "A", "lang": "EN", "country": "AUS", "category": "news"}\n\n'
            b'{"x": 1}\n'
        ),
        (
            b'[{"xmlUrl": "https://a.example/f", "title": "A", "language": "en", "country": "Australia", '
            b'"tags": ["news"]}, 7]'
        ),
        b"Feed URL;Title;Language;Country;Tags\nhttps://a.example/f;A;en;au;news\n;;;;x\n",
    ],
)
def test_records_of_any_form_give_the_same_row(value: bytes) -> None:
    """JSON lines, a JSON array and CSV, each with its own names, give the same row, and say what is bad."""
    row, bad = read_feed_list(value)
    assert row == FeedRow(url="https://a.example/f", title="A", language="en", country="AU", tags=("news",))
    assert isinstance(bad, BadRow)


def test_plain_list_with_comments() -> None:
    """One address a line is a list; comments and blanks are passed over, an address counts once."""
    found = list(read_feed_list(b"# mine\nhttps://a.example/f\n\nhttps://b.example/f\nhttps://a.example/f\nnonsense\n"))
    assert [one.url for one in found if isinstance(one, FeedRow)] == ["https://a.example/f", "https://b.example/f"]
    assert [one.line for one in found if isinstance(one, BadRow)] == [6]


@pytest.mark.parametrize("value", [b"", b"words only\nand more", b"<html><body/></html>", b"[1,"])
def test_what_is_no_list_is_refused(value: bytes) -> None:
    """Nothing, words, a page or broken JSON is refused."""
    with pytest.raises(Rejected):
        list(read_feed_list(value))


@pytest.mark.parametrize(
    ("written", "code"),
    [("DEU", "DE"), ("de", "DE"), ("The Netherlands", "NL"), ("Myanmar (Burma)", "MM"), ("None", None), ("", None)],
)
def test_countries(written: str, code: str | None) -> None:
    """Codes and names in use give the code of two letters."""
    assert find_country(written) == code
