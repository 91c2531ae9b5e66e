"""Elasticsearch and the embedded index find the same articles, and nothing that people type breaks either."""

import random
import secrets
import tomllib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.clock import ManualClock
from pipeline.index.base import ArticleIndex
from pipeline.index.elastic import ElasticIndex
from pipeline.index.tantivy import TantivyIndex
from pipeline.search.parse import parse
from schemas.query import Interval, SearchPage, SearchQuery, Sort
from tests.contracts.index_newsroom import fill_newsroom
from tests.index.making import NOW, days_ago, make_document
from tests.services.fixtures import Service, delete_indices

SEED = 20240520
CLEARLY = 1.3
"""Scores that differ by less may stand in either order: lengths of texts are rounded differently."""
WORDS = [
    *("ferry", "Ferries", "flood", "floods", "flooding", "Rivermouth", "islands", "bridge", "engineers", "closed"),
    *("climate", "change", "policy", "Häuser", "Haus", "Brücken", "brucken", "Hochwasser", "report", "date", "slept"),
    *("U.S.", "covid-19", "it's", "example.com", "1,000", "e-mail", "naïve", "naive", "don’t", "running", "run"),
    *("nation's", "AT&T", "C++", "3.5", "snake_case", "Straße", "strasse", "exchange"),
]
PLAIN_WORDS = [word for word in WORDS if word.isalnum()]
FIELDS = [
    *("source:gazette", 'source:"evening gazette"', "source:example", "source:harbourpost.example", "country:gb"),
    *("country:DE", "lang:en", "kind:newspaper", "kind:news*", "person:ada", "person:okafor", "person:bru*"),
    *("org:port", "place:river*", "entity:*", "origin:coastal", "has:quotes", "is:copy", "is:original", "since:7d"),
    *("until:2024-05-01", "words:>5", "words:2..9", "near:50.1,-4.2,20km", "url:example.com", "url:news", "url:2024"),
    *("published:2024-05", "lag:<1000", "quotes:1", "speaker:ada", "cites:x", "author:jane", "keyword:y", "section:z"),
]
EXTRA = (
    ("g", "It's a nation's C++ e-mail at AT&T", "The naïve snake_case of example.com cost 1,000 in 3.5 days."),
    ("h", "Straße und Fußgänger", "Don’t go. O'Neill said they're running: run, ran. U.S.A. and the E.U. met."),
)


def generate(chance: random.Random, depth: int = 3) -> str:
    """Return a query as somebody might type it."""
    parts = [
        lambda: chance.choice(WORDS),
        lambda: chance.choice(FIELDS),
        lambda: f'"{chance.choice(WORDS)} {chance.choice(WORDS)}"',
        lambda: f"{chance.choice(PLAIN_WORDS)[:4]}*",
        lambda: f"-({generate(chance, depth - 1)})",
        lambda: f"({generate(chance, depth - 1)} OR {generate(chance, depth - 1)})",
        lambda: f"{generate(chance, depth - 1)} {generate(chance, depth - 1)}",
    ]
    return chance.choice(parts if depth else parts[:4])()


@pytest.fixture(scope="module")
def indices(
    elastic_server: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ArticleIndex, ArticleIndex]]:
    """Both indices with the same articles."""
    prefix = f"news-test-{secrets.token_hex(4)}-"
    elastic = ElasticIndex(elastic_server.url, clock=ManualClock(NOW), index_prefix=prefix)
    folder: Path = tmp_path_factory.mktemp("agreement")
    embedded = TantivyIndex(folder, ManualClock(NOW), background=False)
    for index in (elastic, embedded):
        index.install()
        fill_newsroom(index)
        index.write(
            [
                make_document(
                    name,
                    title,
                    text,
                    published=days_ago(4),
                    language="de" if "ß" in title else "en",
                    url=f"https://www.example.com/news/2024/{name}",
                    section="Z",
                )
                for name, title, text in EXTRA
            ]
        )
        index.refresh()
    yield elastic, embedded
    elastic.close()
    embedded.close()
    delete_indices(elastic_server.address, prefix)


def seed_queries() -> list[str]:
    """Return the texts of the searches that the seeds are made for."""
    path = Path(__file__).parents[2] / "seeds" / "queries.toml"
    return [entry["text"] for entry in tomllib.loads(path.read_text(encoding="utf-8"))["query"]]


def compare_pages(indices: tuple[ArticleIndex, ArticleIndex], query: SearchQuery, text: str) -> SearchPage:
    """Return the page, which both indices agree on but for scores."""
    one, other = (index.search(query) for index in indices)
    assert {hit.article_id for hit in one.hits} == {hit.article_id for hit in other.hits}, text
    assert (one.total, one.facets, one.histogram) == (other.total, other.facets, other.histogram), text
    ours, theirs = ({hit.article_id: hit.score or 0.0 for hit in page.hits} for page in (one, other))
    for better, worse in combinations(ours, 2):  # in the order of the first index
        if ours[better] > CLEARLY * ours[worse]:
            assert theirs[better] * CLEARLY > theirs[worse], f"{text}: {ours} and {theirs}"
    return one


@pytest.mark.parametrize("text", seed_queries())
def test_seed_queries_mean_the_same(indices: tuple[ArticleIndex, ArticleIndex], text: str) -> None:
    """What the seeds are searched for finds the same and ranks alike."""
    query = SearchQuery(now=NOW, expression=parse(text, NOW).expression, collapse=False, facets=("source.id",))
    compare_pages(indices, query, text)


ASKED = st.recursive(
    st.one_of(
        st.sampled_from(WORDS), st.sampled_from(FIELDS), st.sampled_from(PLAIN_WORDS).map(lambda word: word + "*")
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(" ".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
        inner.map(lambda text: f"-({text})"),
    ),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(text=ASKED)
def test_generated_queries_rank_alike(indices: tuple[ArticleIndex, ArticleIndex], text: str) -> None:
    """Whatever is asked by relevance finds the same; what one index ranks clearly higher, the other does not lower."""
    query = SearchQuery(now=NOW, expression=parse(text, NOW).expression, collapse=False, facets=("language",))
    compare_pages(indices, query, text)


def test_both_find_the_same(indices: tuple[ArticleIndex, ArticleIndex]) -> None:
    """Generated queries find the same articles, in the same order of time, with the same counts."""
    chance = random.Random(SEED)  # noqa: S311 - the same queries each time
    found = 0
    for _ in range(150):
        text = generate(chance)
        query = SearchQuery(
            now=NOW,
            expression=parse(text, NOW).expression,
            sort=Sort.NEWEST,
            collapse=False,
            facets=("source.id", "language"),
            histogram=Interval.MONTH,
        )
        one, other = (index.search(query) for index in indices)
        assert {hit.article_id for hit in one.hits} == {hit.article_id for hit in other.hits}, text
        assert [hit.published_at for hit in one.hits] == [hit.published_at for hit in other.hits], text
        assert (one.total, one.facets, one.histogram) == (other.total, other.facets, other.histogram), text
        marks = [{hit.article_id: sorted(hit.highlights) for hit in page.hits} for page in (one, other)]
        assert marks[0] == marks[1], text
        found += bool(one.hits)
    assert found > 70


@pytest.mark.parametrize(
    "text",
    [
        "((((((((a OR (b -c)) d) OR e) f) OR g) h) OR i) j) -k",
        "(" * 50 + "flood" + ")" * 50,
        " ".join(f"-(w{n} OR x{n})" for n in range(40)),
        " OR ".join(f"w{n}*" for n in range(64)),
        "title:" * 30 + "x",
        '"' + "word " * 400 + '"',
        "a" * 2000,
        "person:" + "é" * 300,
        'source:"' + "\\" * 50 + '"',
        "{} [] && || ! ^ ~ ? : / \\ <script> \x00\x01\ud800",
        "near:90,180,40000km near:-90,-180,0km near:0,0,0.0000001km",
        "words:>1e308 words:999999999999999..-5",
        "since:0001-01-01 until:9999-12-31 published:>9999",
        "source:\u202egazette 🦊 ﷽ ᚠ",
    ],
)
def test_nothing_typed_breaks_a_search(indices: tuple[ArticleIndex, ArticleIndex], text: str) -> None:
    """Deep, long and hostile texts are answered, with highlights and counts, by relevance and collapsed."""
    query = SearchQuery(now=NOW, expression=parse(text, NOW).expression, facets=("source.id",), histogram=Interval.YEAR)
    for index in indices:
        page = index.search(query)
        assert len(page.hits) <= page.total
