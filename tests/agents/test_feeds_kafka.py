"""From a list of feeds to search results on a real Kafka and Elasticsearch, from the outside; each article once."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.feed_farm import running_farm
from pipeline.log.tools import read_topic
from schemas.topics import RAW
from tests.faults.installation import Installation, wait_until

OPML = """<?xml version="1.0" encoding="ISO-8859-1"?>
<opml version="1.1"><head><title>Harbours & quays</title></head><body><outline text="Harbours">
{}</outline><outline text="closed" type="rss" xmlUrl=""/></body></opml>
"""
"""As many readers write it: the ampersand makes it no XML."""


@pytest.mark.timeout(240)
def test_polled_articles_are_found(bare_installation: Installation, tmp_path: Path) -> None:
    """A list is imported and polled, twice; the workers make every article searchable, and none is sent twice."""
    settings = {
        "NEWSWIRE_FETCH_ALLOW_LOOPBACK": "true",
        "NEWSWIRE_FETCH_HOST_DELAY_S": "0",
        "NEWSWIRE_FEEDS_FIRST_ITEMS": "1",
    }
    here = replace(bare_installation, variables=bare_installation.variables | settings)
    here.set_up()
    log = here.open_log()
    with running_farm(4, 1000.0) as farm, here.start("enrich") as enrich, here.start("index") as index:
        outlines = "".join(f'<outline type="rss" text="Quay" xmlUrl="{farm.url(host)}"/>\n' for host in farm.hosts)
        path = tmp_path / "subscriptions.opml"
        path.write_text(OPML.format(outlines), encoding="latin-1")
        imported = here.newswire("feeds", "import", path, "--json")
        assert json.loads(imported.stdout)["added"] == 4, imported.stderr
        for _ in range(2):
            polled = here.newswire("feeds", "run", "--once", "--all", "--json")
            assert polled.returncode == 0, polled.stderr
        assert len(list(read_topic(log, RAW.name))) == 4
        enrich.wait_ready()
        index.wait_ready()

        def found() -> int:
            asked = here.newswire("search", '"whole text of the page"', "--copies", "--limit", "1", "--json")
            return int(json.loads(asked.stdout)["total"]) if asked.returncode == 0 else 0

        wait_until(lambda: found() == 4, 90, lambda: f"{found()} of 4 articles were found")
    log.close()
