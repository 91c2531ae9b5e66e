"""A real Chromium before a real server: `make browser` installs it; without it the tests skip, and in CI they fail."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from pipeline.web.site import Site
from tests.web.newsroom import open_site
from tests.web.serving import serve

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT_MS = 30_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window; ended with its module, because its event loop keeps others from running."""
    program = next((path for name in _PROGRAMS if (path := shutil.which(name))), None)
    if program is None:
        reason = "needs Chromium: `make browser` installs it on Debian as root"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        # Chromium's own sandbox needs rights that containers seldom give; only our own pages are opened.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site over the newsroom."""
    site = open_site(tmp_path_factory.mktemp("site"))
    yield site
    site.index.close()
    site.open_log().close()


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    """The address of a server of the site."""
    with serve(site) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A tab with nothing in it; a page that logs an error, or breaks the content policy, fails the test."""
    faults: list[str] = []
    with browser.new_context(base_url=address, viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        yield page
    assert [fault for fault in faults if "404 (Not Found)" not in fault] == []
