"""Structured data: JSON-LD however broken, meta tags, microdata, and hints at who made the article first."""

import json
from collections.abc import Callable

import pytest
from lxml import html

from pipeline.extract.article import extract_article
from pipeline.extract.json_ld import read_json_ld
from pipeline.extract.meta_tags import read_meta, read_microdata
from schemas.article import RawArticle

ARTICLE = {"@type": "NewsArticle", "headline": "Ferry is late", "datePublished": "2026-11-18", "author": "Ada Holm"}
BODY = "".join(f"<p>The ferry left Sandwick at {hour} and was late, the council said.</p>" for hour in range(5, 9))


@pytest.mark.parametrize(
    "script",
    [
        json.dumps(ARTICLE),
        json.dumps([{"@type": "WebSite", "name": "Post"}, ARTICLE]),
        json.dumps({"@graph": [{"@type": "Organization", "name": "Post"}, ARTICLE]}),
        json.dumps({"@type": "WebPage", "mainEntity": ARTICLE}),
        json.dumps(ARTICLE)[:-1] + ",}",
        "<!-- " + json.dumps(ARTICLE) + " -->",
        "/* <![CDATA[ */" + json.dumps(ARTICLE) + "/* ]]> */",
        json.dumps(ARTICLE).replace("Ferry is", "Ferry\nis"),
        json.dumps(ARTICLE) + json.dumps({"@type": "BreadcrumbList"}),
        json.dumps(ARTICLE).replace("NewsArticle", "https://schema.org/NewsArticle"),
    ],
)
def test_article_is_found(script: str) -> None:
    """The article is found at any depth, and common faults of hand-made JSON cost nothing."""
    claims = read_json_ld([script])
    assert claims.is_article
    assert claims.titles == ["Ferry is late"]
    assert claims.published == ["2026-11-18"]
    assert [name.value for name in claims.authors] == ["Ada Holm"]


def test_best_of_several_articles() -> None:
    """Beside teasers of other articles the one that says most is this page's."""
    teaser = {"@type": "Article", "headline": "Another"}
    assert read_json_ld([json.dumps([teaser, ARTICLE, teaser])]).titles == ["Ferry is late"]


@pytest.mark.parametrize("script", ["", "{", "[[[[", '"text"', "42", "null", '{"@type": 3}', "undefined", "{]}"])
def test_broken_beyond_repair(script: str) -> None:
    """What is no JSON claims nothing and breaks nothing."""
    assert not read_json_ld([script]).is_article


def test_paywall() -> None:
    """`isAccessibleForFree` is read as boolean, string and schema.org address."""
    for value, expected in ((False, False), ("False", False), ("http://schema.org/False", False), ("true", True)):
        assert read_json_ld([json.dumps({**ARTICLE, "isAccessibleForFree": value})]).is_free is expected


def test_meta_and_links() -> None:
    """Names of meta tags are read whatever their case and attribute; the canonical link comes before og:url."""
    tree = html.document_fromstring(
        "<html lang='de'><head><META NAME='DC.Date.Issued' CONTENT='2026-11-18'>"
        "<meta property='og:url' content='https://b.example/x'><link rel='canonical' href='https://a.example/x'>"
        "<meta itemprop='datePublished' content='2026-11-17'><meta name='news_keywords' content='a, b,a'>"
        "<meta property='article:content_tier' content='metered'></head><body></body></html>"
    )
    claims = read_meta(tree)
    assert claims.published == ["2026-11-17", "2026-11-18"]
    assert claims.canonical == ["https://a.example/x", "https://b.example/x"]
    assert claims.keywords == ["a", "b"]
    assert claims.language == "de"
    assert claims.is_free is False


def test_microdata_of_readers_comments_is_not_the_articles() -> None:
    """A comment has a date and an author of its own."""
    tree = html.document_fromstring(
        "<div itemscope itemtype='https://schema.org/NewsArticle'>"
        "<time itemprop='datePublished' datetime='2026-11-18'></time>"
        "<div itemtype='https://schema.org/Comment'><span itemprop='author'>Jon Berg</span>"
        "<time itemprop='datePublished' datetime='2026-11-19'></time></div></div>"
    )
    claims = read_microdata(tree)
    assert claims.published == ["2026-11-18"]
    assert claims.authors == []
    assert claims.is_article


def test_hints_at_another_maker(raw_page: Callable[..., RawArticle]) -> None:
    """Canonical link abroad, agency as author, source organisation and feed source are hints; the outlet is none."""
    linked = {
        **ARTICLE,
        "author": {"@type": "Organization", "name": "AFP"},
        "publisher": {"@type": "Organization", "name": "Harbour Post", "url": "https://harbourpost.example"},
        "sourceOrganization": {"name": "Northern Islands Radio"},
    }
    page = (
        "<head><link rel='canonical' href='https://nir.example/ferry'>"
        "<meta property='og:site_name' content='Harbour Post'>"
        f"<script type='application/ld+json'>{json.dumps(linked)}</script></head>"
        f"<body><h1>Ferry is late</h1>{BODY}</body>"
    )
    raw = raw_page(page, url="https://harbourpost.example/ferry", feed_entry={"source": "Islands Wire"})
    assert [(hint.kind, hint.value) for hint in extract_article(raw).source_hints] == [
        ("canonical-link", "https://nir.example/ferry"),
        ("json-ld-source", "Northern Islands Radio"),
        ("author", "AFP"),
        ("feed-source", "Islands Wire"),
    ]


def test_canonical_to_the_front_page_is_a_fault(raw_page: Callable[..., RawArticle]) -> None:
    """A site that calls its front page canonical for every article is not followed."""
    page = f"<head><link rel='canonical' href='https://a.example/'></head><body><h1>Ferry is late</h1>{BODY}</body>"
    assert extract_article(raw_page(page, url="https://a.example/ferry")).canonical_url == "https://a.example/ferry"


def test_microdata_of_teasers_names_no_title(raw_page: Callable[..., RawArticle]) -> None:
    """With several headlines in microdata, a heading that only they confirm may be another story's."""
    card = "<h1 itemprop='headline'><a href='https://other.example/'>Fight for the pier</a></h1>"
    own = "<h2 itemprop='headline'>Ferry is late again</h2>"
    page = (
        f"<html><head><title>Ferry is late again</title></head><body>{card}<article>{own}{BODY}</article></body></html>"
    )
    assert extract_article(raw_page(page)).title == "Ferry is late again"
