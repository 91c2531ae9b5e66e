"""Did you mean: a query with a word that hardly any article has → the query with the word that was meant. Pure.

The index lends its words. What is suggested is a query of the language like any other; fields, phrases and operators
stay as they were typed.
"""

from collections.abc import Callable, Sequence
from typing import Final

from pipeline.search.lexer import Token, TokenKind, tokenize
from schemas.query import WordCount

MIN_WORD_CHARS: Final = 4
"""Of shorter words, too many are two letters from each other."""
FEW_ARTICLES: Final = 2
"""A word that so few articles have may be a slip of somebody's pen as well as of the reader's."""
TIMES_MORE: Final = 10
"""A word that exists is only doubted when another, one letter away, is so much more frequent."""
MAX_EDITS: Final = 2
MAX_WORDS: Final = 8
"""Words of a query that are looked at."""


SimilarWords = Callable[[str], Sequence[WordCount]]
"""A word → words of the index like it."""
CountArticles = Callable[[str], int]
"""A word → how many articles have it, in any form."""


def suggest_query(text: str, count_articles: CountArticles, similar_words: SimilarWords) -> str | None:
    """Return the query with each doubtful word replaced; None when there is nothing to suggest.

    >>> suggest_query("ferrry -ham", lambda word: 0, lambda word: [WordCount("ferry", 3)])
    'ferry -ham'
    """
    parts: list[str] = []
    place = 0
    for token in _plain_words(text):
        better = _find_better(token.text, count_articles, similar_words)
        if better is not None:
            parts.extend((text[place : token.start], better))
            place = token.end
    return "".join((*parts, text[place:])) if parts else None


def _plain_words(text: str) -> list[Token]:
    """Return the words that are neither values of fields nor excluded."""
    found: list[Token] = []
    before: Token | None = None
    for token in tokenize(text):
        is_value = before is not None and before.kind is TokenKind.FIELD and before.end == token.start
        is_excluded = before is not None and before.kind is TokenKind.NOT
        plain = token.kind is TokenKind.WORD and token.text.isalpha() and len(token.text) >= MIN_WORD_CHARS
        if plain and not is_value and not is_excluded:
            found.append(token)
        before = token
    return found[:MAX_WORDS]


def _find_better(word: str, count_articles: CountArticles, similar_words: SimilarWords) -> str | None:
    held = count_articles(word)
    if held > FEW_ARTICLES:
        return None
    folded = word.lower()
    ranked = sorted(
        (count_edits(folded, other.word), -other.count, other.word)
        for other in similar_words(word)
        if other.word != folded
    )
    most = MAX_EDITS if len(word) > MIN_WORD_CHARS else 1
    for edits, negative, other in ranked:
        if edits > (1 if held else most):
            return None
        if -negative >= held * TIMES_MORE:
            return other
    return None


def count_edits(first: str, other: str, most: int = MAX_EDITS) -> int:
    """Return how many letters are put in, left out, changed or swapped with their neighbour; `most` + 1 for more.

    Optimal string alignment, as in the engines' fuzzy searches.

    >>> count_edits("teh", "the"), count_edits("storm", "strom"), count_edits("a", "xyz")
    (1, 1, 3)
    """
    if abs(len(first) - len(other)) > most:
        return most + 1
    older: list[int] = []
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(first, start=1):
        current = [row]
        for column, against in enumerate(other, start=1):
            same = letter == against
            cost = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (not same))
            swapped = row > 1 and column > 1 and letter == other[column - 2] and first[row - 2] == against
            current.append(min(cost, older[column - 2] + 1) if swapped else cost)
        if min(current) > most:
            return most + 1
        older, previous = previous, current
    return min(previous[-1], most + 1)
