"""`newswire feeds` from the outside: import, poll, look, and find the articles in the index."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.feed_farm import Farm, running_farm
from tests.cli.conftest import Newswire, newswire

__all__ = ["newswire"]  # the fixture, for this folder too

SETTINGS = {
    "NEWSWIRE_FETCH_ALLOW_LOOPBACK": "true",
    "NEWSWIRE_FETCH_HOST_DELAY_S": "0",
    "NEWSWIRE_FEEDS_FIRST_ITEMS": "1",
    "NEWSWIRE_FETCH_TIMEOUT_S": "20",
}


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    """A few good feeds."""
    with running_farm(4, 1000.0) as farm:
        yield farm


@pytest.fixture
def opml(farm: Farm, tmp_path: Path) -> Path:
    """A list of the farm's feeds, as another reader writes it."""
    outlines = "".join(f'<outline type="rss" text="Quay" xmlUrl="{farm.url(host)}"/>' for host in farm.hosts)
    path = tmp_path / "feeds.opml"
    path.write_text(f'<opml version="2.0"><body><outline text="Harbours">{outlines}</outline></body></opml>')
    return path


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_from_a_list_to_the_index(newswire: Newswire, opml: Path) -> None:
    """Feeds of an OPML list are polled, and their articles are found with the text of their pages."""
    done = newswire("feeds", "import", opml, "--json", **SETTINGS)
    assert done.json == {"added": 4, "known": 0, "unreadable": 0}
    done = newswire("run", "--once", **SETTINGS)
    assert done.code == 0, done.err
    assert "the index holds 4 articles" in done.out
    found = newswire("search", '"whole text of the page"', "--json").json
    assert sum(1 for hit in found["hits"] if "unloads wheat" in hit["title"]) >= 1
    feeds = newswire("feeds", "list", "--json").json
    assert {feed["health"] for feed in feeds} == {"good"}
    assert {feed["articles_sent"] for feed in feeds} == {1}


def test_lists_go_in_and_out(newswire: Newswire, opml: Path, tmp_path: Path) -> None:
    """What is exported can be imported elsewhere, with folders; importing twice adds nothing; removing works."""
    newswire("feeds", "import", opml)
    exported = newswire("feeds", "export")
    assert exported.out.count("xmlUrl=") == 4
    assert 'text="Harbours"' in exported.out
    copy = tmp_path / "copy.opml"
    copy.write_text(exported.out)
    assert newswire("feeds", "import", copy, "--json").json["known"] == 4
    url = newswire("feeds", "list", "--json").json[0]["url"]
    assert newswire("feeds", "remove", url).code == 0
    assert newswire("feeds", "show", url).code == 1
    assert len(newswire("feeds", "list", "--json").json) == 3


def test_check_tells_what_a_poll_would_find(newswire: Newswire, farm: Farm) -> None:
    """A check names entries and form, changes nothing, and gives the reason when there is no feed to be had."""
    url = farm.url(farm.hosts[0])
    facts = newswire("feeds", "check", url, "--json", **SETTINGS).json
    assert (facts["status"], facts["feed"]["form"], len(facts["entries"])) == (200, "rss", 5)
    refused = newswire("feeds", "check", url, "--json")
    assert refused.code == 1
    assert json.loads(refused.out)["reason"] == "address-loopback"
    assert newswire("feeds", "list", "--json").json == []


def test_wrong_use_is_named(newswire: Newswire) -> None:
    """An address that is never fetched, an unknown choice and a missing file are refused with exit code 2."""
    for arguments in (
        ("add", "http://10.0.0.1/feed"),
        ("add", "https://harbour-post.example/feed", "--full-text", "perhaps"),
        ("import", "nowhere.opml"),
    ):
        assert newswire("feeds", *arguments).code == 2
