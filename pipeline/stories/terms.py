"""What an article is about, as a few weighted terms: the vector that stories are found by. Pure.

Title, body and names → up to `MAX_TERMS` numbers, each a hashed word with its TF-IDF weight. How common a word is comes
from a shipped table (`word_frequency.csv`), not from the stream, so that an article's terms do not depend on
what arrived before it; `python -m benchmarks word-frequency` makes the table anew.
"""

import csv
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from importlib import resources
from typing import Final

MAX_TERMS: Final = 100
"""More change nothing: B-cubed F1 .937 with 100, .936 with all (clusters_giveme5w1h, offline average linkage)."""
TITLE_WEIGHT: Final = 6.0
"""A word of the title counts as so many of the body: .923 with 1, .937 with 3, .945 with 6."""
MAX_CHARS: Final = 20_000
ENGLISH: Final = "en"
LEAST_IDF: Final = 0.7
NAME_BIT: Final = 0x80
WEIGHT_MASK: Final = 0x7F
"""A term is one number: 32 bits of hash, one that marks (part of) a name, seven of weight."""

_WORD = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿]|[^\W_]+")
_SPACES: Final = bytes(byte if byte >= 0x80 or chr(byte).isalnum() else 0x20 for byte in range(256))
"""Every ASCII character that stands in no word becomes a space: to split there is faster than a regular expression."""


def extract_terms(title: str, body: str, names: Iterable[str], language: str | None) -> tuple[int, ...]:
    """Return the article's terms, the heaviest first. `names` are those of its people, organisations and places."""
    weights: dict[str, float] = {**count_words(body[:MAX_CHARS])}
    for word, number in count_words(title).items():
        weights[word] = weights.get(word, 0.0) + number * TITLE_WEIGHT
    table, unknown = _idf_table(language)
    scored = []
    for word, weight in weights.items():
        told = table.get(word, unknown)
        if told >= LEAST_IDF:
            scored.append(((-1 - math.log(weight)) * told, word))
    if not scored:
        return ()
    best = sorted(scored)[:MAX_TERMS]
    named = count_words(" ".join(names))
    scale = WEIGHT_MASK / -best[0][0]
    return tuple(
        _hash(word) << 8 | (NAME_BIT if word in named else 0) | max(1, round(-score * scale)) for score, word in best
    )


def count_words(text: str) -> dict[str, int]:
    """Return how often each word is there, in lower case, English plurals and possessives cut off.

    >>> count_words("Two ferries' crews, and Odette’s storms: a storm!")
    {'two': 1, 'ferry': 1, 'crew': 1, 'and': 1, 'odette': 1, 'storm': 2}
    """
    parts = text.lower().encode(errors="surrogatepass").translate(_SPACES).decode(errors="surrogatepass").split()
    counted: dict[str, int] = {}
    for part, number in Counter(parts).items():
        for word in (part,) if part.isascii() else _WORD.findall(part):
            if len(word) > 1 or word > "z":  # the s of a possessive is too short for a word
                stem = _stem(word) if word[-1] == "s" else word
                counted[stem] = counted.get(stem, 0) + number
    return counted


def split_words(text: str) -> list[str]:
    """Return the words as `count_words` has them, each once."""
    return list(count_words(text))


def idf(word: str, language: str | None) -> float:
    """Return how much a word tells: 0 for one in every article, about 9 for one in none of the table's."""
    table, unknown = _idf_table(language)
    return table.get(word, unknown)


def is_counted(word: str) -> bool:
    """Whether any language's table has the word; all others tell the same, and the most, in every language."""
    tables, _ = _idf_tables()
    return any(word in table for table in tables.values())


def _idf_table(language: str | None) -> tuple[Mapping[str, float], float]:
    """Return what each word of the table tells in a language, or else in English, and what all others do."""
    tables, unknown = _idf_tables()
    return tables.get((language or ENGLISH).partition("-")[0], tables[ENGLISH]), unknown


@lru_cache(maxsize=1)
def _idf_tables() -> tuple[Mapping[str, Mapping[str, float]], float]:
    """Return a table for each language that has one, English words standing in what it lacks.

    All at once and for good: a search that may mean any language asks for each of them at every word.
    """
    counted: defaultdict[str, dict[str, int]] = defaultdict(dict)
    file = resources.files("pipeline.stories") / "word_frequency.csv"
    for row in csv.DictReader(file.read_text("utf-8").splitlines()):
        counted[row["language"]][row["word"]] = int(row["articles"])
    unknown = math.log(counted[ENGLISH].pop("") + 1)  # the row without a word: how many articles were counted
    told = {
        language: {word: unknown - math.log(number + 1) for word, number in words.items() if number}
        for language, words in counted.items()
    }
    return {language: told[ENGLISH] | own for language, own in told.items()}, unknown


def _stem(word: str) -> str:
    """Return a word that ends in s without its plural."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


@lru_cache(maxsize=65_536)
def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")
