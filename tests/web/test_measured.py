"""What Prometheus reads of the site: every request by route and status, refusals too, nothing of what was asked."""

import re
from dataclasses import replace
from pathlib import Path

import httpx

from pipeline.metrics import Metrics
from pipeline.web.site import Site
from tests.web.serving import serve

TOKEN = "a-token-for-readers"  # noqa: S105 - of a server that lives for one test


def read(client: httpx.Client) -> dict[str, float]:
    """Return the samples of /metrics by name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_requests_are_counted(site: Site) -> None:
    """Pages and errors count by route and status, searches by whether they found anything; times add up."""
    with serve(replace(site, metrics=Metrics())) as address, httpx.Client(base_url=address) as client:
        for path in ("/", "/?q=odette", "/search.json?q=zeppelin", "/articles/none", "/no/such/page", "/search.csv"):
            client.get(path)
        found = read(client)
    requests = {name: value for name, value in found.items() if name.startswith("newswire_requests_total")}
    expected = {("/", 200): 2, ("/search.json", 200): 1, ("/articles/{article_id}", 404): 1, ("none", 404): 1}
    for (route, status), count in (expected | {("/search.csv", 200): 1}).items():
        assert requests[f'newswire_requests_total{{route="{route}",stage="serve",status="{status}"}}'] == count
    assert found['newswire_request_seconds_count{route="/",stage="serve"}'] == 2
    assert found['newswire_request_seconds_sum{route="/",stage="serve"}'] >= 0
    assert found['newswire_searches_total{result="found",stage="serve"}'] == 2
    assert found['newswire_searches_total{result="nothing",stage="serve"}'] == 1
    assert found['newswire_requests_in_flight{stage="serve"}'] == 1, "this one"
    assert not re.search("zeppelin|odette", " ".join(found)), "what people look for is nobody's business"


def test_metrics_are_as_private_as_the_pages(site: Site, tmp_path: Path) -> None:
    """With a token set, /metrics asks for it, and says whom it has refused."""
    settings = site.settings.model_copy(update={"web_token": TOKEN, "data_dir": tmp_path})
    with serve(replace(site, settings=settings, metrics=Metrics())) as address:
        with httpx.Client(base_url=address) as stranger:
            assert stranger.get("/metrics").status_code == 401
            assert stranger.get("/", headers={"Host": "evil.example"}).status_code == 421
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            found = read(client)
    assert found['newswire_requests_refused_total{reason="no-token",stage="serve"}'] == 1
    assert found['newswire_requests_refused_total{reason="unknown-host",stage="serve"}'] == 1
    assert found['newswire_requests_total{route="none",stage="serve",status="401"}'] == 1
