"""Expression → the text that says how a query was read. Pure; the reading is a query itself and reads the same."""

from datetime import UTC, datetime

from pipeline.search.lexer import TokenKind, tokenize
from schemas.fields import QUERY_RANGES
from schemas.query import And, Everything, Exists, Expression, FieldTerm, Near, Not, Or, Phrase, Prefix, Range, Word

_RANGE_NAMES = {field: name for name, field in QUERY_RANGES.items()}


def render_expression(expression: Expression, *, spare: bool = False) -> str:
    """Return the expression in the query language, fully spelled out; `spare` leaves out what a reader does not need.

    >>> render_expression(And((Word("flood"), Not(Phrase("high water")))))
    'flood AND NOT "high water"'
    >>> either = Or((And((Word("flood"), Word("storm"))), Word("wind")))
    >>> render_expression(either), render_expression(either, spare=True)
    ('(flood AND storm) OR wind', 'flood storm OR wind')
    """
    match expression:
        case Everything():
            return "*"
        case And(parts):
            return (" " if spare else " AND ").join(_nested(part, Or, spare=spare) for part in parts)
        case Or(parts):
            return " OR ".join(_nested(part, None, spare=spare) for part in parts)
        case Not(part):
            return f"NOT {_nested(part, And, spare=spare)}"
        case Range():
            return _range(expression, spare=spare)
        case _:
            return _leaf(expression)


def _nested(part: Expression, loosest: type[Or] | type[And] | None, *, spare: bool) -> str:
    """Return a part in the parentheses that it needs: none in OR, around OR in AND, around both behind NOT."""
    text = render_expression(part, spare=spare)
    is_two = isinstance(part, Range) and part.lower is not None and part.upper is not None
    needed = isinstance(part, Or) if loosest is Or else loosest is And and (isinstance(part, And | Or) or is_two)
    return f"({text})" if (needed if spare else isinstance(part, And | Or)) else text


def nesting(text: str) -> int:
    """Return how deep the parentheses of a reading are.

    >>> nesting('(a OR (b AND "((("))')
    2
    """
    depth = deepest = 0
    for token in tokenize(text):
        depth += (token.kind is TokenKind.OPEN) - (token.kind is TokenKind.CLOSE)
        deepest = max(deepest, depth)
    return deepest


def _leaf(expression: Expression) -> str:
    match expression:
        case Word() | Prefix() | Phrase():
            return _text(expression)
        case FieldTerm():
            return _field_term(expression)
        case Exists(name, _):
            return f"{name}:*"
        case Near(lat, lon, radius_km):
            return f"near:{lat:.10g},{lon:.10g},{radius_km:.10g}km"
        case _:
            return render_expression(expression)


def _text(part: Word | Prefix | Phrase) -> str:
    if isinstance(part, Phrase):
        return _named(part.field, _quoted(part.text))
    bare = f"{part.text}*" if isinstance(part, Prefix) else part.text
    # A word such as `a:b`, typed as the value of a field that does not exist, would be read as a field of its own.
    return _named(part.field, bare if part.field is not None or _is_word(bare) else _quoted(part.text))


def _is_word(text: str) -> bool:
    return [(token.kind, token.text) for token in tokenize(text)] == [(TokenKind.WORD, text)]


def _field_term(term: FieldTerm) -> str:
    if term.name == "is":
        return "is:copy"
    return f"{term.name}:{term.value}*" if term.prefix else f"{term.name}:{_quoted(term.value)}"


def _named(field: str | None, text: str) -> str:
    return text if field is None else f"{field}:{text}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', " ") + '"'


def _range(span: Range, *, spare: bool) -> str:
    name = _RANGE_NAMES[span.field]
    parts = []
    if span.lower is not None:
        parts.append(f"{name}:{'>=' if span.include_lower else '>'}{_bound(span.lower)}")
    if span.upper is not None:
        parts.append(f"{name}:{'<=' if span.include_upper else '<'}{_bound(span.upper)}")
    return " ".join(parts) if spare or len(parts) == 1 else f"({' AND '.join(parts)})"


def _bound(value: datetime | float) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return f"{value:.15g}"
