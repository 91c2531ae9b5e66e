"""Pages that mean harm: huge, deep, endless, and the time that they may cost."""

import time
from collections.abc import Callable

import pytest

from pipeline.extract.article import extract_article
from schemas.article import RawArticle
from schemas.errors import BAD_INPUT, Rejected
from tests.extract.test_invariants import PROSE, check, check_invariant

MAX_SECONDS = 20.0
"""Far above what any of these needs on an idle machine; a runaway needs minutes."""
ARTICLE = f"<h1>Ferry late</h1><p>{PROSE}</p><p>{PROSE}{PROSE}</p>"
PAGES = {
    "deep": "<div>" * 30_000 + ARTICLE,
    "deep inline": "<b><i>" * 20_000 + ARTICLE,
    "never closed": "<p>" * 50_000 + ARTICLE,
    "many attributes": "<p " + " ".join(f"a{number}='x'" for number in range(20_000)) + ">" + ARTICLE,
    "one endless line": "<p>" + "word " * 200_000 + "</p>" + ARTICLE,
    "one endless word": "<p>" + "A" * 500_000 + "</p>" + ARTICLE,
    "many links": "".join(f"<a href='/{n}'>A headline of some words, number {n}</a>" for n in range(8_000)) + ARTICLE,
    "many tables": "<table><tr><td>" * 2_000 + ARTICLE,
    "nested json": f"<script type='application/ld+json'>{'[' * 50_000}</script>{ARTICLE}",
    "json of many objects": "<script type='application/ld+json'>"
    + '{"@type":"NewsArticle"}' * 20_000
    + f"</script>{ARTICLE}",
    "entities": "&amp;" * 100_000 + ARTICLE,
    "class of a megabyte": f"<div class='{'promo ' * 150_000}'>{ARTICLE}</div>",
}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_hostile_page_costs_little(name: str, raw_page: Callable[..., RawArticle]) -> None:
    """A page built to exhaust us is read or refused within a bounded time."""
    started = time.process_time()
    check(raw_page(f"<html><body>{PAGES[name]}</body></html>"))
    assert time.process_time() - started < MAX_SECONDS


@pytest.mark.parametrize("content_type", ["html", "text"])
def test_too_long_is_bad_input(
    content_type: str, raw_page: Callable[..., RawArticle], raw_text: Callable[..., RawArticle]
) -> None:
    """What exceeds the size of any message is refused before it is read."""
    make = raw_page if content_type == "html" else raw_text
    with pytest.raises(Rejected) as caught:
        extract_article(make("x" * 4_000_001))
    assert caught.value.reason == BAD_INPUT


def test_text_of_endless_lines(raw_text: Callable[..., RawArticle]) -> None:
    """A plain text of one huge line, or of very many lines, is read in a bounded time."""
    started = time.process_time()
    for content in ("(" * 400_000, "By A " * 100_000, "a\n" * 200_000, f"{PROSE}\n\n" * 3_000):
        check_invariant(extract_article(raw_text(content + "\n\n" + PROSE)))
    assert time.process_time() - started < MAX_SECONDS


def test_encoding_declarations_do_not_matter(raw_page: Callable[..., RawArticle]) -> None:
    """The content is decoded already: what a page says about its charset must not garble it."""
    page = "<?xml version='1.0' encoding='iso-8859-1'?><html><head><meta charset='windows-1251'></head><body>"
    article = extract_article(raw_page(page + ARTICLE.replace("winter", "hiver à Genève") + "</body></html>"))
    assert "hiver à Genève" in article.text
