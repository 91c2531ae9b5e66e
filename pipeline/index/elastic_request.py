"""A search → the bodies of the requests that answer it. Pure; expressions are compiled in `elastic_query`.

First the order of a page and all counts, without documents; then the page's documents with what to mark in them, and
how many articles each of its stories has.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pipeline.index.elastic_document import STEMMED, STORY_KEY
from pipeline.index.elastic_query import compile_filters, compile_query, compile_text
from pipeline.search.cursor import Place
from pipeline.search.highlight import MAX_TEXT_CHARS
from pipeline.search.ranking import RECENCY_HALF_LIFE, RECENCY_WEIGHT, TEXT_WEIGHTS
from schemas.fields import UNSTEMMED, text_language
from schemas.query import And, Expression, Interval, Or, Phrase, Prefix, SearchQuery, Sort, Word

Json = dict[str, Any]

MAX_RANKED: Final = 10_000
"""Elasticsearch's window: relevance is followed so far; order by time to read on."""
UNDATED: Final = -(2**62)
"""The key of a place among the articles without publication time."""
MARK_START: Final = "\ue000"
MARK_END: Final = "\ue001"
"""Characters for private use stand for marks until the text was escaped."""
FOUND: Final = "found"
STORIES: Final = "stories"
HISTOGRAM: Final = "histogram"
VALUES: Final = "values"
MAX_PRECISION: Final = 40_000
"""Distinct stories are counted nearly exactly up to here; Elasticsearch's highest, 320 KB for each shard."""
SHARD_VALUES: Final = 1000
"""Values that each month reports, so that counts over many months are exact in all but odd cases."""
TIMEOUT: Final = "20s"
_HIT_FIELDS: Final = [
    *("article_id", "title", "url", "canonical_url", "source.id", "source.name", "source.domain", "origin.name"),
    *("published_at", "published_precision", "first_seen_at", "language", "summary", "authors"),
    *("story_id", "copy_of", "is_copy"),
]


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the order to ask for: `size` articles from `start`, those that come after `after`."""

    size: int
    start: int = 0
    after: Place | None = None


def build_order(query: SearchQuery, sort: Sort, window: Window, *, counts: bool) -> Json:
    """Return the request for the articles of a window, in order, by id; with `counts` also for all that is counted."""
    wanted = compile_query(query)
    body: Json = {
        "query": _with_recency(wanted, query) if sort is Sort.RELEVANCE else wanted,
        "post_filter": _selected(query, sort, window.after),
        "size": window.size,
        "from": window.start,
        "_source": False,
        "docvalue_fields": [STORY_KEY, "language"],
        "track_total_hits": False,
        "timeout": TIMEOUT,
    }
    if window.size:
        body["sort"] = _order(sort)
    if query.collapse and window.size:
        body["collapse"] = {"field": STORY_KEY}
    if counts:
        body["aggs"] = _counts(query)
    return body


def _with_recency(query: Json, search: SearchQuery) -> Json:
    """Multiply the text's score as `pipeline.search.ranking.recency_factor` does, from the search's own time."""
    decay = {
        "origin": search.now.isoformat(),
        "scale": f"{int(RECENCY_HALF_LIFE.total_seconds())}s",
        "decay": 0.5,
    }
    recent = {"exp": {"published_at": decay}, "filter": {"exists": {"field": "published_at"}}, "weight": RECENCY_WEIGHT}
    return {
        "function_score": {
            "query": query,
            "functions": [{"weight": 1.0, "filter": {"match_all": {}}}, recent],
            "score_mode": "sum",
            "boost_mode": "multiply",
        }
    }


def _selected(query: SearchQuery, sort: Sort, after: Place | None) -> Json:
    selected = compile_filters(query.filters)
    return selected if after is None else {"bool": {"filter": [selected, _after(sort, after)]}}


def _after(sort: Sort, place: Place) -> Json:
    """Return the filter for what comes after `place` in an order of time; undated articles come last."""
    undated = {"bool": {"must_not": {"exists": {"field": "published_at"}}}}
    tie = {"range": {"article_id": {"gt": place.name}}}
    if place.key == UNDATED:
        return {"bool": {"filter": [undated, tie]}}
    beyond = {"lt" if sort is Sort.NEWEST else "gt": place.key}
    same = {"range": {"published_at": {"gte": place.key, "lte": place.key, "format": "epoch_millis"}}}
    later = [
        {"range": {"published_at": beyond | {"format": "epoch_millis"}}},
        {"bool": {"filter": [same, tie]}},
        undated,
    ]
    return {"bool": {"should": later, "minimum_should_match": 1}}


def _order(sort: Sort) -> list[Json]:
    published = {"order": "asc" if sort is Sort.OLDEST else "desc", "missing": "_last"}
    by_time: list[Json] = [{"published_at": published}, {"article_id": "asc"}]
    return [{"_score": "desc"}, *by_time] if sort is Sort.RELEVANCE else by_time


def _counts(query: SearchQuery) -> Json:
    found: Json = {}
    if query.collapse:
        found[STORIES] = {"cardinality": {"field": STORY_KEY, "precision_threshold": MAX_PRECISION}}
    if query.histogram is not None:
        found[HISTOGRAM] = {"date_histogram": _histogram(query.histogram)}
    counts: Json = {FOUND: {"filter": compile_filters(query.filters)} | ({"aggs": found} if found else {})}
    for number, name in enumerate(query.facets):
        terms = {"field": name, "size": query.facet_size, "shard_size": max(SHARD_VALUES, query.facet_size * 2)}
        counts[facet_key(number)] = {
            "filter": compile_filters(query.filters, leave_out=name),
            "aggs": {VALUES: {"terms": terms}},
        }
    return counts


def _histogram(interval: Interval) -> Json:
    return {"field": "published_at", "calendar_interval": interval.value, "min_doc_count": 1}


def facet_key(number: int) -> str:
    """Return the name under which the facet at this place is counted."""
    return f"facet_{number}"


def build_documents(query: SearchQuery, article_ids: Sequence[str], languages: Collection[str | None]) -> Json:
    """Return the request for the page's documents, marked. `languages` are those of the articles."""
    body: Json = {"query": {"ids": {"values": list(article_ids)}}, "size": len(article_ids), "_source": _HIT_FIELDS}
    texts = list(find_texts(query.expression)) if query.highlight else []
    if texts:
        codes = sorted({text_language(language) or UNSTEMMED for language in languages})
        body["highlight"] = {
            "type": "unified",
            "number_of_fragments": 0,
            "pre_tags": [MARK_START],
            "post_tags": [MARK_END],
            "max_analyzed_offset": MAX_TEXT_CHARS,
            "highlight_query": {"bool": {"should": [compile_text(text) for text in texts]}},
            "fields": {name: {"matched_fields": [name, *_stemmed(name, codes)]} for name in TEXT_WEIGHTS},
        }
    return body


def _stemmed(name: str, codes: Iterable[str]) -> list[str]:
    return [f"{STEMMED}.{code}.{name}" for code in codes]


def find_texts(expression: Expression) -> list[Word | Phrase | Prefix]:
    """Return what the query looks for in the text; what it excludes is left out."""
    match expression:
        case Word() | Phrase() | Prefix():
            return [expression]
        case And(parts) | Or(parts):
            return [text for part in parts for text in find_texts(part)]
        case _:
            return []


def build_match(query: SearchQuery, article_ids: Sequence[str]) -> Json:
    """Return the request for those of these articles that the query finds, ids only."""
    filters = [compile_query(query), compile_filters(query.filters), {"ids": {"values": list(article_ids)}}]
    return {
        "query": {"bool": {"filter": filters}},
        "size": len(article_ids),
        "_source": False,
        "track_total_hits": False,
    }


def build_story_counts(query: SearchQuery, stories: Collection[str], *, sort: Sort, until: Place | None = None) -> Json:
    """Return the request that counts the matching articles of each story; with `until`, those up to that place."""
    filters = [compile_filters(query.filters), {"terms": {STORY_KEY: sorted(stories)}}]
    wanted: Json = {"must": [compile_query(query)], "filter": filters}
    if until is not None:
        wanted["must_not"] = [_after(sort, until)]
    terms = {"field": STORY_KEY, "size": len(stories), "include": sorted(stories)}
    return {"query": {"bool": wanted}, "size": 0, "track_total_hits": False, "aggs": {STORIES: {"terms": terms}}}
