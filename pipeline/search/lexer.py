"""Query text → tokens, with their places. Total: any text has tokens. Imports nothing of ours but the field names.

`field:` becomes a token of its own; what follows it directly is its value, so that values may contain colons.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class TokenKind(StrEnum):
    """What a token is."""

    WORD = "word"
    PHRASE = "phrase"
    FIELD = "field"
    OPEN = "open"
    CLOSE = "close"
    OR = "or"
    AND = "and"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `start` and `end` are its place in the query. `complete` is False for a phrase without its end."""

    kind: TokenKind
    text: str
    start: int
    end: int
    complete: bool = True


CLOSING_QUOTES: Final = {'"': '"', "“": '”"', "„": '“”"', "«": "»", "”": '”"'}
_ENDS: Final = {opening: re.compile(f"[{closing}]") for opening, closing in CLOSING_QUOTES.items()}
_BARE: Final = re.compile(r'[^\s()"“”„«»]+')
_FIELD: Final = re.compile(r"([A-Za-z_]{1,20}):(?=[^\s)])")
_OPERATORS: Final = {"OR": TokenKind.OR, "||": TokenKind.OR, "AND": TokenKind.AND, "&&": TokenKind.AND}


def tokenize(text: str) -> Iterator[Token]:
    """Yield the tokens of `text` in order; every character that is no space belongs to one."""
    place = 0
    value_expected = False
    while place < len(text):
        letter = text[place]
        if letter.isspace():
            place, value_expected = place + 1, False
            continue
        token = _token_at(text, place, value_expected=value_expected)
        value_expected = token.kind is TokenKind.FIELD
        place = token.end
        yield token


def _token_at(text: str, place: int, *, value_expected: bool) -> Token:
    letter = text[place]
    if letter == "(":
        return Token(TokenKind.OPEN, letter, place, place + 1)
    if letter == ")":
        return Token(TokenKind.CLOSE, letter, place, place + 1)
    if letter in CLOSING_QUOTES:
        return _phrase_at(text, place)
    bare = _BARE.match(text, place)
    if bare is None:  # a closing quote without its beginning
        return Token(TokenKind.WORD, letter, place, place + 1)
    run = bare.group()
    if value_expected:
        return Token(TokenKind.WORD, run, place, bare.end())
    return _word_at(text, place, run)


def _phrase_at(text: str, place: int) -> Token:
    end = _ENDS[text[place]].search(text, place + 1)
    if end is None:
        return Token(TokenKind.PHRASE, text[place + 1 :], place, len(text), complete=False)
    return Token(TokenKind.PHRASE, text[place + 1 : end.start()], place, end.end())


def _word_at(text: str, place: int, run: str) -> Token:
    end = place + len(run)
    if run[0] == "-" and _begins_term(text, place + 1):
        return Token(TokenKind.NOT, "-", place, place + 1)
    if run == "NOT":
        return Token(TokenKind.NOT, run, place, end)
    if run in _OPERATORS:
        return Token(_OPERATORS[run], run, place, end)
    field = _FIELD.match(text, place)
    if field is not None:
        return Token(TokenKind.FIELD, field.group(1), place, field.end())
    return Token(TokenKind.WORD, run, place, end)


def _begins_term(text: str, place: int) -> bool:
    return place < len(text) and not text[place].isspace() and text[place] != ")"
