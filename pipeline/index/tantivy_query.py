"""Expression → query of the search engine, always from objects, never from text.

Words are analysed per language: an article is found through the sub-field of its own language, with a little more for
the form as typed; of title, summary and body the best counts (disjunction max). A word of several tokens is a phrase.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from tantivy import Occur, Query, Schema, Searcher

from pipeline.index.tantivy_analysis import Analyzers
from pipeline.index.tantivy_fields import FieldCompiler, PointsNear, build_prefix, build_terms, unscored
from pipeline.index.tantivy_schema import engine_name, text_name
from pipeline.search.ranking import TEXT_WEIGHTS, TIE_BREAKER, TYPED_FORM_WEIGHT, word_weights
from schemas.fields import NEUTRAL, UNSTEMMED, text_language
from schemas.query import (
    And,
    Everything,
    Exists,
    Expression,
    FieldTerm,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Range,
    SearchQuery,
    Word,
)

_MOST_LANGUAGES: Final = 1000


class QueryCompiler:
    """Compiles for one searcher: terms that no article has are left out of the alternatives.

    `codes` are the languages that its articles have, as `find_codes` returns them.
    """

    def __init__(
        self,
        schema: Schema,
        searcher: Searcher,
        analyzers: Analyzers,
        points_near: PointsNear,
        codes: Iterable[str],
    ) -> None:
        self._schema = schema
        self._searcher = searcher
        self._analyzers = analyzers
        self._codes = tuple(codes)
        self._fields = FieldCompiler(schema, searcher, analyzers, points_near)

    def compile(self, query: SearchQuery, *, leave_out: str | None = None) -> Query:
        """Return the engine's query for everything but order and page, without the filter of facet `leave_out`."""
        # Most indices have nothing to leave out, and a search asks each of its queries twice.
        is_any_withdrawn = self._searcher.doc_freq(engine_name("withdrawn"), True) > 0
        parts = [self._expression(query.selection if is_any_withdrawn else query.expression)]
        if query.since is not None or query.until is not None:
            parts.append(self._fields.range(Range("published_at", query.since, query.until)))
        parts.extend(self._fields.chosen(chosen) for chosen in query.filters if chosen.field != leave_out)
        return parts[0] if len(parts) == 1 else Query.boolean_query([(Occur.Must, part) for part in parts])

    def _expression(self, expression: Expression) -> Query:
        match expression:
            case Everything():
                return unscored(Query.all_query())
            case And(parts):
                return self._conjunction(parts)
            case Or(parts):
                return Query.boolean_query([(Occur.Should, self._expression(part)) for part in parts])
            case Not():
                return self._conjunction((expression,))
            case Word() | Phrase() | Prefix():
                return self._text(expression)
            case _:
                return self._condition(expression)

    def _conjunction(self, parts: Iterable[Expression]) -> Query:
        """Compile AND; the engine needs something to start from when all parts are negations."""
        clauses = [
            (Occur.MustNot, self._expression(part.part))
            if isinstance(part, Not)
            else (Occur.Must, self._expression(part))
            for part in parts
        ]
        if all(occur is Occur.MustNot for occur, _ in clauses):
            clauses.append((Occur.Must, unscored(Query.all_query())))
        return Query.boolean_query(clauses)

    def _condition(self, condition: Expression) -> Query:
        match condition:
            case FieldTerm():
                return self._fields.term(condition)
            case Exists():
                return self._fields.exists(condition)
            case Range():
                return self._fields.range(condition)
            case Near():
                return self._fields.near(condition)
            case _:
                return Query.empty_query()

    def _text(self, part: Word | Phrase | Prefix) -> Query:
        weights = TEXT_WEIGHTS if part.field is None else {part.field: TEXT_WEIGHTS[part.field]}
        if isinstance(part, Word):
            return self._word(part.text, weights)
        terms = self._analyzers.neutral.analyze(part.text)
        if not terms:
            return Query.empty_query()
        names = {text_name(field, NEUTRAL): weight for field, weight in weights.items()}
        if isinstance(part, Phrase):
            return _best([_weighted(build_terms(self._schema, name, terms), weight) for name, weight in names.items()])
        found = ((build_prefix(self._schema, self._searcher, name, terms), weight) for name, weight in names.items())
        return _best([Query.const_score_query(query, weight) for query, weight in found])

    def _word(self, text: str, weights: Mapping[str, float]) -> Query:
        """Compile a word: its inflected forms in the article's language, and a little more for the form as typed."""
        terms = {code: self._analyzers.by_code[code].analyze(text) for code in self._codes}
        tells = {**word_weights(text), UNSTEMMED: 1.0}
        least = min(tells.values())
        exact = self._analyzers.neutral.analyze(text)
        fields = []
        for field, weight in weights.items():
            forms = ((self._known(text_name(field, code), found), tells[code]) for code, found in terms.items())
            inflected = [_weighted(query, telling) for query, telling in forms if query is not None]
            if inflected:
                typed = self._known(text_name(field, NEUTRAL), exact)
                fields.append(_weighted(_either(inflected, typed, least), weight))
        return _best(fields)

    def _known(self, name: str, terms: Sequence[str]) -> Query | None:
        """Return the query for the terms, None when some of them stand in no article."""
        if not terms or not all(self._searcher.doc_freq(name, term) for term in terms):
            return None
        return build_terms(self._schema, name, terms)


def find_codes(searcher: Searcher) -> tuple[str, ...]:
    """Return the codes of the text sub-fields that any article has, the neutral one left out."""
    terms = {"terms": {"field": engine_name("language"), "size": _MOST_LANGUAGES, "missing": ""}}
    buckets = searcher.aggregate(Query.all_query(), {"languages": terms})["languages"]["buckets"]
    return tuple(sorted({text_language(bucket["key"]) or UNSTEMMED for bucket in buckets}))


def _either(inflected: Sequence[Query], typed: Query | None, telling: float) -> Query:
    """Return the query for a word in one field: an article has one language, so only one of `inflected` can match."""
    found = [(Occur.Should, query) for query in inflected]
    if typed is not None:
        found.append((Occur.Should, Query.boost_query(typed, TYPED_FORM_WEIGHT * telling)))
    return found[0][1] if len(found) == 1 else Query.boolean_query(found)


def _weighted(query: Query, weight: float) -> Query:
    return query if weight == 1.0 else Query.boost_query(query, weight)


def _best(queries: Sequence[Query]) -> Query:
    if not queries:
        return Query.empty_query()
    return queries[0] if len(queries) == 1 else Query.disjunction_max_query(list(queries), TIE_BREAKER)
