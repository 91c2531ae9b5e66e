"""Expression → query of Elasticsearch, always from objects: no query string, no script. Pure.

The same meaning as in the embedded index: a word is found in any form of the article's language, with a little more for
the form as typed; phrases and prefixes as written; of title, summary and body the best counts. Conditions on fields
select and do not rank.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from pipeline.index.elastic_document import STEMMED
from pipeline.index.validation import EARLIEST, LATEST, MAX_INTEGER
from pipeline.search.highlight import split_words
from pipeline.search.ranking import TEXT_WEIGHTS, TIE_BREAKER, TYPED_FORM_WEIGHT, word_weights
from schemas.fields import BY_NAME, TEXT_LANGUAGES, UNSTEMMED, Kind, Match
from schemas.query import (
    And,
    Everything,
    Exists,
    Expression,
    FieldTerm,
    Filter,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Range,
    SearchQuery,
    Word,
)

Json = dict[str, Any]

MAX_PREFIX_TERMS: Final = 1000
MIN_RADIUS_KM: Final = 0.001
NOTHING: Final[Mapping[str, Any]] = {"match_none": {}}
STEMMED_CODES: Final = (*TEXT_LANGUAGES, UNSTEMMED)


def compile_query(query: SearchQuery) -> Json:
    """Return the query for everything but facet filters, order and page."""
    parts = [compile_expression(query.selection)]
    if query.since is not None or query.until is not None:
        parts.append(_condition(_range(Range("published_at", query.since, query.until))))
    return parts[0] if len(parts) == 1 else {"bool": {"must": parts}}


def compile_filters(filters: Iterable[Filter], *, leave_out: str | None = None) -> Json:
    """Return the query for the facets' selections, exact values, without the one of facet `leave_out`."""
    wanted = [_chosen(each) for each in filters if each.field != leave_out]
    return {"bool": {"filter": wanted}} if wanted else {"match_all": {}}


def compile_expression(expression: Expression) -> Json:
    """Return the query for an expression."""
    match expression:
        case Everything():
            return _condition({"match_all": {}})
        case And(parts):
            return _conjunction(parts)
        case Or(parts):
            return {"bool": {"should": [compile_expression(part) for part in parts], "minimum_should_match": 1}}
        case Not():
            return _conjunction((expression,))
        case Word() | Phrase() | Prefix():
            return compile_text(expression)
        case _:
            return _condition(_selects(expression))


def _conjunction(parts: Iterable[Expression]) -> Json:
    wanted = [compile_expression(part) for part in parts if not isinstance(part, Not)]
    unwanted = [compile_expression(part.part) for part in parts if isinstance(part, Not)]
    clauses = {"must": wanted or [_condition({"match_all": {}})], "must_not": unwanted}
    return {"bool": {name: queries for name, queries in clauses.items() if queries}}


def compile_text(part: Word | Phrase | Prefix) -> Json:
    """Return the query for words of the text, in the one field that is named or in all."""
    weights = TEXT_WEIGHTS if part.field is None else {part.field: TEXT_WEIGHTS[part.field]}
    match part:
        case Word():
            tells = word_weights(part.text)
            queries = [_word(name, part.text, weight, tells) for name, weight in weights.items()]
        case Phrase():
            queries = [_phrase(name, part.text, weight) for name, weight in weights.items()]
        case Prefix():
            found = ((_prefix(name, part.text), weight) for name, weight in weights.items())
            queries = [{"constant_score": {"filter": query, "boost": weight}} for query, weight in found]
    return queries[0] if len(queries) == 1 else {"dis_max": {"queries": queries, "tie_breaker": TIE_BREAKER}}


def _word(name: str, text: str, weight: float, tells: Mapping[str, float]) -> Json:
    """Compile a word in one field. An article has one language, so only one of the stemmed fields can match."""
    fields = list(_stemmed_fields(name, tuple(tells.values())))
    inflected = {"multi_match": {"query": text, "type": "phrase", "fields": fields}}
    typed = _phrase(name, text, TYPED_FORM_WEIGHT * min(tells.values()))
    return {"bool": {"should": [inflected, typed], "boost": weight}}


# Most words tell the same, and the most, in every language.
@lru_cache(maxsize=1024)
def _stemmed_fields(name: str, tells: tuple[float, ...]) -> tuple[str, ...]:
    """Return the stemmed sub-fields with what a word tells in each of `TEXT_LANGUAGES`."""
    return tuple(
        f"{STEMMED}.{code}.{name}^{telling:.3f}" for code, telling in zip(STEMMED_CODES, (*tells, 1.0), strict=True)
    )


def _phrase(name: str, text: str, boost: float = 1.0) -> Json:
    return {"match_phrase": {name: {"query": text, "boost": boost}}}


def _prefix(name: str, text: str) -> Json:
    """Compile consecutive words of which the last is the beginning of one."""
    if len(split_words(text)) > 1:
        return {"match_phrase_prefix": {name: {"query": text, "max_expansions": MAX_PREFIX_TERMS}}}
    return {"match_bool_prefix": {name: {"query": text}}}


def _selects(condition: Expression) -> Json:
    match condition:
        case FieldTerm():
            return _any([_in_field(name, condition) for name in condition.fields])
        case Exists():
            return _any([{"exists": {"field": name}} for name in condition.fields])
        case Range():
            return _range(condition)
        case Near():
            distance = f"{max(condition.radius_km, MIN_RADIUS_KM)}km"
            return {
                "geo_distance": {"distance": distance, "place_points": {"lat": condition.lat, "lon": condition.lon}}
            }
        case _:
            return dict(NOTHING)


def _in_field(name: str, term: FieldTerm) -> Json:
    field = BY_NAME[name]
    if field.kind is Kind.BOOLEAN:
        return {"term": {name: term.value == "true"}}
    if field.match is Match.WORDS:
        words = f"{name}.words"
        return _prefix(words, term.value) if term.prefix else _phrase(words, term.value)
    path = f"{name}.folded" if field.match is Match.FOLDED else name
    return {"prefix" if term.prefix else "term": {path: {"value": term.value}}}


def _range(span: Range) -> Json:
    is_date = BY_NAME[span.field].kind is Kind.DATE
    bounds: dict[str, str | float] = {}
    if span.lower is not None:
        bounds["gte" if span.include_lower else "gt"] = _bound(span.lower)
    if span.upper is not None:
        bounds["lte" if span.include_upper else "lt"] = _bound(span.upper)
    return {"range": {span.field: bounds | ({"format": "strict_date_time"} if is_date else {})}}


def _bound(value: datetime | float) -> str | float:
    if isinstance(value, datetime):
        return min(max(value.astimezone(UTC), EARLIEST), LATEST).isoformat(timespec="microseconds")
    return min(max(value, -MAX_INTEGER), MAX_INTEGER)


def _chosen(chosen: Filter) -> Json:
    if BY_NAME[chosen.field].kind is Kind.BOOLEAN:
        return {"terms": {chosen.field: [value == "true" for value in chosen.values]}}
    return {"terms": {chosen.field: list(chosen.values)}}


def _any(queries: Sequence[Json]) -> Json:
    return queries[0] if len(queries) == 1 else {"bool": {"should": queries, "minimum_should_match": 1}}


def _condition(query: Json) -> Json:
    """Return the query so that it selects and does not rank."""
    return {"constant_score": {"filter": query, "boost": 0.0}}
