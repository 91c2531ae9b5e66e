"""Six articles that differ in everything one can ask an index for, and how tests ask."""

from typing import Any

import pytest

from pipeline.index.base import ArticleIndex, IndexDocument
from pipeline.search.parse import parse
from schemas.annotations import Place
from schemas.article import SourceFacts
from schemas.query import SearchPage, SearchQuery
from tests.index.making import NOW, article_id, days_ago, entity, make_document, quote

GAZETTE = SourceFacts(
    id="gazette", name="The Evening Gazette", domain="gazette.example", country="US", kind="newspaper"
)
KURIER = SourceFacts(id="kurier", name="Kurier am Fluß", domain="kurier.example", country="DE", kind="broadcaster")


def search(index: ArticleIndex, text: str = "*", **options: Any) -> SearchPage:  # noqa: ANN401 - fields of the query
    """Ask what a person would type; every article counts for itself unless asked otherwise."""
    options.setdefault("collapse", False)
    return index.search(SearchQuery(now=NOW, expression=parse(text, NOW).expression, **options))


def ids(page: SearchPage) -> list[str]:
    """Return the names of the articles on the page, in order."""
    return [NAMES.get(hit.article_id, hit.title) for hit in page.hits]


NAMES = {article_id(name): name for name in (*"abcdefghij", "late", "early")}


def fill(index: ArticleIndex, *documents: IndexDocument) -> None:
    """Write and make searchable."""
    index.write(documents)
    index.refresh()


@pytest.fixture
def newsroom(index: ArticleIndex) -> ArticleIndex:
    """An index with six articles that differ in everything one can ask for."""
    fill_newsroom(index)
    return index


def fill_newsroom(index: ArticleIndex) -> None:
    """Write the six articles, and make them searchable."""
    mayor, pilot = entity("Ada Brückner"), entity("Tom Okafor", salience=0.3)
    port, town = entity("Port Authority", "ORG"), entity("Rivermouth", "GPE")
    rivermouth = Place(name="Rivermouth", country="GB", lat=50.1, lon=-4.2)
    fill(
        index,
        make_document(
            "a",
            "Ferry service resumes",
            "The ferry between Rivermouth and the islands runs again after flooding. Climate change was blamed.",
            published=days_ago(1),
            entities=[mayor, port, town],
            quotes=[quote(mayor)],
            places=[rivermouth],
        ),
        make_document(
            "b",
            "Floods close the old bridge",
            "Engineers said the bridge would stay closed. A change of climate policy followed.",
            published=days_ago(3),
            source=GAZETTE,
            entities=[pilot, town],
            origin="Coastal Wire",
        ),
        make_document(
            "c", "Market quiet", "Shares were flat; the exchange slept.", published=days_ago(40), source=GAZETTE
        ),
        make_document(
            "d",
            "Bürgermeisterin eröffnet Brücken",
            "Die Häuser am Fluß wurden nach dem Hochwasser wieder aufgebaut.",
            published=days_ago(10),
            language="de",
            source=KURIER,
            entities=[mayor],
        ),
        make_document("e", "Undated report", "A report about the ferry without any date.", source=GAZETTE),
        make_document(
            "f", "選挙の結果", "中国新闻 discussed the U.S. vote and COVID-19.", language="ja", published=days_ago(2)
        ),
    )
