"""Scores extraction on pages with gold text: `html_X.jsonl.gz`, records {id, url, html, gold {text, title?, …}}.

Pages → `Score`. Word F1 and 4-gram F1 are of multisets, per page, averaged, in the manner of the article
extraction benchmark of Scrapinghub (2019). The baseline is trafilatura alone, in the same run.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pipeline.evaluate.examples import take_each
from pipeline.evaluate.gold_file import read_gold
from pipeline.evaluate.headlines import is_headline, load_headlines
from pipeline.evaluate.page_facts import are_authors, load_page_facts
from pipeline.evaluate.score import Score
from pipeline.extract.article import extract_article
from pipeline.extract.boilerplate import Mode, baseline_text, baseline_title
from pipeline.extract.extracted import ExtractedArticle
from schemas.annotations import ZoneKind
from schemas.article import RawArticle, SourceClaim
from schemas.errors import Rejected

BODY: Final = frozenset({ZoneKind.BODY, ZoneKind.DATELINE})
"""A dateline is set apart by us, but it is part of the story's text, and of the gold."""
GRAM: Final = 4
LOW: Final = {"pages_under_080": 0.8, "pages_under_050": 0.5}
"""Below these values of word F1 a page counts as poor, and as lost."""
STRONGEST: Final[Mode] = "precision"
"""The mode of trafilatura with the best figures on the gold file at hand."""
_FETCHED: Final = datetime(2100, 1, 1, tzinfo=UTC)  # later than any page: its dates are not ours to judge
_WORD: Final = re.compile(r"\w+")


def score(path: Path, limit: int | None = None) -> Score:
    """Score the body that extraction finds, and title, day and authors where the gold has them.

    Figures: `word_f1`, `four_gram_f1`; `pages_under_080` and `pages_under_050`, counts by word F1; `pages_refused`, a
    count; `title`, `day`, `authors`, shares of right ones; `ms_a_page`, milliseconds of wall time. Baseline:
    trafilatura with `favor_precision`, for the texts, the titles and the time.
    """
    records = list(_read(path, limit))
    started = time.perf_counter()
    articles = [_extracted(record) for record in records]
    milliseconds = (time.perf_counter() - started) * 1000 / max(1, len(records))
    golds = [_gold_text(record) for record in records]
    figures = text_figures([body_text(article) for article in articles], golds)
    figures["pages_refused"] = float(sum(article is None for article in articles))
    figures["ms_a_page"] = milliseconds
    figures |= _fact_figures(records, articles)
    return Score("extraction", len(records), figures, baseline_figures(records, STRONGEST))


def find_examples(path: Path, limit: int | None, count: int) -> Iterator[str]:
    """Yield the `count` pages with the lowest word F1, then wrong titles, days and authors."""
    poor: list[tuple[float, str]] = []
    wrong: dict[str, list[str]] = {name: [] for name in _KEYS}
    for record in _read(path, limit):
        article, gold = _extracted(record), record["gold"]
        words, wanted = _WORD.findall(body_text(article)), _WORD.findall(_gold_text(record))
        value = multiset_f1(words, wanted)
        poor.append((value, f"{value:.3f} {record['id']}: {len(words)} words found, {len(wanted)} in the gold"))
        for name, key in _facts_of(gold):
            if article is None or not _TESTS[name](article, gold[key]):
                wrong[name].append(f"{record['id']}: {gold[key]!r}, found {_told(name, article)!r}")
    low = [line for value, line in sorted(poor) if value < 1]
    yield from take_each({"word F1": low, **wrong}, count)


def _told(name: str, article: ExtractedArticle | None) -> object:
    if article is None:
        return None
    return {"title": article.title, "day": article.published.at, "authors": article.authors}[name]


def baseline_figures(records: Sequence[dict[str, Any]], mode: Mode) -> dict[str, float]:
    """Return the figures of trafilatura alone in one of its modes."""
    started = time.perf_counter()
    texts = [baseline_text(record["html"], mode) for record in records]
    milliseconds = (time.perf_counter() - started) * 1000 / max(1, len(records))
    figures = text_figures(texts, [_gold_text(record) for record in records]) | {"ms_a_page": milliseconds}
    titles = [
        is_headline(baseline_title(record["html"]), str(record["gold"][key]))
        for record in records
        for name, key in _facts_of(record["gold"])
        if name == "title"
    ]
    return figures | ({"title": sum(titles) / len(titles)} if titles else {})


def text_figures(texts: Sequence[str], golds: Sequence[str]) -> dict[str, float]:
    """Return word F1, 4-gram F1 and the count of poor pages of texts against their golds."""
    words = [(_WORD.findall(text), _WORD.findall(gold)) for text, gold in zip(texts, golds, strict=True)]
    word_f1 = [multiset_f1(found, gold) for found, gold in words]
    gram_f1 = [multiset_f1(_grams(found), _grams(gold)) for found, gold in words]
    return {
        "word_f1": sum(word_f1) / max(1, len(words)),
        "four_gram_f1": sum(gram_f1) / max(1, len(words)),
        **{name: sum(value < low for value in word_f1) for name, low in LOW.items()},
    }


def multiset_f1(found: Iterable[Hashable], gold: Iterable[Hashable]) -> float:
    """Return the F1 of two multisets; two empty ones agree.

    >>> multiset_f1("aab", "abc"), multiset_f1("", "")
    (0.6666666666666666, 1.0)
    """
    first, second = Counter(found), Counter(gold)
    if not first and not second:
        return 1.0
    shared = (first & second).total()
    return 2 * shared / (first.total() + second.total())


def body_text(article: ExtractedArticle | None) -> str:
    """Return the body of an article as lines; empty for a page that was refused."""
    if article is None:
        return ""
    return "\n".join(article.text[zone.start : zone.end] for zone in article.zones if zone.kind in BODY)


def _grams(words: Sequence[str]) -> list[tuple[str, ...]]:
    if len(words) < GRAM:
        return [tuple(words)]
    return [tuple(words[start : start + GRAM]) for start in range(len(words) - GRAM + 1)]


def _read(path: Path, limit: int | None) -> Iterator[dict[str, Any]]:
    """Yield the gold records; what readers found on the page is put in where the gold does not have it."""
    headlines, facts = load_headlines(), load_page_facts()
    for record in read_gold(path, limit):
        if isinstance(record["gold"], dict) and record["id"] in headlines:
            record["gold"].setdefault(_DIGEST, headlines[record["id"]])
        if isinstance(record["gold"], dict) and record["id"] in facts:
            record["gold"].setdefault(_DAYS, sorted(facts[record["id"]].days))
            record["gold"].setdefault(_AUTHOR_DIGESTS, sorted(facts[record["id"]].author_digests))
        yield record


def _extracted(record: dict[str, Any]) -> ExtractedArticle | None:
    raw = RawArticle(
        article_id="0" * 32,
        version=1,
        fetched_at=_FETCHED,
        url=record.get("url"),
        source=SourceClaim(domain=record.get("domain")),
        channel="http",
        content=record["html"],
        content_type="html",
    )
    try:
        return extract_article(raw)
    except Rejected:
        return None


def _gold_text(record: dict[str, Any]) -> str:
    gold = record["gold"]
    return str(gold.get("text") or "") if isinstance(gold, dict) else str(gold)


def _fact_figures(records: Sequence[dict[str, Any]], articles: Sequence[ExtractedArticle | None]) -> dict[str, float]:
    """Return the share of right titles, days and authors, each over the records whose gold has it."""
    right: dict[str, list[bool]] = {name: [] for name in _KEYS}
    for record, article in zip(records, articles, strict=True):
        for name, key in _facts_of(record["gold"]):
            right[name].append(article is not None and _TESTS[name](article, record["gold"][key]))
    return {name: sum(answers) / len(answers) for name, answers in right.items() if answers}


def _facts_of(gold: object) -> Iterator[tuple[str, str]]:
    """Yield the facts that the gold has, each with its key there."""
    if isinstance(gold, dict):
        for name, keys in _KEYS.items():
            key = next((key for key in keys if gold.get(key)), None)
            if key:
                yield name, key


_DIGEST: Final = "headline_digest"
_DAYS: Final = "days"
_AUTHOR_DIGESTS: Final = "author_digests"
_KEYS: Final = {
    "title": ("title", "headline", _DIGEST),
    "day": ("date", "published", _DAYS),
    "authors": ("authors", "author", _AUTHOR_DIGESTS),
}


def _has_day(article: ExtractedArticle, gold: object) -> bool:
    days = gold if isinstance(gold, list) else [str(gold)[:10]]
    return article.published.at is not None and article.published.at.date().isoformat() in days


def _has_authors(article: ExtractedArticle, gold: object) -> bool:
    return are_authors(article.authors, gold if isinstance(gold, list) else [str(gold)])


_TESTS: Final[dict[str, Callable[[ExtractedArticle, Any], bool]]] = {
    "title": lambda article, gold: is_headline(article.title, str(gold)),
    "day": _has_day,
    "authors": _has_authors,
}
