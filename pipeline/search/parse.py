"""Query text → expression, hints and the reading used. The query language of SEARCH.md section 2. Pure.

Total: every text has a reading. What cannot be read is left out or read as words, and a one-line hint says so with its
place. Limits keep any query cheap. Imports only `schemas` and this package; engines compile the expression.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Final

from pipeline.search.field_values import MIN_PREFIX_CHARS, NAMES, Locate, build_field_expression, has_letters
from pipeline.search.lexer import Token, TokenKind, tokenize
from pipeline.search.reading import nesting, render_expression
from schemas.query import And, Everything, Expression, FieldTerm, Not, Or, Phrase, Prefix, Range, Word

MAX_CHARS: Final = 2000
MAX_CLAUSES: Final = 64
MAX_PREFIXES: Final = 8
MAX_DEPTH: Final = 8
MAX_HINTS: Final = 10
_STARTS: Final = frozenset({TokenKind.WORD, TokenKind.PHRASE, TokenKind.FIELD, TokenKind.OPEN, TokenKind.NOT})


@dataclass(frozen=True, slots=True)
class Hint:
    """What was unclear at `position` (characters from the start of the query), in one line."""

    position: int
    message: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query as it was understood. `reading` is the same query, fully spelled out."""

    expression: Expression
    hints: tuple[Hint, ...]
    reading: str


def parse(text: str, now: datetime, *, locate: Locate | None = None) -> Parsed:
    """Read a query. `now` (aware) is the origin of relative dates; `locate` finds places for `near:` by name.

    Never raises for any text. Words are joined by AND; OR binds weaker than AND; `-` and NOT negate what follows.

    >>> from datetime import UTC
    >>> parse('flood -person:"Ann Lee"', datetime(2020, 1, 1, tzinfo=UTC)).reading
    'flood AND NOT person:"Ann Lee"'
    """
    limit = min(len(text), MAX_CHARS)
    while True:
        parsed = _parse(text, limit, now, locate)
        excess = len(parsed.reading) - MAX_CHARS
        if excess <= 0:
            return parsed
        # Times and places take more room spelled out than typed, and the reading has to be a query of ours itself.
        limit -= max(excess, limit // 8)


def _parse(text: str, limit: int, now: datetime, locate: Locate | None) -> Parsed:
    """Read the first `limit` characters."""
    hints: list[Hint] = []
    if len(text) > limit:
        hints.append(Hint(limit, f"only the first {limit} characters are read"))
        text = text[:limit]
    tokens = _balanced(list(tokenize(text)), hints)
    expression = _Parser(tokens, now, locate, hints).parse()
    if expression is None:
        expression = Everything()
        if text.strip():
            hints.append(Hint(0, "there is nothing to look for, so this is everything"))
    ordered = tuple(sorted(hints, key=lambda hint: hint.position)[:MAX_HINTS])
    return Parsed(expression, ordered, _read(expression))


def _read(expression: Expression) -> str:
    """Return the reading: with all parentheses that help, or with fewer when it could not be read itself otherwise."""
    reading = render_expression(expression)
    # Parentheses cannot be deeper than there are any.
    is_flat = reading.count("(") <= MAX_DEPTH or nesting(reading) <= MAX_DEPTH
    is_readable = len(reading) <= MAX_CHARS and is_flat
    return reading if is_readable else render_expression(expression, spare=True)


def _balanced(tokens: Sequence[Token], hints: list[Hint]) -> list[Token]:
    """Return the tokens with parentheses that match and are at most `MAX_DEPTH` deep."""
    kept: list[Token] = []
    opened: list[Token] = []
    for token in tokens:
        if token.kind is TokenKind.OPEN:
            opened.append(token)
            if len(opened) > MAX_DEPTH:
                if len(opened) == MAX_DEPTH + 1:
                    hints.append(Hint(token.start, f"parentheses deeper than {MAX_DEPTH} are ignored"))
                continue
        elif token.kind is TokenKind.CLOSE:
            if not opened:
                hints.append(Hint(token.start, "this parenthesis closes nothing and is ignored"))
                continue
            opened.pop()
            if len(opened) >= MAX_DEPTH:
                continue
        kept.append(token)
    for token in opened[:MAX_DEPTH]:
        hints.append(Hint(token.start, "this parenthesis is never closed; it is closed at the end"))
        kept.append(Token(TokenKind.CLOSE, ")", token.end, token.end))
    return kept


@dataclass(slots=True)
class _Parser:
    """Recursive descent over balanced tokens; as deep as the parentheses, which are bounded."""

    tokens: list[Token]
    now: datetime
    locate: Locate | None
    hints: list[Hint]
    place: int = 0
    clauses: int = 0
    prefixes: int = 0
    depth: int = 0
    """Open parentheses."""
    names: list[str] = field(default_factory=list)
    """Fields before the open parentheses, innermost last: `source:(bbc OR cnn)`; empty text for none."""

    def parse(self) -> Expression | None:
        expression = self._alternatives()
        if self.clauses > MAX_CLAUSES:
            self.hints.append(Hint(0, f"only the first {MAX_CLAUSES} terms are used"))
        return expression

    def _peek(self) -> Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def _alternatives(self) -> Expression | None:
        parts: list[Expression] = []
        while True:
            part = self._conjunction()
            if part is not None:
                parts.append(part)
            token = self._peek()
            if token is None or token.kind is not TokenKind.OR:
                break
            self.place += 1
            following = self._peek()
            if part is None or following is None or following.kind not in _STARTS:
                self.hints.append(Hint(token.start, "OR needs something on both sides and is ignored"))
        return _joined(parts, Or)

    def _conjunction(self) -> Expression | None:
        parts: list[Expression] = []
        while (token := self._peek()) is not None and token.kind not in {TokenKind.OR, TokenKind.CLOSE}:
            if token.kind is TokenKind.AND:
                self.place += 1
                following = self._peek()
                if not parts or following is None or following.kind not in _STARTS:
                    self.hints.append(Hint(token.start, "AND needs something on both sides and is ignored"))
                continue
            part = self._negation()
            if part is not None:
                parts.append(part)
        return _joined(parts, And)

    def _negation(self) -> Expression | None:
        negated, start = False, 0
        while (token := self._peek()) is not None and token.kind is TokenKind.NOT:
            negated, start = not negated, token.start
            self.place += 1
        if token is None or token.kind not in _STARTS:
            self.hints.append(Hint(start, "NOT needs something after it and is ignored"))
            return None
        part = self._primary(token)
        if not negated or part is None:
            return part
        if self.depth == MAX_DEPTH and _is_group(part):
            self.hints.append(Hint(start, f"NOT would need parentheses deeper than {MAX_DEPTH} here and is ignored"))
            return part
        return part.part if isinstance(part, Not) else Not(part)

    def _primary(self, token: Token) -> Expression | None:
        self.place += 1
        if token.kind is TokenKind.OPEN:
            self.depth += 1
            inner = self._alternatives()
            self.depth -= 1
            self.place += 1  # the closing one: parentheses are balanced
            return inner
        if token.kind is TokenKind.FIELD:
            return self._field(token)
        if not self._has_room():
            return None
        if self.names and self.names[-1]:
            return self._value(self.names[-1], token)
        return self._plain(token)

    def _field(self, token: Token) -> Expression | None:
        name = token.text.lower()
        value = self._peek()
        if value is None or value.start != token.end or value.kind not in _STARTS:
            self.hints.append(Hint(token.start, f"{token.text}: needs a value"))
            return None
        if name not in NAMES:
            return self._unknown_field(token, value)
        if value.kind is TokenKind.OPEN:
            self.names.append(name)
            inner = self._primary(value)
            self.names.pop()
            return inner
        self.place += 1
        return self._value(name, value) if self._has_room() else None

    def _has_room(self) -> bool:
        """Count one more term; whether it is still used."""
        self.clauses += 1
        return self.clauses <= MAX_CLAUSES

    def _unknown_field(self, token: Token, value: Token) -> Expression | None:
        name = token.text.lower()
        if name in {"http", "https"} and value.kind is TokenKind.WORD:
            self.place += 1
            address = Token(TokenKind.WORD, f"{name}:{value.text}", token.start, value.end)
            return self._value("url", address) if self._has_room() else None
        close = get_close_matches(name, sorted(NAMES), n=1)
        advice = f"; did you mean {close[0]}:" if close else ""
        self.hints.append(Hint(token.start, f"there is no field {token.text}:, so it is read as a word{advice}"))
        written = Token(TokenKind.WORD, token.text, token.start, token.end - 1)
        word = self._plain(written) if self._has_room() else None
        rest = self._primary(value)
        return _joined([part for part in (word, rest) if part is not None], And)

    def _value(self, name: str, token: Token) -> Expression | None:
        quoted = token.kind is TokenKind.PHRASE
        self._check_complete(token)
        reading = build_field_expression(name, token.text, quoted=quoted, now=self.now, locate=self.locate)
        if isinstance(reading, str):
            self.hints.append(Hint(token.start, reading))
            return None
        if isinstance(reading, Prefix) or (isinstance(reading, FieldTerm) and reading.prefix):
            self.prefixes += 1
            if self.prefixes > MAX_PREFIXES:
                self.hints.append(Hint(token.start, f"only {MAX_PREFIXES} stars are used; this one is ignored"))
                return None
        # Spelled out these are two terms, and what is spelled out has to be a query of ours itself.
        return None if _has_two_ends(reading) and not self._has_room() else reading

    def _plain(self, token: Token) -> Expression | None:
        text = token.text
        if token.kind is TokenKind.PHRASE:
            self._check_complete(token)
            if has_letters(text):
                return Phrase(text)
            self.hints.append(Hint(token.start, "this phrase has no words and is ignored"))
            return None
        if set(text) == {"*"}:
            return Everything()
        if not has_letters(text):
            self.hints.append(Hint(token.start, f"{text[:20]} has no letters and is ignored"))
            return None
        return self._starred(token) if "*" in text else Word(text)

    def _starred(self, token: Token) -> Expression:
        stem = token.text.rstrip("*")
        self.prefixes += 1
        if "*" in stem:
            self.hints.append(Hint(token.start, "a star is only read at the end of a word"))
            return Phrase(" ".join(stem.replace("*", " ").split()))
        if len(stem) < MIN_PREFIX_CHARS or not stem[-1].isalnum():
            self.hints.append(Hint(token.start, "a star needs two letters before it, so this is read as a word"))
            return Word(stem)
        if self.prefixes > MAX_PREFIXES:
            self.hints.append(Hint(token.start, f"only {MAX_PREFIXES} stars are used; this is read as a word"))
            return Word(stem)
        return Prefix(stem)

    def _check_complete(self, token: Token) -> None:
        if not token.complete:
            self.hints.append(Hint(token.start, "this quotation mark is never closed; the phrase goes to the end"))


def _is_group(part: Expression) -> bool:
    """Whether a reading has to put the part in parentheses behind NOT."""
    return isinstance(part, And | Or) or _has_two_ends(part)


def _has_two_ends(part: Expression) -> bool:
    return isinstance(part, Range) and part.lower is not None and part.upper is not None


def _joined(parts: Sequence[Expression], kind: type[And] | type[Or]) -> Expression | None:
    """Return the parts as one expression, without parts of its own kind. `*` adds nothing to AND, in OR it is all."""
    if kind is And and len(parts) > 1:
        parts = [part for part in parts if not isinstance(part, Everything)] or parts[:1]
    parts = [one for part in parts for one in (part.parts if isinstance(part, kind) else (part,))]
    if kind is Or and any(isinstance(part, Everything) for part in parts):
        return Everything()
    if len(parts) <= 1:
        return parts[0] if parts else None
    return kind(tuple(parts))
