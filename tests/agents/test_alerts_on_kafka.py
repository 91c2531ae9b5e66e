"""From feeds to one alert on a real Kafka and a real Elasticsearch, through a kill of the worker that sends it."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.delivery.limits import EXIT_OK
from pipeline.roles import ROLES
from tests.agents.test_pipeline import count_waiting
from tests.alerts.receivers import running_hook
from tests.faults.installation import Installation, wait_until
from tests.fetch.press import running_press

WORK_S = 120.0
SETTINGS = {
    "NEWSWIRE_ALERTS_SECRET": "a secret of the tests",
    "NEWSWIRE_ALERTS_ALLOW_LOOPBACK": "true",
    "NEWSWIRE_FETCH_ALLOW_LOOPBACK": "true",
    "NEWSWIRE_FETCH_HOST_DELAY_S": "0",
}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_from_feeds_to_one_alert(bare_installation: Installation, repository: Path) -> None:
    """A story with four copies raises one alert: sent when its receiver is back, by another worker than raised it."""
    here = bare_installation
    here.variables.update(SETTINGS)
    here.set_up()
    with running_hook() as gone:
        port = int(gone.url.rpartition(":")[2].partition("/")[0])
    with ExitStack() as stack:
        press = stack.enter_context(running_press(repository))
        log = here.open_log()
        stack.callback(log.close)
        refusing = stack.enter_context(running_hook())
        refusing.answers = [404]
        hooks = ("--webhook", gone.url, "--webhook", refusing.url)
        added = here.newswire("alerts", "add", "Groundings", "ferry aground", *hooks, "--json")
        key = json.loads(added.stdout)["search_id"]
        workers = [stack.enter_context(here.start(role.name)) for role in ROLES]
        for worker in workers:
            worker.wait_ready()
        here.newswire("feeds", "import", press.list_url)
        polled = here.newswire("feeds", "run", "--once", "--all")
        assert polled.returncode == 0, polled.stderr

        def said() -> str:
            return "\n".join(worker.output for worker in workers)

        wait_until(lambda: "alert.postponed" in workers[-1].output, WORK_S, said)
        wait_until(lambda: count_waiting(log) == 0, WORK_S, said)
        workers.pop().kill()
        hook = stack.enter_context(running_hook(port))
        workers.append(stack.enter_context(here.start("alert")).wait_ready())
        wait_until(lambda: hook.got, WORK_S, said)
        shown = json.loads(here.newswire("alerts", "show", key, "--json").stdout)
        letters = json.loads(here.newswire("dead-letters", "list", "--stage", "alert", "--json").stdout)
        found = json.loads(here.newswire("search", '"Quay Queen"', "--json").stdout)
        assert [worker.stop().code for worker in workers] == [EXIT_OK] * len(ROLES), said()
    (payload,) = [json.loads(body) for _, body in hook.got]
    (alert,) = shown["alerts"]
    assert (alert["alert_id"], [one["state"] for one in alert["deliveries"]]) == (payload["id"], ["sent", "failed"])
    assert [one["reason"] for one in letters] == ["alert-refused"]
    assert len(refusing.got) == 1
    assert [(hit["story_id"], hit["story_size"]) for hit in found["hits"]] == [(payload["subject"], 4)]
