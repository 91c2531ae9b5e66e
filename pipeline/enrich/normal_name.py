"""Names in a form that can be compared: without case, accents, articles, possessives and dots. Pure."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_POSSESSIVE: Final = re.compile(r"['’]s?$")
_ARTICLE: Final = re.compile(r"^(?:the|a|an) (?=\S)")
_NOT_WORD: Final = re.compile(r"[^\w&+]+")


@lru_cache(maxsize=20_000)
def normal_name(name: str) -> str:
    """Return `name` for comparison: lower case, no accents, no leading article, no possessive, single blanks.

    >>> normal_name("The U.S. Senate’s")
    'us senate'
    >>> normal_name("François  Macron")
    'francois macron'
    """
    folded = fold(name)
    folded = _POSSESSIVE.sub("", _ARTICLE.sub("", folded))
    # "U.S." and "US" are one name, but "Saint-Denis" is two words: dots vanish, other marks separate.
    return _NOT_WORD.sub(" ", folded.replace(".", "").replace("'", "").replace("’", "")).strip()


def fold(text: str) -> str:
    """Return `text` without case and accents, blanks as single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    apart = unicodedata.normalize("NFKD", text)
    return " ".join(
        "".join(character for character in apart if not unicodedata.combining(character)).casefold().split()
    )


def slug(name: str, limit_chars: int = 80) -> str:
    """Return the normal form with hyphens, for ids.

    >>> slug("Group of 20 (G20)")
    'group-of-20-g20'
    """
    return normal_name(name).replace(" ", "-")[:limit_chars]
