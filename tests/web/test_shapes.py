"""The pure parts of the pages: addresses, buckets, texts with marks, differences."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.article_text import build_blocks
from pipeline.web.charts import HEIGHT, WIDTH, build_chart
from pipeline.web.differences import compare_texts
from pipeline.web.histogram import MAX_BARS, fit_buckets
from pipeline.web.links import SearchLinks, search_link
from pipeline.web.params import SearchParams, read_params
from schemas.annotations import Quote, QuoteKind, Zone, ZoneKind
from schemas.query import HistogramBucket, Interval
from tests.index.making import make_article
from tests.web.newsroom import LINES, lines, named, storm

START = datetime(2024, 1, 1, tzinfo=UTC)


def test_addresses_read_back() -> None:
    """What a search writes into an address is what it reads from it."""
    params = SearchParams(q="a & b", lang=["de", "en"], since="7d", copies=True, sort="newest", at=START)
    assert read_params(params.pairs()).params == params


def test_selecting_twice_takes_it_away() -> None:
    """A facet's link adds its value, and takes it away where it is selected; the page begins anew."""
    params = SearchParams(q="a", cursor="x")
    assert SearchLinks(params).toggled("lang", "de") == "/?q=a&lang=de"
    assert SearchLinks(SearchParams(q="a", lang=["de", "en"])).toggled("lang", "de") == "/?q=a&lang=en"
    assert search_link(params, "csv") == "/search.csv?q=a"


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=40)), max_size=8))
def test_any_address_is_read(pairs: list[tuple[str, str]]) -> None:
    """Whatever an address holds, there is a search in it."""
    reading = read_params([*pairs, ("limit", pairs[0][1] if pairs else "x"), ("lang", "y" * 600)])
    assert isinstance(reading.params, SearchParams)


@given(st.lists(st.integers(0, 9000), min_size=1, max_size=60, unique=True))
def test_no_article_is_lost_in_a_chart(days: list[int]) -> None:
    """However wide the buckets, the counts add up, and there are no more bars than fit."""
    buckets = [HistogramBucket(start=START + timedelta(days=day), count=1) for day in sorted(days)]
    fitted, _ = fit_buckets(buckets, Interval.DAY)
    assert sum(bucket.count for bucket in fitted) == len(days)
    assert len(fitted) <= MAX_BARS


def test_bars_stay_in_the_box() -> None:
    """Bars stand within the chart, the highest one fills it, and the smallest can be seen."""
    buckets = [HistogramBucket(start=START + timedelta(days=day), count=10**day) for day in range(5)]
    chart = build_chart(buckets, Interval.DAY, lambda start, end: f"/{start:%d}-{end:%d}")
    assert max(bar.height for bar in chart.bars) == HEIGHT
    assert min(bar.height for bar in chart.bars) >= 1
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH for bar in chart.bars)
    assert chart.bars[0].href == "/01-02"


def test_marks_stand_where_they_belong() -> None:
    """Names within a quote are both; the headline is not repeated; every zone says what it is."""
    blocks = build_blocks(storm("x", "Storm Odette cuts power in Rivermouth", LINES, 0))
    assert [block.kind for block in blocks] == ["byline", "dateline", "body", "body", "reprint-notice"]
    assert [block.label for block in blocks] == ["byline", "dateline", None, None, "reprint notice"]
    quoted = [run for block in blocks for run in block.runs if run.quote]
    assert [(run.pieces[0].text, run.speaker) for run in quoted] == [("“We stayed in,”", "Ida Lund")]
    names = [piece.text for block in blocks for run in block.runs for piece in run.pieces if piece.named]
    assert names == ["Rivermouth", "Ida Lund"]


spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6)


@given(spans, spans, st.text(alphabet="ab \n", max_size=50))
def test_nothing_of_a_text_is_lost(zones: list[tuple[int, int]], quotes: list[tuple[int, int]], text: str) -> None:
    """Whatever zones and quotes claim, every letter of the text is shown once, in order."""
    article = make_article(
        "x",
        "Title",
        text,
        zones=tuple(Zone(start=a, end=b, kind=ZoneKind.CAPTION, rule="r") for a, b in zones),
        quotes=tuple(Quote(start=a, end=b, text="q", kind=QuoteKind.DIRECT) for a, b in quotes),
        entities=[named(text, "ab", "PERSON")],
    )
    shown = "".join(piece.text for block in build_blocks(article) for run in block.runs for piece in run.pieces)
    assert "".join(shown.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("first", "other", "kept"), [("A b. C d.", "C D! a b", 1.0), ("A b. C d.", "", 0.0), ("", "New.", 1.0)]
)
def test_differences(first: str, other: str, kept: float) -> None:
    """Order, case and signs make no difference; what is left out does."""
    assert compare_texts(first, other).kept == kept


def test_lines_build_zones() -> None:
    """The newsroom's own texts have zones that fit them."""
    text, zones = lines(*LINES)
    assert text[zones[3].start : zones[3].end].startswith("Storm Odette tore")
