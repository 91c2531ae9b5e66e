"""`newswire show`: one article with everything it was given, and the evidence for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import count, date_as_known, print_json
from pipeline.cli.show_quotes import describe_citations, describe_quotes
from pipeline.cli.show_versions import show_versions
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pipeline.index.base import ArticleIndex, StoredArticle
    from schemas.article import EnrichedArticle

MOST_ENTITIES = 30
MOST_PLACES = 12
MOST_TIMES = 15
EXCERPT_CHARS = 600
MOST_OPEN = 8
_TO_THE_DAY = frozenset({"year", "month", "day"})


def show(
    article: Annotated[str, typer.Argument(metavar="ID|URL", help="The article's id, or its address.")],
    as_json: Annotated[bool, typer.Option("--json", help="The whole record, with the index fields, as JSON.")] = False,
    versions: Annotated[bool, typer.Option("--versions", help="What each version changed, instead.")] = False,
) -> None:
    """Show one article: text zones, source and origin with evidence, entities, quotes, times; or its versions.

    Example: newswire show https://harbour-post.example/a --versions
    """
    with open_workspace() as workspace:
        stored = _find(workspace.index, article)
        earlier = workspace.index.earlier_versions(stored.article_id) if versions else ()
    if versions:
        show_versions(stored, earlier, as_json=as_json)
        return
    from schemas.article import EnrichedArticle
    from schemas.codec import decode

    enriched = decode(EnrichedArticle, stored.stored.encode())
    if as_json:
        print_json({**enriched.model_dump(mode="json"), "index": dict(stored.fields)})
        return
    for line in describe(enriched, dict(stored.fields)):
        typer.echo(line)


def _find(index: "ArticleIndex", wanted: str) -> "StoredArticle":
    from pipeline.sources.urls import article_id, canonical_url
    from schemas.errors import NewswireError

    ids = [wanted.strip().lower()]
    canonical = canonical_url(wanted)
    if canonical:
        ids.append(article_id(canonical))
    for candidate in ids:
        stored = index.get(candidate)
        if stored is not None:
            return stored
    msg = f"no article {wanted!r} in the index; `newswire search --json` prints the ids of what is there"
    raise NewswireError(msg)


def describe(article: "EnrichedArticle", fields: dict[str, Any]) -> Iterator[str]:
    """Yield the lines that tell a person what is known of the article, and from where."""
    yield article.title
    yield "=" * min(len(article.title), 100)
    if fields.get("withdrawn"):
        yield f"WITHDRAWN by {fields.get('withdrawn_by', 'an operator')}: no search shows it (newswire withdraw --undo)"
    yield from _describe_provenance(article, fields)
    yield from _describe_zones(article)
    yield from _describe_entities(article)
    yield from describe_quotes(article)
    yield from describe_citations(article)
    yield from _describe_places(article)
    yield from _describe_times(article)
    problems = article.enrichment.problems
    yield from (f"problem     {problem.step}: {problem.reason} {problem.detail}" for problem in problems)
    spent = sum(article.enrichment.milliseconds.values())
    models = ", ".join(f"{task} {model}" for task, model in sorted(article.enrichment.models.items()))
    yield f"enriched    version {article.enrichment.version} in {spent:.0f} ms ({models})"


def _describe_provenance(article: "EnrichedArticle", fields: dict[str, Any]) -> Iterator[str]:
    yield f"id          {article.article_id}  version {article.version}"
    if article.url:
        yield f"address     {article.url}"
    if article.received_from:
        yield f"received    {article.received_from} ({article.channel}), {article.fetched_at:%Y-%m-%d %H:%M} UTC"
    source = article.source
    facts = [fact for fact in (source.kind, source.country, source.language, source.owner) if fact]
    known = "" if source.id else " (not in the registry)" if source.name or source.domain else ""
    about = f" ({', '.join(facts)})" if facts else known
    evidence = f", known by {source.domain}" if source.domain and source.name else ""
    yield f"source      {source.name or source.domain or 'unknown: nothing says who published it'}{about}{evidence}"
    if article.origin:
        origin = article.origin
        yield f"origin      {origin.name}, by {origin.kind.value} (rule {origin.rule}, {origin.confidence:.0%} sure)"
        if origin.span:
            yield f"            “{article.text[origin.span.start : origin.span.end]}”"
        if origin.rights:
            yield f"rights      {origin.rights}"
    if article.rights:
        yield f"rights      {article.rights}"
    published = article.published
    if published.at:
        zone = "" if published.zone_known else ", zone not stated"
        exact = published.precision.value not in _TO_THE_DAY
        at = f"{published.at:%Y-%m-%d %H:%M UTC}" if exact else date_as_known(published.at, published.precision.value)
        yield f"published   {at}, to the {published.precision.value}{zone}"
        yield f"            from {published.signal.value}: “{published.raw}”"
    else:
        yield "published   unknown: nothing in the article says when"
    yield from (f"            {c.signal.value} says “{c.raw}”" for c in published.conflicts)
    if article.authors:
        yield f"authors     {', '.join(article.authors)}"
    yield f"language    {article.language or 'unknown'} ({article.language_score:.0%} sure)"
    if fields.get("is_copy"):
        yield f"copy of     {fields.get('copy_of')}"
    if fields.get("withdrawn"):
        yield f"withdrawn   by its {fields.get('withdrawn_by')}; it is in no search (--versions shows what it said)"
    elif fields.get("revision"):
        yield f"changed     {fields['revision']} since it was first seen (--versions shows how)"


def _describe_zones(article: "EnrichedArticle") -> Iterator[str]:
    counts: dict[str, int] = {}
    for zone in article.zones:
        counts[zone.kind.value] = counts.get(zone.kind.value, 0) + 1
    yield "zones       " + ", ".join(f"{kind} ×{n}" if n > 1 else kind for kind, n in counts.items())
    for zone in article.zones:
        if zone.kind.value not in {"body", "title"}:
            yield f"  {zone.kind.value:<14} {article.text[zone.start : zone.end]}"
    body = " ".join(article.text[zone.start : zone.end] for zone in article.zones if zone.kind.value == "body")
    yield f"  {'body':<14} {body[:EXCERPT_CHARS]}{'…' if len(body) > EXCERPT_CHARS else ''}"


def _describe_places(article: "EnrichedArticle") -> Iterator[str]:
    if not article.places:
        return
    yield f"places      {count(len(article.places), 'place')}, the story's own first"
    for place in article.places[:MOST_PLACES]:
        is_found = place.lat is not None and place.lon is not None
        point = f"  {place.lat:.2f}, {place.lon:.2f}" if is_found else "  (not in the gazetteer)"
        country = f" ({place.country})" if place.country else ""
        yield f"  {place.name}{country} ×{len(place.mentions)}{point}"
    if len(article.places) > MOST_PLACES:
        yield f"  … {len(article.places) - MOST_PLACES} more (--json shows all)"


def _describe_times(article: "EnrichedArticle") -> Iterator[str]:
    dated = [time for time in article.times if time.value and time.value[0].isdigit()]
    if article.times:
        yield f"times       {count(len(dated), 'time')} of the calendar named"
    for time in dated[:MOST_TIMES]:
        told = f"  told from {time.anchor} ({time.anchor_signal})" if time.anchor else ""
        yield f"  {time.value:<18} “{time.text}”{told}{'' if time.certain else ', uncertain'}"
    if len(dated) > MOST_TIMES:
        yield f"  … {len(dated) - MOST_TIMES} more (--json shows all)"
    open_ones = list(dict.fromkeys(time.text for time in article.times if time.value is None))
    if open_ones:
        shown = ", ".join(f"“{text}”" for text in open_ones[:MOST_OPEN])
        more = f" and {len(open_ones) - MOST_OPEN} more" if len(open_ones) > MOST_OPEN else ""
        yield f"  {'left open':<18} {shown}{more}"


def _describe_entities(article: "EnrichedArticle") -> Iterator[str]:
    yield f"entities    {count(len(article.entities), 'entity', 'entities')}"
    for entity in article.entities[:MOST_ENTITIES]:
        forms = list(dict.fromkeys(mention.text for mention in entity.mentions))
        written = "" if forms == [entity.name] else f"  as {', '.join(forms)}"
        yield f"  {entity.label:<9} {entity.name} ×{len(entity.mentions)}{written}"
    if len(article.entities) > MOST_ENTITIES:
        yield f"  … {len(article.entities) - MOST_ENTITIES} more (--json shows all)"
