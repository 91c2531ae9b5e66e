"""Pages for people: what they show, and that nothing an article says can become markup."""

from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from pipeline.clock import ManualClock
from pipeline.index.tantivy import TantivyIndex
from pipeline.web.site import Site
from tests.index.making import NOW, article_id, days_ago, make_document
from tests.web.newsroom import HOSTILE, all_pages
from tests.web.serving import serve

_LOCAL = ("/", "#")
MAX_PAGE_BYTES = 150_000


class Outline(HTMLParser):
    """What a browser would see of a page: tags with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text += data


@pytest.mark.parametrize("path", all_pages())
def test_pages_are_sound(client: httpx.Client, path: str) -> None:
    """No page can run or load what an article says, whatever it says; each is small and has a heading and a title."""
    answer = client.get(path)
    assert answer.status_code in {200, 404}
    assert len(answer.content) < MAX_PAGE_BYTES
    seen = Outline(answer.text)
    for tag, attributes in seen.tags:
        assert tag not in {"img", "iframe", "object", "embed", "style", "base", "foreignobject"}
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "srcdoc"}]
        if tag == "script":
            assert (attributes.get("src") or "").startswith("/static/")
        for name in ("href", "src", "action"):
            address = attributes.get(name)
            assert address is None or address.startswith(("/", "#", "https://")), address
            if address and address.startswith("https://"):
                assert "noopener" in (attributes["rel"] or "")
    assert [tag for tag, _ in seen.tags].count("h1") == 1
    assert "{{" not in seen.text.replace(HOSTILE, "").replace("{{7*7}}", "")


def test_hostile_text_is_shown_as_text(client: httpx.Client) -> None:
    """What tries to be markup is legible, unchanged, as text."""
    seen = Outline(client.get(f"/articles/{article_id('hostile')}").text)
    assert HOSTILE in seen.text
    assert "javascript:" not in "".join(attributes.get("href") or "" for _, attributes in seen.tags)


def test_search_page_shows_what_was_asked(client: httpx.Client) -> None:
    """Filters are chips that can be taken away, facets are links, and the page says how many there are."""
    page = client.get("/?q=odette&lang=en&since=2024-01-01").text
    seen = Outline(page)
    assert "3 articles" in seen.text
    assert "since 2024-01-01" in seen.text
    assert 'href="/?q=odette&amp;since=2024-01-01"' in page
    assert "<mark>Odette</mark>" in page
    assert 'rel="next"' not in page


def test_mistakes_in_addresses_cost_only_themselves(client: httpx.Client) -> None:
    """A page with a time or number that is none says so, and shows the rest."""
    answer = client.get("/?q=odette&since=whenever&limit=many&sort=upwards&cursor=xyz")
    assert answer.status_code == 200
    text = Outline(answer.text).text
    assert "“limit” could not be read" in text
    assert "4 articles" in text


def test_empty_results_help(client: httpx.Client) -> None:
    """Where nothing matches, the page says how the query was read and what to try."""
    text = Outline(client.get("/?q=xylophonists+quarrel").text).text
    assert "Nothing matches" in text
    assert "xylophonists AND quarrel" in text


def test_a_search_side_that_is_behind_is_no_empty_index(site: Site, tmp_path: Path) -> None:
    """While articles are held but cannot be found yet, the front page says so instead of asking for some."""
    with closing(TantivyIndex(tmp_path, ManualClock(NOW), background=False)) as index:
        index.install()
        index.write([make_document("a"), make_document("b")])
        with serve(replace(site, index=index)) as address:
            behind = httpx.get(f"{address}/", trust_env=False).text
            index.refresh()
            after = httpx.get(f"{address}/", trust_env=False).text
    assert "The index holds 2 articles" in behind
    assert "being made searchable" not in after


def test_article_shows_evidence(client: httpx.Client) -> None:
    """An article page names the origin with its evidence, marks names and quotes, and labels zones."""
    page = client.get(f"/articles/{article_id('a')}").text
    seen = Outline(page)
    assert "Written by The Associated Press" in seen.text
    assert "RIVERMOUTH (AP) —" in seen.text
    assert "reprint notice" in seen.text
    assert any(attributes.get("class") == "name name-person" for _, attributes in seen.tags)
    assert "direct quote by Ida Lund" in page
    assert any(tag == "a" and attributes.get("href") == "https://a.example/storm" for tag, attributes in seen.tags)


def test_languages_are_declared(client: httpx.Client) -> None:
    """Each title stands in its own language, so that it is read out in it."""
    seen = Outline(client.get("/?q=Sturm").text)
    assert any(attributes.get("lang") == "de" for _, attributes in seen.tags)


def test_trends_name_the_rising(client: httpx.Client) -> None:
    """The trends page shows who rose, with the number before; a time without articles says so."""
    assert "Ida Lund" in Outline(client.get("/trends").text).text
    assert "Nothing" in Outline(client.get("/trends?window=24h").text).text


def test_trends_of_another_day(client: httpx.Client) -> None:
    """An empty window leads to the last one that is not; a day that cannot be read is none."""
    empty = client.get(f"/trends?window=24h&until={days_ago(6).date()}").text
    assert f'href="/trends?window=24h&amp;until={days_ago(9).date()}"' in empty
    assert f'value="{days_ago(6).date()}"' in empty
    for nonsense in ("yesterday-ish", "0001-01-01", "9999-99-99"):
        assert "Ida Lund" in Outline(client.get(f"/trends?until={nonsense}").text).text


def test_article_tells_how_it_changed(client: httpx.Client) -> None:
    """The page shows what is gone and new of each version, as text; the JSON twin has the same."""
    path = f"/articles/{article_id('quiet 1')}"
    seen = Outline(client.get(path).text)
    assert "How it changed" in seen.text
    assert HOSTILE in seen.text
    assert {"del", "ins"} <= {tag for tag, _ in seen.tags}
    history = client.get(f"{path}.json").json()["history"]
    assert [version["kind"] for version in history] == ["first", "updated"]
