"""Saved searches on the site: saved and changed by API and forms, read as feeds, and by nobody else's page."""

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from pipeline.alerts.store import AlertStore
from pipeline.web.site import Site
from tests.alerts.receivers import running_hook
from tests.web.newsroom import open_site
from tests.web.serving import serve


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that may tell webhooks of this machine."""
    site = open_site(tmp_path_factory.mktemp("site"))
    changes = {"alerts_secret": "a secret of the tests", "alerts_allow_loopback": True}
    yield replace(site, settings=site.settings.model_copy(update=changes))
    site.index.close()
    site.open_log().close()


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[httpx.Client]:
    """A client of its server."""
    with serve(site) as address, httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        yield client


def test_a_search_is_saved_paused_tested_and_removed(client: httpx.Client) -> None:
    """The whole life of a saved search by the API; addresses of webhooks are not shown again."""
    with running_hook() as hook:
        new = {"name": "Ferries", "q": "ferry", "lang": ["de"], "webhooks": [hook.url + "?token=t0ken"]}
        saved = client.post("/alerts.json", json=new)
        assert saved.status_code == 200, saved.text
        address = f"/alerts/{saved.json()['search_id']}"
        assert saved.json()["looks_for"] == "ferry, language: de"
        assert client.post(f"{address}/test.json").json()[0]["sent"] is True
        assert len(hook.got) == 1
    assert client.post("/alerts.json", json=new).json()["error"]["message"].startswith("there is a saved search called")
    assert client.patch(f"{address}.json", json={"paused": True}).json()["paused"] is True
    assert client.patch(f"{address}.json", json={"paused": False}).json()["paused"] is False
    assert "t0ken" not in client.get("/alerts.json").text + client.get("/alerts").text + client.get(address).text
    assert client.delete(f"{address}.json").status_code == 200
    assert client.get(f"{address}.json").status_code == client.get(address).status_code == 404


def test_what_cannot_be_saved_says_why(client: httpx.Client) -> None:
    """Bad addresses, missing servers and long names are refused with what to change; nothing is saved."""
    before = client.get("/alerts.json").json()["searches"]
    for new, why in (
        ({"name": "x", "webhooks": ["http://10.0.0.1/"]}, "public internet"),
        ({"name": "x", "mails": ["ida@b.example"]}, "NEWSWIRE_SMTP_HOST"),
        ({"name": " "}, "name"),
        ({"name": "x", "nonsense": 1}, "nonsense"),
    ):
        answer = client.post("/alerts.json", json=new)
        assert answer.status_code in {400, 422}
        assert why in answer.json()["error"]["message"]
    assert client.get("/alerts.json").json()["searches"] == before


def test_forms_save_and_change(client: httpx.Client, site: Site) -> None:
    """A form is answered by a redirect; what is wrong is said, with everything that was filled in."""
    saved = client.post("/alerts", data={"name": "By form", "q": "odette since:7d", "lang": ["en", "de"], "file": "1"})
    assert (saved.status_code, saved.headers["location"][:14]) == (303, "/alerts?saved=")
    assert "Saved “By form”" in client.get(saved.headers["location"]).text
    held = AlertStore(site.index.records).find("By form")
    assert (held.filters, [one.kind for one in held.sinks]) == ({"language": ("en", "de")}, ["file"])
    wrong = client.post("/alerts", data={"name": "Wrong", "q": "kept in the form", "webhooks": "http://10.0.0.1/"})
    assert wrong.status_code == 400
    assert 'role="alert"' in wrong.text
    assert "kept in the form" in wrong.text
    for action in ("pause", "resume"):
        assert client.post(f"/alerts/{held.search_id}/{action}").status_code == 303
        assert AlertStore(site.index.records).find("By form").paused is (action == "pause")
    assert client.post(f"/alerts/{held.search_id}/explode").status_code == 404
    assert "Test to file: sent" in client.post(f"/alerts/{held.search_id}/test").text
    assert client.post(f"/alerts/{held.search_id}/remove").status_code == 303
    assert client.post(f"/alerts/{held.search_id}/remove").status_code == 404


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"name=" + b"x" * 100_000, b"&".join(b"lang=%d" % n for n in range(400))]
)
def test_broken_forms_save_nothing(client: httpx.Client, body: bytes) -> None:
    """A body that is no form, too long or has too many fields is refused and breaks nothing."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/alerts", content=body, headers=headers).status_code == 400


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_another_sites_page_changes_nothing(client: httpx.Client, headers: dict[str, str]) -> None:
    """Forged requests to save, pause, remove and test are refused."""
    key = client.get("/alerts.json").json()["searches"][0]["search_id"]
    answers = [
        client.post("/alerts", data={"name": "Forged"}, headers=headers),
        client.post("/alerts.json", json={"name": "Forged"}, headers=headers),
        client.post(f"/alerts/{key}/remove", headers=headers),
        client.post(f"/alerts/{key}/test.json", headers=headers),
        client.patch(f"/alerts/{key}.json", json={"paused": True}, headers=headers),
        client.delete(f"/alerts/{key}.json", headers=headers),
    ]
    assert {one.status_code for one in answers} == {403}
    held = client.get("/alerts.json").json()["searches"]
    assert [one["paused"] for one in held if one["search_id"] == key] == [False]
    assert "Forged" not in {one["name"] for one in held}


def test_alerts_are_feeds(client: httpx.Client) -> None:
    """Each saved search has an RSS and an Atom feed of its alerts, named by the alerts' ids; hostile text is text."""
    for search in client.get("/alerts.json").json()["searches"]:
        rss = fromstring(client.get(f"/alerts/{search['search_id']}.rss").content)  # noqa: S314 - our own answer
        assert rss.findtext("channel/title") == f"newswire alerts: {search['name']}"
        ids = [item.findtext("guid") for item in rss.iter("item")]
        shown = client.get(f"/alerts/{search['search_id']}.json").json()["alerts"]
        assert ids == [f"urn:newswire:alert:{one['alert_id']}" for one in shown]
        assert all(str(item.findtext("link")).startswith("http://127.0.0.1") for item in rss.iter("item"))
        assert client.get(f"/alerts/{search['search_id']}.atom").status_code == 200
    assert client.get(f"/alerts/{'0' * 16}.rss").status_code == 404


def test_a_search_page_can_be_saved(client: httpx.Client) -> None:
    """The form on a page of results holds its query with the dates written into it, and its filters."""
    html = client.get("/", params={"q": "odette OR storm", "since": "7d", "lang": "en", "sort": "newest"}).text
    form = html[html.index('class="save-line"') :].partition("</form>")[0]
    assert 'name="q" value="(odette OR storm) since:7d"' in form
    assert 'name="lang" value="en"' in form
    assert "newest" not in form
    assert 'class="save-line"' not in client.get("/").text


def test_the_guide_names_what_is_to_be_sent(client: httpx.Client) -> None:
    """The page for people who write programs lists the fields of a search to save, and tells routes of a path apart."""
    html = client.get("/api").text
    assert "<code>every_copy</code>" in html
    assert html.count("Parameters of DELETE /alerts/{search_id}.json") == 1
