"""What the engine is known to do badly must not reach anybody: each trap, through the index."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tantivy import Document, Filter, Index, Query, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

from pipeline.clock import SystemClock
from pipeline.index.base import IndexDocument
from pipeline.index.tantivy import TantivyIndex
from pipeline.index.tantivy_counts import aggregate, read_dates
from pipeline.search.parse import parse
from schemas.query import Interval, SearchPage, SearchQuery, Sort
from tests.index.making import NOW, article_id, days_ago, make_document


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TantivyIndex]:
    """An index of three articles that the tests only read."""
    index = TantivyIndex(tmp_path_factory.mktemp("traps"), SystemClock(), background=False)
    index.install()
    texts = ["flood water 選挙", "Élan covid-19 U.S. vote", "a the of"]
    index.write([make_document(n, text, text, published=days_ago(n)) for n, text in enumerate(texts)])
    index.refresh()
    yield index
    index.close()


def ask(index: TantivyIndex, text: str, sort: Sort = Sort.RELEVANCE, limit: int = 20) -> SearchPage:
    """Ask with everything that can be counted."""
    query = SearchQuery(
        now=NOW,
        expression=parse(text, NOW).expression,
        sort=sort,
        limit=limit,
        facets=("source.id", "entities.person", "is_copy"),
        histogram=Interval.HOUR,
    )
    return index.search(query)


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("limit", [0, 1, 1000])
@pytest.mark.parametrize("text", ["*", "flood", '"flood"', "zzz"])
def test_limits_and_phrases_of_one_word(index: TantivyIndex, text: str, limit: int, sort: Sort) -> None:
    """No limit and no phrase of one word makes the engine abort, and the total does not depend on the limit."""
    page = ask(index, text, sort, limit)
    assert page.total == {"*": 3, "zzz": 0}.get(text, 1)
    assert len(page.hits) == min(page.total, limit)


WORDS = st.sampled_from(
    [*'"()-* :', "flood", "選", "person:", "title:", "covid-19", "a*", "fl*", "OR ", "near:1,2", "words:>", "\0"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(text=st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=20).map("".join)), sort=st.sampled_from(Sort))
def test_any_text_is_answered(index: TantivyIndex, text: str, sort: Sort) -> None:
    """Nothing that a person can type makes a search fail, and highlights hold no markup of theirs."""
    page = ask(index, text, sort)
    assert 0 <= page.total <= 3
    assert len(page.hits) == page.total


def test_a_query_of_many_stars(index: TantivyIndex) -> None:
    """A prefix of the most frequent letters over every field is answered."""
    assert ask(index, " ".join(f"{a}{b}*" for a in "abcdef" for b in "abcd")).total == 0


def test_threads_search_while_one_writes(tmp_path: Path) -> None:
    """Searches, writes and refreshes from many threads at once all succeed."""
    index = TantivyIndex(tmp_path / "index", SystemClock())
    index.install()

    def work(n: int) -> int:
        index.write([make_document(n, "Storm")])
        if n % 5 == 0:
            index.refresh()
        return ask(index, "storm").total

    with ThreadPoolExecutor(8) as pool:
        totals = list(pool.map(work, range(60)))
    index.refresh()
    assert max(totals) <= 60
    assert ask(index, "storm").total == 60
    index.close()


def test_long_and_strange_values(tmp_path: Path) -> None:
    """Words, names and addresses of any length and alphabet are indexed and found."""
    index = TantivyIndex(tmp_path / "index", SystemClock(), background=False)
    index.install()
    names = ["x" * 512, "李小龍", "Ü" * 200, "a\0b"]
    fields = {
        "first_seen_at": "2024-05-20T12:00:00Z",
        "title": "y" * 70_000,
        "body": "z" * 1_000_000,
        "entities.person": names,
        "url": "https://a.example/" + "p/" * 1000,
    }
    index.write([IndexDocument(article_id("a"), 1, 1, fields, "{}")])
    index.refresh()
    assert ask(index, 'person:"李小龍"').total == 1
    assert ask(index, f"person:{'ü' * 200}").total == 0  # longer than any token is
    assert {facet.value for facet in ask(index, "*").facets["entities.person"]} == set(names)
    index.close()


def test_histogram_of_too_many_hours(tmp_path: Path) -> None:
    """More hours than the engine counts become days."""
    builder = SchemaBuilder()
    builder.add_date_field("published_at", fast=True)
    index = Index(builder.build(), str(tmp_path))
    writer = index.writer(15_000_000, 1)
    start = datetime(2000, 1, 1, tzinfo=UTC)
    for n in range(66_000):
        document = Document()
        document.add_date("published_at", start + timedelta(hours=n))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    answers, interval = aggregate(index.searcher(), Query.all_query(), {}, Interval.HOUR)
    buckets = read_dates(answers, interval)
    assert interval is Interval.DAY
    assert (len(buckets), sum(bucket.count for bucket in buckets)) == (2750, 66_000)


def test_stemmers_that_the_engine_lacks() -> None:
    """There is still no Polish or Czech stemmer: when one appears, the table of languages can grow."""
    for language in ("polish", "czech"):
        with pytest.raises(ValueError, match="Unsupported language"):
            TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.stemmer(language)).build()
