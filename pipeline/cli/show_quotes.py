"""What `newswire show` says about quotes, citations and keywords: an enriched article → lines for a person."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from pipeline.cli.output import count

if TYPE_CHECKING:
    from schemas.annotations import Quote
    from schemas.article import EnrichedArticle

MOST_QUOTES = 40
QUOTE_CHARS = 240


def describe_quotes(article: "EnrichedArticle") -> Iterator[str]:
    """Yield who says what, in text order; one line a speaker, one a quote."""
    if not article.quotes:
        return
    names = {entity.id: entity.name for entity in article.entities}
    yield f"quotes      {count(len(article.quotes), 'quote', 'quotes')}"
    shown = article.quotes[:MOST_QUOTES]
    previous = (None, *shown)
    for before, quote in zip(previous, shown, strict=False):
        who = _who(article, quote, names)
        if before is None or _who(article, before, names) != who:
            yield f"  {who}"
        text = " ".join(quote.text.split())
        kind = "" if quote.kind.value == "direct" else f"  ({quote.kind.value})"
        yield f"    {text if len(text) <= QUOTE_CHARS else text[:QUOTE_CHARS] + '…'}{kind}"
    if len(article.quotes) > MOST_QUOTES:
        yield f"  … {len(article.quotes) - MOST_QUOTES} more (--json shows all)"


def _who(article: "EnrichedArticle", quote: "Quote", names: dict[str, str]) -> str:
    """Return the speaker as the entity is called, and as written where that differs."""
    if quote.source_start is None or quote.source_end is None:
        return "nobody named"
    written = " ".join(article.text[quote.source_start : quote.source_end].strip(" ,").split())
    name = names.get(quote.speaker or "")
    if name is None:
        return f"{written} (not known who)" if written.islower() or written.lower() in _pronouns() else written
    return name if written == name else f"{name}  as “{written}”"


@cache
def _pronouns() -> frozenset[str]:
    """Return the pronouns of all languages; read at first use, because every command imports this module."""
    from pipeline.enrich.quote_words import load_speech_words

    return frozenset[str]().union(*(words.pronouns for words in load_speech_words().values()))


def describe_citations(article: "EnrichedArticle") -> Iterator[str]:
    """Yield the outlets cited with the evidence and whom they quote; then the keywords."""
    if article.citations:
        yield f"cites       {count(len(article.citations), 'citation', 'citations')}"
    for citation in article.citations:
        known = "" if citation.source_id else " (not in the registry)"
        evidence = " ".join(article.text[citation.span.start : citation.span.end].split())
        yield f"  {citation.outlet}{known}: “{evidence}”"
        if citation.chain:
            yield "    who has it from " + ", who has it from ".join(link.text for link in citation.chain)
    if article.keywords:
        yield f"keywords    {', '.join(article.keywords)}"
