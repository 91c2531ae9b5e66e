"""Task `search`: does the index put relevant articles first? Gold queries with judgments → nDCG@10 and MRR.

The queries of such collections are sentences, not what people type: each is read as "any of these words, the more the
better", by joining its words with OR before our own parser reads it. The baseline is plain BM25 on the same index and
the same words: in quotation marks, so that nothing is stemmed and every word counts alike.

Input: JSON lines of documents (`id`, `text`, optionally `title`, `published`, `language`) in a file named
`…_docs.jsonl[.gz]`, and beside it `…_queries.jsonl[.gz]` (`qid`, `query`, `relevant`: list of ids).
"""

import gzip
import json
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final

from pipeline.clock import SystemClock
from pipeline.evaluate.score import Score
from pipeline.index.base import ArticleIndex, IndexDocument
from pipeline.index.tantivy import TantivyIndex
from pipeline.index.validation import format_date
from pipeline.search.highlight import split_words
from pipeline.search.parse import parse
from schemas.errors import BAD_INPUT, Rejected
from schemas.query import SearchQuery

DEPTH: Final = 10
"""nDCG looks at the first page."""
RANKED: Final = 100
"""A first relevant document further down counts as not found; it would add less than .01 to MRR."""
_DEFAULT_LANGUAGE: Final = "en"
_ORIGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""A fixed origin of recency, so that the same file always scores the same."""
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class GoldQuery:
    """A query and the ids of the documents that answer it."""

    text: str
    relevant: frozenset[str]


def score(path: Path, limit: int | None = None) -> Score:
    """Score the search on a collection of documents; `limit` takes only so many queries.

    Raises:
        Rejected: `bad-input` when a file is missing or a line has another shape.
    """
    with tempfile.TemporaryDirectory(prefix="newswire-search-") as folder:
        index = TantivyIndex(Path(folder), SystemClock(), background=False)
        index.install()
        try:
            return score_on(index, path, limit)
        finally:
            index.close()


def score_on(index: ArticleIndex, path: Path, limit: int | None = None) -> Score:
    """Score the search of `index`, which is installed and empty; the collection is written into it.

    Raises:
        Rejected: `bad-input` when a file is missing or a line has another shape.
        Unavailable: the index does not answer.
    """
    documents, queries = _read_collection(path)
    queries = queries[:limit]
    gold_ids = _fill(index, documents)
    return Score(
        task="search",
        records=len(queries),
        figures=_measure(index, queries, gold_ids, "{}"),
        baseline=_measure(index, queries, gold_ids, '"{}"'),
    )


def _read_collection(path: Path) -> tuple[list[dict[str, Any]], list[GoldQuery]]:
    name = path.name.partition("_docs.jsonl")[0]
    places = [path.with_name(f"{name}_queries.jsonl{ending}") for ending in ("", ".gz")]
    queries_path = next((place for place in places if place.is_file()), None)
    if name == path.name or queries_path is None:
        detail = f"{path} needs the name …_docs.jsonl[.gz] and …_queries.jsonl[.gz] beside it"
        raise Rejected(BAD_INPUT, detail)
    try:
        documents = [{"id": str(line["id"]), **line, "text": str(line["text"])} for line in _lines(path)]
        queries = [GoldQuery(line["query"], frozenset(line["relevant"])) for line in _lines(queries_path)]
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise Rejected(BAD_INPUT, f"{path}: {type(error).__name__}: {error}") from error
    return documents, queries


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _measure(
    index: ArticleIndex, queries: Sequence[GoldQuery], gold_ids: dict[str, str], form: str
) -> dict[str, float]:
    """Return the figures when each word is asked for in this form."""
    pairs = [(_ranking(index, query, gold_ids, form), query.relevant) for query in queries]
    return {
        f"ndcg_at_{DEPTH}": _mean(ndcg(ranking, relevant, DEPTH) for ranking, relevant in pairs),
        "mrr": _mean(reciprocal_rank(ranking, relevant) for ranking, relevant in pairs),
    }


def _fill(index: ArticleIndex, documents: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Index the documents; return article id → gold id."""
    gold_ids = {sha256(document["id"].encode()).hexdigest()[:32]: document["id"] for document in documents}
    pending = zip(gold_ids, documents, strict=True)
    while batch := list(islice(pending, _BATCH)):
        index.write([_document(article_id, document) for article_id, document in batch])
    index.refresh()
    return gold_ids


def _document(article_id: str, document: dict[str, Any]) -> IndexDocument:
    language = document.get("language", _DEFAULT_LANGUAGE)
    fields = {"title": document.get("title"), "body": document["text"], "language": language}
    fields["first_seen_at"] = format_date(_ORIGIN)
    present = {name: value for name, value in fields.items() if value}
    return IndexDocument(article_id, 1, 1, present, "{}")


def _ranking(index: ArticleIndex, query: GoldQuery, gold_ids: dict[str, str], form: str) -> list[str]:
    words = dict.fromkeys(word.lower() for word in split_words(query.text))
    asked = SearchQuery(
        now=_ORIGIN,
        expression=parse(" OR ".join(form.format(word) for word in words), _ORIGIN).expression,
        limit=RANKED,
        collapse=False,
        highlight=False,
    )
    return [gold_ids[hit.article_id] for hit in index.search(asked).hits]


def ndcg(ranking: Sequence[str], relevant: frozenset[str], depth: int) -> float:
    """Return the normalised discounted gain of the first `depth` with binary relevance (Järvelin, Kekäläinen 2002).

    >>> ndcg(["a", "x", "b"], frozenset("ab"), 10) == (1 + 1 / 2) / (1 + 1 / math.log2(3))
    True
    """
    gained = sum(1 / math.log2(place + 2) for place, found in enumerate(ranking[:depth]) if found in relevant)
    ideal = sum(1 / math.log2(place + 2) for place in range(min(depth, len(relevant))))
    return gained / ideal if ideal else 0.0


def reciprocal_rank(ranking: Sequence[str], relevant: frozenset[str]) -> float:
    """Return one over the place of the first relevant document, 0 when there is none.

    >>> reciprocal_rank(["x", "a"], frozenset("a"))
    0.5
    """
    return next((1 / place for place, found in enumerate(ranking, start=1) if found in relevant), 0.0)


def _mean(values: Iterator[float]) -> float:
    numbers = list(values)
    return round(sum(numbers) / len(numbers), 4) if numbers else 0.0
