"""What holds for every input: the zones' invariant, and that nothing but a rejection is ever raised."""

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.evaluate.gold_file import read_gold
from pipeline.extract.article import extract_article
from pipeline.extract.extracted import ExtractedArticle
from schemas.annotations import ZoneKind
from schemas.article import RawArticle
from schemas.errors import Rejected

SPLIT_KINDS = {ZoneKind.DATELINE, ZoneKind.CREDIT}
PROSE = (
    "The ferry left Sandwick at six and was late, the council said on Monday. “It is winter,” a deckhand explained. "
)
# Pieces that markup, furniture and broken writing are made of, so that random pages are pages.
FRAGMENTS = (
    "<p>", "</p>", "<div class='byline'>", "</div>", "<h1>", "</h1>", "<article>", "<table><tr><td>", "<br>",
    "<figcaption>", "<script type='application/ld+json'>", '{"@type":"NewsArticle","datePublished":"', "</script>",
    "<!--", "]]>", "&shy;", "<a href='//x'>", "&#0;", "&#xd800;", "&nbsp;", "\u0301", "\u00ad", "\u202e", "\x00",
    "\x0b",
    "(Photo: A B)", "© 2026", "LONDON (AP) — ", "By Ada Holm", "Read more: ", "Sign up for our newsletter", PROSE,
    "中文字符没有空格。", "\n\n", "<time datetime='9999-12-31'>",
)  # fmt: skip
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check_invariant(article: ExtractedArticle) -> None:
    """Zones in order, without overlap, over every non-blank character, line by line; the text is clean."""
    text = article.text
    assert unicodedata.is_normalized("NFC", text)
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in text if char != "\n")
    assert "\u00ad" not in text
    assert all(line == " ".join(line.split()) and line for line in text.split("\n"))
    position = 0
    for zone in article.zones:
        assert zone.start < zone.end <= len(text)
        assert not text[position : zone.start].strip()
        assert zone.start >= position
        assert "\n" not in text[zone.start : zone.end]
        assert text[zone.start : zone.end] == text[zone.start : zone.end].strip()
        position = zone.end
    assert not text[position:].strip()
    for _, zones in _by_line(article):
        kinds = [kind for kind in zones if kind not in SPLIT_KINDS]
        assert len(kinds) <= 1
        assert ZoneKind.DATELINE not in zones[1:]
        assert ZoneKind.CREDIT not in zones[:-1]
    assert article.title
    assert any(zone.kind is ZoneKind.BODY for zone in article.zones)


def _by_line(article: ExtractedArticle) -> Iterator[tuple[str, list[ZoneKind]]]:
    start = 0
    for line in article.text.split("\n"):
        end = start + len(line)
        yield line, [zone.kind for zone in article.zones if start <= zone.start < end]
        start = end + 1


def extracted(raw: RawArticle) -> ExtractedArticle | Rejected:
    """Return the article, or the rejection; any other error is a fault of ours and goes on."""
    try:
        return extract_article(raw)
    except Rejected as error:
        return error


def check(raw: RawArticle) -> None:
    """Check that an input gives an article that keeps the invariant, or a rejection that says why."""
    found = extracted(raw)
    if isinstance(found, Rejected):
        assert found.detail.endswith(".")
    else:
        check_invariant(found)


@SETTINGS
@given(content=st.text(max_size=400))
def test_any_text(content: str, raw_text: Callable[..., RawArticle]) -> None:
    """Any text gives an article that keeps the invariant, or a rejection with a sentence."""
    check(raw_text(content.encode("utf-8", "ignore").decode()))


@SETTINGS
@given(parts=st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=12), max_size=40))
def test_any_text_of_news_fragments(parts: list[str], raw_text: Callable[..., RawArticle]) -> None:
    """The same for texts made of datelines, credits, promotion and odd characters."""
    check(raw_text("\n".join(parts).encode("utf-8", "ignore").decode()))


@SETTINGS
@given(content=st.binary(max_size=600))
def test_any_bytes_as_page(content: bytes, raw_page: Callable[..., RawArticle]) -> None:
    """Bytes that are no page at all are refused, never an error of ours."""
    check(raw_page(content.decode("utf-8", "replace")))


@SETTINGS
@given(parts=st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=12), max_size=60), again=st.integers(1, 4))
def test_any_page_of_fragments(parts: list[str], again: int, raw_page: Callable[..., RawArticle]) -> None:
    """Broken markup in any order gives an article that keeps the invariant, or a rejection."""
    page = "".join(parts * again).encode("utf-8", "ignore").decode()
    check(raw_page(f"<html><body>{page}<p>{PROSE * 3}</p></body></html>", url="https://a.example/2026/11/03/x"))


@SETTINGS
@given(
    claim=st.text(max_size=40),
    title=st.text(max_size=60),
    names=st.lists(st.text(max_size=30), max_size=3),
)
def test_any_record_around_a_text(
    claim: str, title: str, names: list[str], raw_text: Callable[..., RawArticle]
) -> None:
    """Whatever a feed says beside the content, it is evidence and cannot break the reading."""
    entry = {"title": title, "published": claim, "updated": claim, "authors": names, "summary": title, "source": claim}
    clean = {key: _clean(value) for key, value in entry.items()}
    check(raw_text(PROSE * 2, feed_entry=clean, url=_clean(claim), canonical_url=_clean(title), channel="feed"))


def _clean(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "ignore").decode()
    return [_clean(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", ["html_scrapinghub.jsonl.gz", "articles_allsides.jsonl.gz"])
def test_real_articles(
    name: str, shared_dir: Path, raw_page: Callable[..., RawArticle], raw_text: Callable[..., RawArticle]
) -> None:
    """Real pages and texts keep the invariant too, and none of them is refused."""
    for record in read_gold(shared_dir / "data" / name, 60):
        page = record.get("html")
        raw = (
            raw_page(page, url=record["url"])
            if page
            else raw_text(record["text"], feed_entry={"title": record["title"]})
        )
        check_invariant(extract_article(raw))
