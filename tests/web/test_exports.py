"""A search as a feed or a file: complete, well-formed, and harmless to open."""

import csv
import io
import json
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from pipeline.search.export import COLUMNS, defuse
from tests.index.making import article_id
from tests.web.newsroom import HOSTILE

ATOM = "{http://www.w3.org/2005/Atom}"


def test_jsonl_holds_everything(client: httpx.Client) -> None:
    """Each article of the search is one line, over all pages."""
    answer = client.get("/search.jsonl?copies=1")
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert len({record["article_id"] for record in found}) == len(found) == 27
    assert answer.headers["content-disposition"] == 'attachment; filename="search.jsonl"'


def test_csv_is_defused(client: httpx.Client) -> None:
    """The table has its head and no cell that a spreadsheet would run."""
    rows = list(csv.reader(io.StringIO(client.get("/search.csv?copies=1").content.decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 28
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'=cmd|' /C calc'!A0" in cells


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_formulas_are_defused(cell: str) -> None:
    """Whatever a spreadsheet takes for a formula becomes text."""
    assert defuse(cell) == "'" + cell


def test_rss(client: httpx.Client) -> None:
    """The feed has the newest first, as text, with links to the web or to here."""
    channel = fromstring(client.get("/search.rss?copies=1").content).find("channel")  # noqa: S314 - our own output
    assert channel is not None
    items = {item.findtext("title"): item for item in channel.findall("item")}
    assert items["Storm Odette cuts power in Rivermouth"].findtext("link") == "https://a.example/storm"
    assert (items[HOSTILE].findtext("link") or "").endswith(f"/articles/{article_id('hostile')}")
    assert next(iter(items)) == "Rivermouth: ferries cancelled"


def test_atom(client: httpx.Client) -> None:
    """The feed names itself, and every entry has what RFC 4287 asks for."""
    feed = fromstring(client.get("/search.atom?q=odette&copies=1").content)  # noqa: S314 - our own output
    assert len(feed.findall(f"{ATOM}entry")) == 4
    for entry in feed.findall(f"{ATOM}entry"):
        assert (entry.findtext(f"{ATOM}id") or "").startswith("urn:newswire:article:")
        assert entry.findtext(f"{ATOM}updated")
        assert entry.findtext(f"{ATOM}author/{ATOM}name")


@pytest.mark.parametrize("form", ["rss", "atom", "csv", "jsonl"])
def test_errors_come_before_the_first_line(client: httpx.Client, form: str) -> None:
    """A search that cannot be made is refused as such, not with half a file."""
    assert client.get(f"/search.{form}?since=whenever").status_code == 400
