"""The pages in a real browser: accessible, usable by keyboard, narrow, without JavaScript, in the dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # ships no types
from playwright.sync_api import Browser, Page

from tests.web.newsroom import all_pages

TIMEOUT_MS = 15_000

pytestmark = pytest.mark.xdist_group("browser")
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


@pytest.fixture(scope="module")
def axe() -> Axe:
    """The accessibility rules."""
    return Axe()


def describe(results: object) -> list[str]:
    """Return each violation with the first element that it was found in."""
    found = getattr(results, "response", {}).get("violations", [])
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]


@pytest.mark.parametrize("path", all_pages())
def test_everyone_can_use_it(page: Page, axe: Axe, path: str) -> None:
    """axe-core finds nothing, in the dark neither; at 320 pixels nothing is scrolled sideways (WCAG 1.4.10)."""
    page.emulate_media(color_scheme="light")
    page.goto(path)
    assert describe(axe.run(page, options=RULES)) == []
    page.emulate_media(color_scheme="dark")
    assert describe(axe.run(page, options={"runOnly": ["color-contrast"]})) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_by_keyboard_alone(page: Page) -> None:
    """From an empty page to an article and back with keys: search, next result, open."""
    page.goto("/trends")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("odette rivermouth")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=odette*")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('.hit-title') !== null")
    page.keyboard.press("Enter")
    page.wait_for_url("**/articles/*")
    assert "Rivermouth" in page.inner_text("h1")


def test_keys_can_be_switched_off(page: Page) -> None:
    """Single keys do nothing once they are switched off, on the next page either (WCAG 2.1.4)."""
    page.goto("/?q=odette")
    page.click("#keys-switch")
    page.goto("/?q=storm")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    assert page.inner_text("#keys-switch") == "Turn keys on"
    page.click("#keys-switch")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "A"


def test_letters_in_the_search_field_are_letters(page: Page) -> None:
    """Typing j, k and / into a field types them."""
    page.goto("/")
    page.focus("#q")
    page.keyboard.type("j/k")
    assert page.input_value("#q") == "j/k"


def test_without_javascript(browser: Browser, address: str) -> None:
    """Searching, narrowing, choosing dates and reading need no script."""
    with browser.new_context(base_url=address, java_script_enabled=False) as context:
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        page.goto("/")
        page.fill("#q", "odette")
        page.click(".search-line button")
        assert "4 articles" in page.inner_text(".count")
        page.click(".facet summary >> text=Languages")
        page.click(".facet a:has-text('German')")
        assert "1 article" in page.inner_text(".count")
        assert "German" in page.inner_text(".chips")
        page.click(".chips a")
        assert "4 articles" in page.inner_text(".count")
        page.click(".numbers summary")
        page.click(".numbers tbody a >> nth=0")
        assert "published" in page.inner_text(".chips")
        page.click(".hit-title a >> nth=0")
        assert page.locator(".text .name").count() > 0
        assert not page.locator("#keys").is_visible()


def test_dates_in_the_readers_zone(browser: Browser, address: str) -> None:
    """Times are shown in the reader's zone, with the original one on hover."""
    with browser.new_context(base_url=address, timezone_id="Asia/Tokyo", locale="en-GB") as context:
        page = context.new_page()
        page.goto("/?q=odette&lang=de")
        shown = page.locator(".hit time")
        assert shown.inner_text() == "19 May 2024, 21:00"
        assert (shown.get_attribute("title") or "").strip() == "19 May 2024, 12:00 UTC"


def test_screen_reader_names(page: Page) -> None:
    """Landmarks, fields and chosen facets have names that make sense when read out."""
    page.goto("/?q=odette&lang=en")
    assert page.get_by_role("searchbox", name="Search all articles").count() == 1
    assert page.get_by_role("status").inner_text().startswith("3 articles")
    assert page.get_by_role("link", name="language English , remove this filter").count() == 1
    assert page.get_by_role("navigation", name="Site").count() == 1
    assert page.get_by_role("complementary", name="Narrow the results").count() == 1


def test_weight(page: Page) -> None:
    """A page with its style and script weighs less than 150 KB."""
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto("/?q=odette", wait_until="networkidle")
    assert len(sizes) >= 3
    assert sum(sizes) < 150_000
