"""Pages that are no articles are refused with a reason; short and odd articles are not."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.extract.article import extract_article
from pipeline.extract.not_article import PageFacts, find_refusal
from schemas.article import RawArticle
from schemas.errors import NotAnArticle

PROSE = "The ferry left Sandwick at six and was late, the council said on Monday. "
STORY: dict[str, Any] = {
    "title": "Ferry is late",
    "body": PROSE * 5,
    "body_weight": 300,
    "prose_lines": 3,
    "headline_links": 0,
    "headline_link_weight": 0,
    "is_marked": False,
    "kinds": (),
    "url": "https://a.example/ferry",
    "status": 200,
}


def _refusal(**changes: object) -> str | None:
    return find_refusal(PageFacts(**{**STORY, **changes}))


def test_story_is_not_refused() -> None:
    """A page with some prose is an article."""
    assert _refusal() is None


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"status": 404}, "404"),
        ({"title": "Page not found"}, "error page"),
        ({"title": "Seite nicht gefunden"}, "error page"),
        ({"title": "403 Forbidden"}, "error page"),
        ({"title": "Just a moment..."}, "error page"),
        ({"body": "Cookies partners consent vendors tracking cookies " * 3}, "consent"),
        ({"url": "https://a.example/"}, "home"),
        ({"url": "https://a.example/index.html"}, "home"),
        ({"headline_links": 40, "headline_link_weight": 2000, "prose_lines": 1}, "section"),
        ({"body": "", "body_weight": 0}, "no text"),
        ({"body_weight": 60}, "too little"),
    ],
)
def test_reason_is_said(changes: dict[str, object], word: str) -> None:
    """The sentence names what the page is."""
    refusal = _refusal(**changes)
    assert refusal is not None
    assert word in refusal
    assert refusal.endswith(".")


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "404 ferries sold", "body_weight": 2000},
        {"title": "Why cookies crumble", "body": "A baker explains why cookies crumble. " * 20},
        {"body_weight": 60, "is_marked": True},
        {"headline_links": 60, "headline_link_weight": 250},
        {"url": "https://a.example/?p=123"},
    ],
)
def test_lookalikes_are_not_refused(changes: dict[str, object]) -> None:
    """An article about errors or cookies, a marked flash, one with many links below it, and old addresses pass."""
    assert _refusal(**changes) is None


def test_bytes_are_no_page(raw_page: Callable[..., RawArticle]) -> None:
    """A blank page and a picture served as HTML are refused with a sentence."""
    for content in ("", " \n\t", "\x00\x00", "\ufffdPNG\r\n\x1a\n\x00\x00IHDR"):
        with pytest.raises(NotAnArticle) as caught:
            extract_article(raw_page(content, url="https://a.example/x"))
        assert caught.value.detail.endswith(".")
