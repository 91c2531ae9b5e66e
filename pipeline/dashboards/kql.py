"""The part of Kibana's query language that our dashboards use → a query, and the fields that it names. Pure.

`field : value`, `field : "several words"`, `field : *`, `field >= 3`, `and`, `or`, `not`, parentheses. Anything else is
an error with its place, so that a panel cannot say something that was not checked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, NoReturn

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<sign>>=|<=|>|<|:|\(|\))|"(?P<text>(?:[^"\\]|\\.)*)"|(?P<word>[^\s():<>"]+))""",
)
_RANGES: Final = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}


class KqlError(ValueError):
    """The expression is not in the part of the language that is read here."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def compile_kql(expression: str) -> dict[str, Any]:
    """Return the query.

    >>> compile_kql('is_copy : true and not language : en')["bool"]["filter"][0]
    {'term': {'is_copy': True}}

    Raises:
        KqlError: with the place, 1 for the first character.
    """
    reader = _Reader(list(_tokens(expression)), len(expression))
    found = reader.read_or()
    reader.expect_end()
    return found


def fields_of(expression: str) -> list[str]:
    """Return the fields that it names, in order. Errors as `compile_kql`."""
    compile_kql(expression)
    tokens = list(_tokens(expression))
    return [
        one.text
        for one, after in pairwise(tokens)
        if one.kind == "word" and after.kind == "sign" and (after.text == ":" or after.text in _RANGES)
    ]


def _tokens(expression: str) -> Iterator[_Token]:
    at = 0
    text = expression.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            msg = f"cannot be read at character {at + 1}: {text[at : at + 20]!r}"
            raise KqlError(msg)
        yield _Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup) + 1)
        at = found.end()


class _Reader:
    def __init__(self, tokens: list[_Token], length: int) -> None:
        self._tokens = tokens
        self._length = length
        self._next = 0

    def read_or(self) -> dict[str, Any]:
        parts = [self._read_and()]
        while self._take_word("or"):
            parts.append(self._read_and())
        return parts[0] if len(parts) == 1 else {"bool": {"should": parts, "minimum_should_match": 1}}

    def expect_end(self) -> None:
        if self._next < len(self._tokens):
            self._fail("the end")

    def _read_and(self) -> dict[str, Any]:
        parts = [self._read_not()]
        while self._take_word("and"):
            parts.append(self._read_not())
        return parts[0] if len(parts) == 1 else {"bool": {"filter": parts}}

    def _read_not(self) -> dict[str, Any]:
        if self._take_word("not"):
            return {"bool": {"must_not": [self._read_not()]}}
        if self._take_sign("("):
            inner = self.read_or()
            if not self._take_sign(")"):
                self._fail(")")
            return inner
        return self._read_condition()

    def _read_condition(self) -> dict[str, Any]:
        field = self._take("word")
        if field is None:
            self._fail("a field")
        sign = self._take("sign")
        if sign is None or (sign.text != ":" and sign.text not in _RANGES):
            self._fail("a sign such as :", back=sign is not None)
        quoted = self._take("text")
        word = None if quoted is not None else self._take("word")
        value: Any
        if quoted is not None:
            value = re.sub(r"\\(.)", r"\1", quoted.text)
        elif word is not None:
            value = _typed(word.text)
        else:
            self._fail("a value")
        if sign.text in _RANGES:
            return {"range": {field.text: {_RANGES[sign.text]: value}}}
        is_any = word is not None and word.text == "*"
        return {"exists": {"field": field.text}} if is_any else {"term": {field.text: value}}

    def _take(self, kind: str) -> _Token | None:
        if self._next < len(self._tokens) and self._tokens[self._next].kind == kind:
            self._next += 1
            return self._tokens[self._next - 1]
        return None

    def _take_word(self, word: str) -> bool:
        found = self._next < len(self._tokens) and self._tokens[self._next]
        if found and found.kind == "word" and found.text.lower() == word:
            self._next += 1
            return True
        return False

    def _take_sign(self, sign: str) -> bool:
        found = self._next < len(self._tokens) and self._tokens[self._next]
        if found and found.kind == "sign" and found.text == sign:
            self._next += 1
            return True
        return False

    def _fail(self, wanted: str, *, back: bool = False) -> NoReturn:
        at = self._next - back
        place = self._tokens[at].at if at < len(self._tokens) else self._length + 1
        msg = f"needs {wanted} at character {place}"
        raise KqlError(msg)


def _typed(word: str) -> Any:  # noqa: ANN401 - JSON
    if word in {"true", "false"}:
        return word == "true"
    try:
        return int(word) if word.lstrip("-").isdigit() else float(word)
    except ValueError:
        return word
