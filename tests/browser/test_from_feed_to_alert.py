"""An empty machine, a browser, a list of feeds: articles appear by themselves, and one alert comes for a story."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.alerts.receivers import Hook, running_hook
from tests.cli.conftest import run_newswire
from tests.fetch.press import Press, running_press

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]
PATIENCE_S = 120.0
SETTINGS = {
    "NEWSWIRE_ALERTS_SECRET": "a secret of the tests",
    "NEWSWIRE_ALERTS_ALLOW_LOOPBACK": "true",
    "NEWSWIRE_FETCH_ALLOW_LOOPBACK": "true",
    "NEWSWIRE_FETCH_HOST_DELAY_S": "0",
    "NEWSWIRE_FEEDS_MIN_INTERVAL_S": "2",
    "NEWSWIRE_FEEDS_MAX_INTERVAL_S": "4",
    "NEWSWIRE_MODELS": "",
    "NEWSWIRE_PROCESSES": "1",
    "NEWSWIRE_WEB_PORT": "0",
}


@pytest.fixture(scope="module")
def press(repository: Path) -> Iterator[Press]:
    """The seeds' feeds and the papers."""
    with running_press(repository) as press:
        yield press


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Who is told."""
    with running_hook() as hook:
        yield hook


@pytest.fixture
def running(tmp_path: Path) -> Iterator[str]:
    """`newswire run` in an empty folder; gives the address of its pages."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("NEWSWIRE_")}
    environ |= {"NEWSWIRE_DATA_DIR": str(tmp_path / "data"), **SETTINGS}
    said = tmp_path / "run.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "newswire"), "run"], env=environ, stdout=log, stderr=log, cwd=tmp_path
        )
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not (found := re.search(r"on (http://127\.0\.0\.1:\d+)/", said.read_text("utf-8"))):
            assert process.poll() is None, said.read_text("utf-8")
            assert time.monotonic() < deadline, said.read_text("utf-8")
            time.sleep(0.1)
        yield found[1]
        process.terminate()
        assert process.wait(40) == 0, said.read_text("utf-8")
    finally:
        process.kill()
        process.wait()


def reload_until(page: Page, selector: str) -> None:
    """Load the page again and again, as an impatient reader would, until something is on it."""
    deadline = time.monotonic() + PATIENCE_S
    while page.locator(selector).count() == 0:
        assert time.monotonic() < deadline, page.inner_text("main")
        page.wait_for_timeout(500)
        page.reload()


def test_from_an_empty_machine_to_one_alert(
    browser: Browser, running: str, press: Press, hook: Hook, tmp_path: Path
) -> None:
    """A reader saves a search, without JavaScript; feeds are imported; articles appear, and one alert is sent, once."""
    with browser.new_context(base_url=running, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        assert "There are no articles yet" in page.inner_text("main")
        page.goto("/?q=ferry+aground")
        page.click("text=Save this search")
        page.click("text=By mail, webhook or file")
        assert page.input_value("#save-q") == "ferry aground"
        page.fill("#save-name", "Groundings")
        page.fill("#save-hook", hook.url)
        page.click("text=Save this search")
        assert "Saved “Groundings”" in page.inner_text("[role=status]")

        done = run_newswire(tmp_path / "data", "feeds", "import", press.list_url, "--json", **SETTINGS)
        assert done.json["added"] == 6, done.err
        page.goto("/?q=%22Quay+Queen%22")
        reload_until(page, ".hit a:has-text('4 in this story')")
        page.goto("/?q=Odette")
        reload_until(page, ".hit")

        page.goto("/alerts")
        reload_until(page, ".alerts li:has-text('sent')")
        page.click(".saved a:has-text('Groundings')")
        assert page.locator(".alerts li").count() == 1
        page.click("text=the whole story")
        assert "4 articles from 4 sources" in page.inner_text(".page-head")
        page.wait_for_timeout(5000)  # two more polls of every feed
        feed = page.request.get(f"{running}/alerts.json").json()
    (payload,) = [json.loads(body) for _, body in hook.got]
    assert payload["title"] == "Ferry Quay Queen aground off Larksand Head"
    assert [one["alert_id"] for one in feed["alerts"]] == [payload["id"]]
