"""The demo's report as lines for a person. Report in, lines out."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from pipeline.cli.demo_report import DemoReport
from pipeline.cli.output import count
from pipeline.stories.history import describe_version
from schemas.article import EnrichedArticle

MOST_SHOWN: Final = 6
TITLE_CHARS: Final = 78
ENTITY_KINDS: Final = (("PERSON", "people"), ("ORG", "organisations"), ("GPE", "places"))
KINDS: Final = {"verbatim": "word by word", "near-copy": "edited", "excerpt": "as a part, or with more around it"}
REASONS: Final = {
    "named-origin": "and others name its publisher",
    "unattributed": "and names where it is from",
    "earliest": "and printed later",
    "same-event": "the same event in other words",
    "bridged": "joined when an article came that fits both",
    "moved": "moved here as it fits better",
    "left": "told on its own, as its story had drifted away",
    "alone": "told on its own at first",
    "original": "told on its own at first, and copied",
    "continued": "the same source's longer report",
}
"""How an article came to its place → for people; the codes are those of `pipeline.stories.copies` and `.linking`."""


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
    yield from _describe_changes(report)
    yield ""
    yield from _describe_refusals(report)


def _publisher(article: EnrichedArticle) -> str:
    return article.source.name or article.source.domain or "unknown publisher"


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
        yield f"  {origin.name} → {_publisher(article)}, by {origin.kind.value}: “{_cut(evidence)}”"


def _describe_copies(report: DemoReport) -> Iterator[str]:
    """Yield the originals that were copied most, each copy with what it has other, and how the original is known."""
    titles = report.titles()
    clusters: dict[str, list[tuple[str, str]]] = {}
    for article, stored in report.articles:
        if stored.fields.get("is_copy"):
            why = report.placed.get(article.article_id, "")
            clusters.setdefault(stored.fields["copy_of"], []).append((_publisher(article), why))
    publishers = {article.article_id: _publisher(article) for article, _ in report.articles}
    yield f"{count(sum(map(len, clusters.values())), 'copy', 'copies')} of {count(len(clusters), 'article')}:"
    for original, copies in sorted(clusters.items(), key=lambda item: -len(item[1]))[:MOST_SHOWN]:
        yield f"  “{_cut(titles.get(original, original))}” ({publishers.get(original, 'unknown publisher')}) also in"
        for publisher, why in copies:
            kind, _, reason = why.partition("-of-")
            yield f"    {publisher}: {KINDS.get(kind, kind)}, {REASONS.get(reason, reason)}"


def _describe_changes(report: DemoReport) -> Iterator[str]:
    """Yield the articles that were changed after they were first seen, with what changed."""
    titles = report.titles()
    yield f"{count(len(report.changed), 'article')} changed after it was first seen (newswire show ID --versions):"
    for article_id, history in list(report.changed.items())[:MOST_SHOWN]:
        yield f"  “{_cut(titles.get(article_id, article_id))}”"
        for version in history[1:]:
            lines = describe_version(version)
            yield f"    {version.kind} {next(lines).partition(' UTC')[0]}"
            yield from (f"    {line}" for line in lines)


def _describe_stories(report: DemoReport) -> Iterator[str]:
    """Yield the events that are told in several articles of their own, most first."""
    told: dict[str, list[tuple[EnrichedArticle, bool]]] = {}
    for article, stored in sorted(report.articles, key=lambda pair: pair[0].published.at or pair[0].fetched_at):
        story = stored.fields.get("story_id", article.article_id)
        told.setdefault(story, []).append((article, bool(stored.fields.get("is_copy"))))
    several = [articles for articles in told.values() if sum(not copy for _, copy in articles) > 1]
    yield f"{count(len(several), 'story', 'stories')} told by several in their own words (newswire stories list):"
    for articles in sorted(several, key=lambda each: -len(each))[:MOST_SHOWN]:
        own = [article for article, copy in articles if not copy]
        languages = ", ".join(dict.fromkeys(article.language or "unknown" for article in own))
        copies = count(len(articles) - len(own), "copy", "copies")
        yield f"  “{_cut(own[0].title)}”: {len(own)} own reports in {languages}, {copies}"
        for article in own[1:]:
            why = report.placed.get(article.article_id, "")
            yield f"    “{_cut(article.title)}” ({_publisher(article)}), {REASONS.get(why, why)}"


def _describe_refusals(report: DemoReport) -> Iterator[str]:
    yield f"{count(len(report.refusals), 'input')} refused, kept with the reason (newswire dead-letters list):"
    for refusal in report.refusals:
        yield f"  {refusal.where}: {refusal.why}"


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= TITLE_CHARS else flat[: TITLE_CHARS - 1] + "…"
