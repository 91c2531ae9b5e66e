"""`python -m benchmarks word-frequency`: makes the table of how common words are, from the evaluation articles.

English from the articles of two collections, none of which is used to score stories; of the other languages only the
function words of spaCy's lists, which count as being everywhere.
"""

import csv
import importlib
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Final

from benchmarks.corpus import WEB, WIRE, read_articles
from benchmarks.figures import note
from pipeline.stories.terms import split_words

TABLE: Final = Path(__file__).resolve().parents[1] / "pipeline" / "stories" / "word_frequency.csv"
LANGUAGES: Final = ("da", "de", "es", "fi", "fr", "hu", "it", "nb", "nl", "pl", "pt", "ro", "sv", "tr")
WIRE_ARTICLES: Final = 6000
LEAST_ARTICLES: Final = 10  # what is rarer tells so much that its exact number does not matter


def make_word_frequency() -> None:
    """Count and write the table."""
    counted: Counter[str] = Counter()
    articles = 0
    for article in chain(read_articles(WEB), read_articles(WIRE, WIRE_ARTICLES)):
        counted.update(set(split_words(f"{article.feed_entry.title or ''} {article.content}")))
        articles += 1
    rows = [(word, "en", number) for word, number in counted.items() if number >= LEAST_ARTICLES and word.isascii()]
    for language in LANGUAGES:
        stop_words: set[str] = importlib.import_module(f"spacy.lang.{language}.stop_words").STOP_WORDS
        foreign = {word for phrase in stop_words for word in split_words(phrase)}
        rows += [(word, "no" if language == "nb" else language, articles) for word in foreign]
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("word", "language", "articles"))
        writer.writerows(sorted([("", "en", articles), *rows]))
    note(f"{len(rows):,} words of {articles:,} articles in {TABLE}")
