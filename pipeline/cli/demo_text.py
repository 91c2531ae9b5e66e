"""The demo's report as lines for a person. Report in, lines out."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from pipeline.cli.demo_report import DemoReport
from pipeline.cli.output import count

MOST_SHOWN: Final = 6
TITLE_CHARS: Final = 78
ENTITY_KINDS: Final = (("PERSON", "people"), ("ORG", "organisations"), ("GPE", "places"))


def describe_report(report: DemoReport, seconds: float) -> Iterator[str]:
    """Yield the report: how much, from whom, made by whom, about whom, copies, and what was refused and why."""
    counts = report.counts()
    yield (
        f"{count(counts['articles'], 'input')} read: {count(counts['indexed'], 'article')} in the index, "
        f"{count(counts['updates'], 'newer version')} of one of them, "
        f"{counts['rejected']:,} rejected as no article, {count(counts['dead_letters'], 'dead letter')} "
        f"({seconds:.1f} s)"
    )
    languages = Counter(article.language or "unknown" for article, _ in report.articles)
    yield f"languages   {_counted(languages.most_common())}"
    sources = Counter(a.source.name or a.source.domain or "unknown" for a, _ in report.articles)
    yield f"sources     {_counted(sources.most_common(MOST_SHOWN))}"
    for label, name in ENTITY_KINDS:
        yield f"{name:<11} {_counted(report.top_entities(label, MOST_SHOWN))}"
    yield ""
    yield from _describe_origins(report)
    yield ""
    yield from _describe_copies(report)
    yield ""
    yield from _describe_stories(report)
    yield ""
    yield from _describe_refusals(report)


def _counted(pairs: list[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {number}" for name, number in pairs) or "none"


def _describe_origins(report: DemoReport) -> Iterator[str]:
    made = [(article, article.origin) for article, _ in report.articles if article.origin]
    yield f"{count(len(made), 'article')} made by somebody else than the publisher, with the evidence:"
    shown: set[str] = set()
    for article, origin in sorted(made, key=lambda pair: -pair[1].confidence):
        if origin.kind.value in shown or len(shown) == MOST_SHOWN:
            continue
        shown.add(origin.kind.value)
        evidence = article.text[origin.span.start : origin.span.end] if origin.span else origin.rule
        publisher = article.source.name or article.source.domain or "unknown publisher"
        yield f"  {origin.name} → {publisher}, by {origin.kind.value}: “{_cut(evidence)}”"


def _describe_copies(report: DemoReport) -> Iterator[str]:
    titles = report.titles()
    clusters: dict[str, list[str]] = {}
    for article, stored in report.articles:
        if stored.fields.get("is_copy"):
            publisher = article.source.name or article.source.domain or "unknown publisher"
            clusters.setdefault(stored.fields["copy_of"], []).append(publisher)
    yield f"{count(sum(map(len, clusters.values())), 'copy', 'copies')} of {count(len(clusters), 'article')}:"
    for original, publishers in sorted(clusters.items(), key=lambda item: -len(item[1]))[:MOST_SHOWN]:
        yield f"  “{_cut(titles.get(original, original))}” also in {', '.join(publishers)}"


def _describe_stories(report: DemoReport) -> Iterator[str]:
    """Yield the events that are told in several articles of their own, most first."""
    told: dict[str, list[tuple[str, str, bool]]] = {}
    for article, stored in sorted(report.articles, key=lambda pair: pair[0].published.at or pair[0].fetched_at):
        fields = stored.fields
        told.setdefault(fields.get("story_id", article.article_id), []).append(
            (article.title, article.language or "unknown", bool(fields.get("is_copy")))
        )
    several = [articles for articles in told.values() if sum(not copy for _, _, copy in articles) > 1]
    yield f"{count(len(several), 'story', 'stories')} told by several in their own words (newswire stories list):"
    for articles in sorted(several, key=lambda each: -len(each))[:MOST_SHOWN]:
        own = [(title, language) for title, language, copy in articles if not copy]
        languages = ", ".join(dict.fromkeys(language for _, language in own))
        copies = count(len(articles) - len(own), "copy", "copies")
        yield f"  “{_cut(own[0][0])}”: {len(own)} own reports in {languages}, {copies}"


def _describe_refusals(report: DemoReport) -> Iterator[str]:
    yield f"{count(len(report.refusals), 'input')} refused, kept with the reason (newswire dead-letters list):"
    for refusal in report.refusals:
        yield f"  {refusal.where}: {refusal.why}"


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= TITLE_CHARS else flat[: TITLE_CHARS - 1] + "…"
