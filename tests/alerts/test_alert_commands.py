"""`newswire alerts` from the outside: save, test, pause, resume, remove; and an alert of articles that are ingested."""

import json
from pathlib import Path

import pytest

from tests.alerts.receivers import running_hook
from tests.cli.conftest import Newswire, newswire

__all__ = ["newswire"]  # the fixture, for this folder too

SETTINGS = {
    "NEWSWIRE_ALERTS_SECRET": "a secret of the tests",
    "NEWSWIRE_ALERTS_ALLOW_LOOPBACK": "true",
    "NEWSWIRE_MODELS": "",
    "NEWSWIRE_PROCESSES": "1",
}


def test_a_saved_search_from_first_to_last(newswire: Newswire) -> None:
    """A search is saved, listed, tested, paused, resumed and removed; a test says who could not be told."""
    with running_hook() as hook:
        saved = newswire("alerts", "add", "ferries", "ferry OR", "--webhook", hook.url, "--json", **SETTINGS)
        assert "OR needs something" in saved.err
        key = saved.json["search_id"]
        assert newswire("alerts", "add", "Ferries", "x").code == 1
        assert newswire("alerts", "test", "ferries", **SETTINGS).code == 0
        hook.answers = [404]
        failed = newswire("alerts", "test", key, "--json", **SETTINGS)
        assert (failed.code, json.loads(failed.out)[0]["error"]) == (1, "the webhook answered 404: said <b>so</b>")
        assert {json.loads(body)["type"] for _, body in hook.got} == {"test"}
    unsigned = newswire("doctor").out  # without the secret that it was saved with
    assert "FAIL  alerts" in unsigned
    assert "ferries: " in unsigned
    assert newswire("alerts", "pause", "ferries").code == 0
    assert newswire("alerts", "list", "--json").json[0]["paused"] is True
    assert newswire("alerts", "resume", key).code == 0
    shown = newswire("alerts", "show", "ferries").out
    assert "ferry OR" in shown
    assert "paused" not in shown
    assert newswire("alerts", "remove", "ferries").code == 0
    assert newswire("alerts", "show", "ferries").code == 1


def test_wrong_use_is_named(newswire: Newswire) -> None:
    """Addresses inside, no secret, no mail server and unknown watches are refused before anything is saved."""
    for arguments, why in (
        (("--webhook", "http://127.0.0.1/"), "ALERTS_ALLOW_LOOPBACK"),
        (("--mail", "ida@b.example"), "NEWSWIRE_SMTP_HOST"),
        (("--watch", "moon"), "none of search, sources, pipeline"),
    ):
        done = newswire("alerts", "add", "x", "ferry", *arguments)
        assert (done.code, why in done.err) == (2, True), done.err
    assert newswire("alerts", "list", "--json").json == []


@pytest.mark.slow
def test_ingested_articles_raise_alerts(newswire: Newswire, tmp_path: Path) -> None:
    """Of what is ingested after a search was saved, each story it finds is told once, by webhook and file."""
    line = {
        "title": "Ferry aground",
        "text": "The ferry ran aground at Quay Bay on Monday. " * 12,
        "source": "Quay Post",
    }
    copies = [line | {"url": f"https://paper{n}.example/ferry", "source": f"Paper {n}"} for n in range(4)]
    other = {
        "title": "Bread",
        "text": "The price of bread rose again this week, bakers said. " * 9,
        "url": "https://b.example/",
    }
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(one) for one in [*copies[:1], other]))
    (tmp_path / "b.jsonl").write_text("\n".join(json.dumps(one) for one in copies[1:]))
    with running_hook() as hook:
        assert newswire("alerts", "add", "ferries", "ferry", "--webhook", hook.url, "--file", **SETTINGS).code == 0
        for name in ("a.jsonl", "b.jsonl"):
            assert newswire("ingest", tmp_path / name, **SETTINGS).code == 0
        (payload,) = [json.loads(body) for _, body in hook.got]
    assert (payload["type"], payload["title"]) == ("story", "Ferry aground")
    (alert,) = newswire("alerts", "show", "ferries", "--json").json["alerts"]
    assert {one["state"] for one in alert["deliveries"]} == {"sent"}
    (file,) = (tmp_path / "data" / "alerts").iterdir()
    assert json.loads(file.read_text())["id"] == payload["id"] == alert["alert_id"]
