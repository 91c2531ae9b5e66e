"""Conditions on fields → queries of the search engine: values, ranges, places, facet filters. None of them scores.

A phrase of one term, an unknown field or a date outside 1677 to 2262 would break the engine: none can come from here.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from tantivy import FieldType, Occur, Query, Schema, Searcher

from pipeline.index.tantivy_analysis import Analyzers
from pipeline.index.tantivy_names import is_counted_by_number, numbered_term
from pipeline.index.tantivy_schema import engine_name, folded_name, number_name, point_term, words_name
from pipeline.index.validation import EARLIEST, LATEST, MAX_INTEGER
from schemas.fields import BY_NAME, Kind, Match
from schemas.query import Exists, FieldTerm, Filter, Near, Range

PointsNear = Callable[[float, float, float], Sequence[tuple[float, float]]]
"""Latitude, longitude, kilometres → points of the index within."""

MAX_PREFIX_TERMS: Final = 1000
EXPANSIONS: Final = 50
"""Words to which the engine completes the last one of a phrase, at the most."""
MOST_EXPANSIONS: Final = 16_000
"""Likewise where the last one is an expression; with more it refuses, so that only the first fifty are tried then."""


def build_terms(schema: Schema, name: str, terms: Sequence[str]) -> Query:
    """Return the query for one or more consecutive terms; `terms` may not be empty."""
    if len(terms) == 1:
        return Query.term_query(schema, name, terms[0], "freq")
    return Query.phrase_query(schema, name, list(terms))


def build_prefix(schema: Schema, searcher: Searcher, name: str, terms: Sequence[str]) -> Query:
    """Return the query for consecutive terms of which the last is the beginning of a word; not empty."""
    *first, last = terms
    words = len(searcher.terms_with_prefix(name, last, limit=MOST_EXPANSIONS + 1 if first else EXPANSIONS + 1))
    if words <= EXPANSIONS or (first and words > MOST_EXPANSIONS):
        return Query.phrase_prefix_query(schema, name, list(terms))
    # Terms hold letters and digits only, so nothing in them is syntax. Reading an expression takes a quarter of a ms.
    if first:
        return Query.regex_phrase_query(schema, name, [*first, f"{last}.*"])
    return Query.regex_query(schema, name, f"{last}.*")


def unscored(query: Query) -> Query:
    """Return the query so that it selects and does not rank."""
    return Query.const_score_query(query, 0.0)


class FieldCompiler:
    """Compiles conditions on fields for one searcher."""

    def __init__(self, schema: Schema, searcher: Searcher, analyzers: Analyzers, points_near: PointsNear) -> None:
        self._schema = schema
        self._searcher = searcher
        self._analyzers = analyzers
        self._points_near = points_near

    def term(self, term: FieldTerm) -> Query:
        """Return the query for a value in any of its fields."""
        return _any(self._in_field(name, term) for name in term.fields)

    def _in_field(self, name: str, term: FieldTerm) -> Query:
        field = BY_NAME[name]
        if field.kind is Kind.BOOLEAN:
            return Query.term_query(self._schema, engine_name(name), term.value == "true")
        if field.match is Match.WORDS:
            words = self._analyzers.neutral.analyze(term.value)
            if not words:
                return Query.empty_query()
            if term.prefix:
                return build_prefix(self._schema, self._searcher, words_name(name), words)
            return build_terms(self._schema, words_name(name), words)
        if field.match is Match.FOLDED:
            return self._whole(folded_name(name), self._analyzers.fold(term.value), prefix=term.prefix)
        return self._whole(engine_name(name), term.value, prefix=term.prefix)

    def _whole(self, name: str, value: str, *, prefix: bool) -> Query:
        if not prefix:
            return Query.term_query(self._schema, name, value)
        found = self._searcher.terms_with_prefix(name, value, limit=MAX_PREFIX_TERMS)
        return Query.term_set_query(self._schema, name, [term for term, _ in found])

    def exists(self, exists: Exists) -> Query:
        """Return the query for articles that have any of the fields."""
        return _any(
            Query.exists_query(number_name(name) if is_counted_by_number(BY_NAME[name]) else engine_name(name))
            if BY_NAME[name].facet
            else Query.regex_query(self._schema, words_name(name), ".+")
            for name in exists.fields
        )

    def range(self, span: Range) -> Query:
        """Return the query for a range; open ends include everything."""
        lowest: datetime | int
        highest: datetime | int
        if BY_NAME[span.field].kind is Kind.DATE:
            kind, lowest, highest = FieldType.Date, _date(span.lower, EARLIEST), _date(span.upper, LATEST)
        else:
            kind, lowest, highest = (
                FieldType.Integer,
                _integer(span.lower, -MAX_INTEGER),
                _integer(span.upper, MAX_INTEGER),
            )
        found = Query.range_query(
            self._schema,
            engine_name(span.field),
            kind,
            lowest,
            highest,
            include_lower=span.include_lower or span.lower is None,
            include_upper=span.include_upper or span.upper is None,
        )
        return unscored(found)

    def near(self, near: Near) -> Query:
        """Return the query for articles with a place in the circle."""
        points = self._points_near(near.lat, near.lon, near.radius_km)
        terms = [point_term(lat, lon) for lat, lon in points]
        return unscored(Query.term_set_query(self._schema, engine_name("place_points"), terms))

    def chosen(self, chosen: Filter) -> Query:
        """Return the query for a facet's selection: exactly one of these values."""
        name, field = engine_name(chosen.field), BY_NAME[chosen.field]
        if field.kind is Kind.BOOLEAN:
            return _any(Query.term_query(self._schema, name, value == "true") for value in chosen.values)
        values = map(numbered_term, chosen.values) if is_counted_by_number(field) else chosen.values
        # Not as a set, which the engine looks for in its whole dictionary: nobody selects many.
        return _any(Query.term_query(self._schema, name, value) for value in values)


def _any(queries: Iterable[Query]) -> Query:
    return unscored(Query.boolean_query([(Occur.Should, query) for query in queries]))


def _date(value: datetime | float | None, otherwise: datetime) -> datetime:
    return min(max(value.astimezone(UTC), EARLIEST), LATEST) if isinstance(value, datetime) else otherwise


def _integer(value: datetime | float | None, otherwise: int) -> int:
    if value is None or isinstance(value, datetime):
        return otherwise
    return int(min(max(value, -MAX_INTEGER), MAX_INTEGER))
