"""The previews of the dashboards in a real browser: every panel shows what it holds, and everyone can read it."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # ships no types
from playwright.sync_api import Browser

from pipeline.dashboards.shipped import load_boards
from tests.browser.test_pages_in_chromium import RULES, describe
from tests.dashboards.corpus import Corpus, boards, corpus

__all__ = ["boards", "corpus"]

pytestmark = pytest.mark.xdist_group("browser")
BOARDS = list(load_boards())
# What stands in a panel and can be seen: a drawing with shapes in it, rows of a table, a figure, words.
SEEN = """section => {
    const box = section.getBoundingClientRect();
    const inside = [...section.querySelectorAll(
        'svg rect, svg path, svg circle, svg polyline, .cloud *, .metric strong, .scroll tbody tr, .markdown, p, li')]
        .filter(each => !each.closest('.hidden'))
        .map(each => each.getBoundingClientRect())
        .filter(each => each.width + each.height > 0 && each.left < box.right && each.top < box.bottom);
    return inside.length;
}"""
# Writing that a panel's edge cuts off: of drawings and figures, whose panels are as large as they need to be.
CUT = """section => {
    const box = section.getBoundingClientRect();
    return [...section.querySelectorAll('svg text, .metric strong, .metric .small, h2')]
        .map(each => [each.textContent, each.getBoundingClientRect()])
        .filter(([, each]) => each.right > box.right + 1 || each.bottom > box.bottom + 1 || each.left < box.left - 1)
        .map(([text]) => text);
}"""


@pytest.fixture(scope="module")
def pages(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the preview of each dashboard, over the demo corpus."""
    folder = tmp_path_factory.mktemp("previews")
    assert corpus.run("dashboards", "preview", "--all", "--out", folder).code == 0
    return folder


@pytest.mark.parametrize("name", BOARDS)
def test_every_panel_is_seen(browser: Browser, pages: Path, name: str) -> None:
    """No error is logged, nothing is fetched, no panel is empty, no writing is cut off, and axe-core finds nothing."""
    faults: list[str] = []
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.on(
            "console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith("file:") else faults.append(request.url))
        page.goto((pages / f"{name}.html").as_uri())
        panels = page.query_selector_all("section.panel")
        assert {panel.get_attribute("id") for panel in panels} == {panel.id for panel in load_boards()[name].panels}
        assert [panel.get_attribute("id") for panel in panels if not panel.evaluate(SEEN)] == []
        cut = {panel.get_attribute("id"): texts for panel in panels if (texts := panel.evaluate(CUT))}
        assert cut == {}
        axe = Axe()
        assert describe(axe.run(page, options=RULES)) == []
        page.emulate_media(color_scheme="dark")
        assert describe(axe.run(page, options={"runOnly": ["color-contrast"]})) == []
    assert faults == []
