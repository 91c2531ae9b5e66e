"""Single polls of a site whose documents the test sets: what is sent, once, under which id, and what is left."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.fetch.feed_site import Site, running_site
from tests.fetch.polling import open_polling

LONG = "The lock keeper counted barges until dusk and wrote each name into the book by the window. " * 20


@pytest.fixture
def site() -> Iterator[Site]:
    """A site of one's own."""
    with running_site() as site:
        yield site


async def test_an_item_is_sent_once_and_again_only_when_it_changes(site: Site, tmp_path: Path) -> None:
    """A second poll sends nothing; a changed text is sent as a higher version of the same article."""
    site.set_items(("/a", LONG), ("/b", LONG))
    async with open_polling(tmp_path) as polling:
        polling.add(site.feed)
        first = await polling.poll_and_commit(site.feed)
        second = await polling.poll_and_commit(site.feed)
        site.set_items(("/a", LONG + "And the bridge."), ("/b", LONG))
        third = await polling.poll_and_commit(site.feed)
        assert [len(one.articles) for one in (first, second, third)] == [2, 0, 1]
        sent = polling.sent()
    assert [one.url for one in sent] == [f"{site.base}/a", f"{site.base}/a", f"{site.base}/b"]
    assert sent[0].article_id == sent[1].article_id
    assert sent[0].version < sent[1].version


async def test_a_crash_between_log_and_state_sends_nothing_twice(site: Site, tmp_path: Path) -> None:
    """When the state is lost after the log confirmed, the next start finds the articles in the log."""
    site.set_items(("/a", LONG), ("/b", LONG))
    async with open_polling(tmp_path) as polling:
        polling.add(site.feed)
        outcome = await polling.poll(site.feed)
        for name in ("feeds.db", "ledger.db"):
            _copy(tmp_path / name, tmp_path / f"kept-{name}")
        polling.publisher.commit([outcome])
    for name in ("feeds.db", "ledger.db"):
        (tmp_path / f"kept-{name}").replace(tmp_path / name)
        for tail in ("-wal", "-shm"):
            (tmp_path / (name + tail)).unlink(missing_ok=True)
    async with open_polling(tmp_path) as polling:
        again = await polling.poll_and_commit(site.feed)
        assert again.articles == ()
        assert len(polling.sent()) == 2
        site.set_items(("/c", LONG), ("/a", LONG), ("/b", LONG))
        assert [one.url for one in (await polling.poll_and_commit(site.feed)).articles] == [f"{site.base}/c"]


def _copy(path: Path, to: Path) -> None:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


async def test_a_first_poll_does_not_flood(site: Site, tmp_path: Path) -> None:
    """Of a feed with a long past only the newest are taken; the older ones count as known for good."""
    site.set_items(*((f"/{number}", LONG) for number in range(30)))
    async with open_polling(tmp_path, feeds_first_items=3) as polling:
        polling.add(site.feed)
        first = await polling.poll_and_commit(site.feed)
        assert [one.url for one in first.articles] == [f"{site.base}/{number}" for number in range(3)]
        site.set_items(("/new", LONG), *((f"/{number}", LONG) for number in range(30)))
        second = await polling.poll_and_commit(site.feed)
        assert [one.url for one in second.articles] == [f"{site.base}/new"]


async def test_the_same_article_of_two_feeds_is_sent_once(site: Site, tmp_path: Path) -> None:
    """The second feed's copy is a sighting, whatever its text; both feeds are known for the article."""
    site.set_items(("/a", LONG))
    site.set_items(("/a?utm_source=other", "Another teaser."), path="/other.xml")
    async with open_polling(tmp_path) as polling:
        polling.add(site.feed)
        polling.add(f"{site.base}/other.xml")
        first = await polling.poll(site.feed)
        meanwhile = await polling.poll(f"{site.base}/other.xml")  # before the first was written
        polling.publisher.commit([first, meanwhile])
        assert (len(first.articles), len(meanwhile.articles), meanwhile.sightings) == (1, 0, 1)
        id_ = bytes.fromhex(first.articles[0].article_id)
        assert polling.store.items.feeds_of(id_) == [1, 2]


async def test_pages_give_the_text_of_teasers(site: Site, tmp_path: Path) -> None:
    """A teaser's page is fetched, and its canonical address makes the id; an entry with the whole text needs none."""
    site.set_items(("/teaser", "Read more …"), ("/whole", LONG))
    page = f'<html><head><link rel="canonical" href="{site.base}/story"></head><body><p>{LONG}</p></body></html>'
    site.documents |= {"/teaser": page, "/robots.txt": 404}
    async with open_polling(tmp_path, feeds_full_text="auto") as polling:
        polling.add(site.feed)
        outcome = await polling.poll_and_commit(site.feed)
        assert (await polling.poll_and_commit(site.feed)).articles == ()
    by_url = {one.url: one for one in outcome.articles}
    teaser, whole = by_url[f"{site.base}/teaser"], by_url[f"{site.base}/whole"]
    assert teaser.canonical_url == f"{site.base}/story"
    assert "lock keeper" in teaser.content
    assert teaser.feed_entry.title == "News of /teaser"
    assert teaser.http.status == 200
    assert [path for path, _ in site.asked if path == "/whole"] == []
    assert whole.http.status is None


async def test_robots_txt_closes_pages(site: Site, tmp_path: Path) -> None:
    """A page that robots.txt closes is never asked for; the teaser is sent as it is."""
    site.set_items(("/closed/a", "Read more …"), ("/open/a", "Read more …"))
    site.documents |= {"/robots.txt": "User-agent: *\nDisallow: /closed/", "/open/a": f"<html><p>{LONG}</p></html>"}
    async with open_polling(tmp_path, feeds_full_text="auto") as polling:
        polling.add(site.feed)
        outcome = await polling.poll_and_commit(site.feed)
    assert len(outcome.articles) == 2
    assert {path for path, _ in site.asked} == {"/feed.xml", "/robots.txt", "/open/a"}


async def test_a_page_that_fails_for_now_is_tried_again(site: Site, tmp_path: Path) -> None:
    """An entry waits for its page for two polls, and is sent as a teaser at the third; nothing is lost meanwhile."""
    site.set_items(("/a", "Read more …"))
    site.documents |= {"/robots.txt": 404, "/a": 503}
    site.headers["ETag"] = '"same"'
    async with open_polling(tmp_path, feeds_full_text="auto") as polling:
        polling.add(site.feed)
        sent = [len((await polling.poll_and_commit(site.feed)).articles) for _ in range(4)]
    assert sent == [0, 0, 1, 0]


async def test_a_server_that_keeps_its_etag_is_found_out(site: Site, tmp_path: Path) -> None:
    """After some polls without a change the feed is asked for in full; from then on its ETag is not trusted."""
    site.headers["ETag"] = '"always"'
    site.set_items(("/a", LONG))
    async with open_polling(tmp_path) as polling:
        polling.add(site.feed)
        await polling.poll_and_commit(site.feed)
        site.set_items(("/b", LONG), ("/a", LONG))
        sent = [len((await polling.poll_and_commit(site.feed)).articles) for _ in range(6)]
        site.set_items(("/c", LONG), ("/b", LONG), ("/a", LONG))
        late = await polling.poll_and_commit(site.feed)
    assert sum(sent) == 1
    assert len(late.articles) == 1


async def test_a_feed_that_fails_is_slowed_and_comes_back(site: Site, tmp_path: Path) -> None:
    """Each failure makes the wait longer and keeps what is known; a success brings back the old rhythm."""
    site.set_items(("/a", LONG))
    async with open_polling(tmp_path) as polling:
        polling.add(site.feed)
        await polling.poll_and_commit(site.feed)
        good = site.documents["/feed.xml"]
        site.documents["/feed.xml"] = 404
        waits, feed = [], polling.get(site.feed)
        for _ in range(3):
            await polling.poll_and_commit(site.feed)
            feed = polling.get(site.feed)
            assert feed.last_poll_at is not None
            waits.append((feed.next_poll_at - feed.last_poll_at).total_seconds())
        assert waits[0] < waits[1] < waits[2] < 8 * 86_400
        assert (feed.failures, feed.reason, feed.severity) == (3, "http-404", "permanent")
        site.documents["/feed.xml"] = good
        assert (await polling.poll_and_commit(site.feed)).articles == ()
        feed = polling.get(site.feed)
        assert (feed.failures, feed.reason) == (0, None)


async def test_what_machines_may_do_is_recorded(site: Site, tmp_path: Path) -> None:
    """An opt-out of AI training in the headers is kept with what the feed says of itself."""
    site.set_items(("/a", LONG), extra="<ttl>90</ttl>")
    site.headers |= {"tdm-reservation": "1", "X-Robots-Tag": "noai"}
    async with open_polling(tmp_path) as polling:
        polling.add(site.feed)
        await polling.poll_and_commit(site.feed)
        feed = polling.get(site.feed)
    assert feed.claim is not None
    assert '"no_ai":true' in feed.claim
    assert '"tdm_reserved":true' in feed.claim
