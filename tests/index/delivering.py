"""Writing as the delivery loop does, for tests of an index behind a scripted Elasticsearch.

`deliver` offers again what is unavailable, and nothing else.
"""

from collections import Counter
from collections.abc import Sequence

import pytest

from pipeline.index.base import IndexDocument, WriteOutcome, WriteResult
from pipeline.index.elastic import ElasticIndex
from schemas.errors import Unavailable
from tests.index.making import article_id
from tests.services.elastic_stand_in import ElasticStandIn, FailItems, Reply

CREATED, UPDATED, UNCHANGED = WriteResult.CREATED, WriteResult.UPDATED, WriteResult.UNCHANGED
BULK = "/_bulk"
COUNT = 10


def called(value: object) -> str:
    """Return a short name for a case."""
    match value:
        case Reply(status, content):
            kind = content["error"]["type"] if isinstance(content, dict) and "error" in content else "other"
            return f"request-{status}-{kind}"
        case FailItems(_, status, kind):
            return f"item-{status}-{kind}"
    return type(value).__name__ if not isinstance(value, str) else value


def is_third(document_id: str) -> bool:
    """Choose three documents of the batch."""
    return document_id in {article_id(n) for n in (1, 4, 7)}


def attempt(index: ElasticIndex, documents: Sequence[IndexDocument]) -> list[WriteOutcome]:
    """Write once; when the index does not answer at all, everything is unavailable."""
    try:
        return list(index.write(documents))
    except Unavailable as error:
        return [error] * len(documents)


def deliver(index: ElasticIndex, documents: Sequence[IndexDocument], attempts: int = 5) -> dict[str, WriteOutcome]:
    """Write until nothing is unavailable, and return the last outcome of each article."""
    outcomes: dict[str, WriteOutcome] = {}
    pending = list(documents)
    for _ in range(attempts):
        answers = attempt(index, pending)
        outcomes |= {document.article_id: answer for document, answer in zip(pending, answers, strict=True)}
        pending = [document for document, answer in zip(pending, answers, strict=True) if _is_open(answer)]
        if not pending:
            return outcomes
    pytest.fail(f"{len(pending)} articles are still unavailable after {attempts} attempts: {answers[0]}")


def _is_open(answer: WriteOutcome) -> bool:
    return isinstance(answer, Unavailable)


def check_each_once(server: ElasticStandIn, names: Sequence[int] = range(COUNT)) -> None:
    """Fail unless exactly these articles are held, each once."""
    held = Counter(document["article_id"] for document in server.memory.documents())
    assert held == Counter(article_id(n) for n in names)
