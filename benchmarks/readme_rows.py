"""Which figures the README shows, in which order, and what each row is called. What was done, the figures say."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Row:
    """Figures that stand side by side, what they show, and what their baseline is where they do not say it."""

    lead: str
    figures: tuple[str, ...]
    baseline: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows; and whether machine and commands are told: a score depends on neither, and each row names its task."""

    rows: tuple[Row, ...]
    tells_runs: bool


def _score(task: str, names: str, lead: str, baseline: str = "") -> Row:
    return Row(f"{task}: {lead}", tuple(f"score-{task}-{name}" for name in names.split()), baseline)


SPEED: Final = (
    Row("raw topic to searchable", ("embedded-throughput",), "extraction and names alone, nothing around them"),
    Row("the same with copies", ("embedded-throughput-copies",)),
    Row("late against early", ("embedded-long-run",)),
    Row("memory", ("embedded-memory",)),
    Row("search right after writing, p50 / p99", ("embedded-search-p50", "embedded-search-p99")),
    Row("first search after ingest", ("embedded-searchable-after-return",)),
    Row("copies found, recall / precision", ("copies-embedded-long-recall", "copies-embedded-long-precision")),
    Row("grouping", ("grouping-embedded-long",)),
    Row("grouping, late against early", ("grouping-embedded-long-tenths",)),
    Row("grouping on Elasticsearch", ("grouping-elastic",)),
    Row("live latency beside a back-fill, p50 / p99", ("backfill-live-latency-p50", "backfill-live-latency-p99")),
    Row("search by many, p50 / p99", ("search-people-p50", "search-people-p99")),
    Row("search by programs, p50 / p99", ("search-programs-p50", "search-programs-p99")),
    Row("one search", ("search-cpu",)),
    Row("one page", ("page-cpu",)),
    Row("weight of a page", ("page-weight",)),
    Row("items of feeds missing / sent twice", ("feeds-items-missing", "feeds-items-sent-twice")),
    Row("poller", ("feeds-cpu",)),
    Row("memory of the poller", ("feeds-memory",)),
)
QUALITY: Final = (
    _score("extraction", "word_f1 four_gram_f1", "word F1 / 4-gram F1", "trafilatura, its best mode"),
    _score("extraction", "title pages_under_050", "right titles / pages under .5 word F1", "trafilatura"),
    _score("extraction", "day authors", "right days / right authors, where a reader found them"),
    _score("entities", "f1", "strict F1", "plain spaCy"),
    _score("entity-grouping", "mention_f1 pair_f1", "mention F1 / pairwise F1", "plain spaCy, same string"),
    _score("origin", "wire_f1", "wire or not, F1", "agency name near either end"),
    _score("quotes", "content_f1 source_overlap", "content F1 / source overlapping", "quotation marks, nearest person"),
    _score("times", "relaxed_f1 value_accuracy", "relaxed span F1 / value", "dateparser"),
    _score("places", "recognition_f1 near_accuracy", "recognition F1 / within 161 km", "spaCy, most people"),
    _score("sources", "coverage both_right", "in the registry / country and language right", "read from the domain"),
    _score("copies", "f1", "F1, recurring templates counted as wrong", "MinHash at .5"),
    _score("stories", "f1", "B-cubed F1, as they arrive", "TF-IDF to the centroid"),
    _score("stories", "f1_lowest f1_highest", "the same in ten random orders of arrival, lowest / highest"),
    _score("feeds", "files_fewer_entries crashes", "files with fewer entries than feedparser / crashes"),
    _score("search", "ndcg_at_10 mrr", "nDCG@10 / MRR", "BM25 without stemming"),
)
TABLES: Final = {"speed": Table(SPEED, tells_runs=True), "quality": Table(QUALITY, tells_runs=False)}
"""By the name between the README's markers."""
