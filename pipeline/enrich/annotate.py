"""The steps that annotate one article, in order: a table of names and functions. Pure; composed by `article`.

Each step gets the draft and returns fields of `EnrichedArticle`. Later steps read what earlier ones found in
`draft.fields`. A new annotation is one function and one row in `STEPS`. What the story alone decides, wherever it was
published, is worked out once for all its copies.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from pipeline.enrich.citations import find_citations
from pipeline.enrich.entities import build_entities
from pipeline.enrich.fingerprint import fingerprint
from pipeline.enrich.keywords import find_keywords
from pipeline.enrich.origin import find_origin
from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.places import find_places
from pipeline.enrich.quotes import find_quotes
from pipeline.enrich.recognizer import Mentions
from pipeline.enrich.step_log import StepLog
from pipeline.enrich.time_anchor import find_anchor
from pipeline.enrich.times import drop_times_in_names, find_times
from pipeline.enrich.tools import Tools
from pipeline.enrich.worked_out import result_key
from pipeline.extract.extracted import ExtractedArticle
from pipeline.extract.story_text import body_text
from pipeline.index.entity_fields import entity_names
from pipeline.sources.registry import facts
from pipeline.sources.urls import domain_of
from pipeline.stories.terms import extract_terms
from schemas.annotations import ZoneKind
from schemas.article import RawArticle
from schemas.source import Source


@dataclass(slots=True)
class Draft:
    """An article on its way: what was received and extracted, what recognition found, the fields so far.

    `recognised` is None when recognition failed: there is nothing to build entities from then.
    """

    raw: RawArticle
    extracted: ExtractedArticle
    paragraphs: tuple[Paragraph, ...]
    language: str | None
    publisher: Source | None = None
    domain: str | None = None
    recognised: list[Mentions] | None = None
    fields: dict[str, Any] = field(default_factory=dict)


def find_publisher(draft: Draft, tools: Tools) -> dict[str, Any]:
    """Set who published the article: by its address, else by what the producer or the page says."""
    raw, extracted = draft.raw, draft.extracted
    url = raw.canonical_url or raw.url or raw.http.final_url
    name = raw.source.name or extracted.site_name
    draft.domain = domain_of(url) or domain_of(raw.source.domain)
    draft.publisher = tools.registry.publisher(domain=raw.source.domain, name=name, url=url)
    return {"source": facts(draft.publisher, draft.domain, name)}


def add_origin(draft: Draft, tools: Tools) -> dict[str, Any]:
    """Set who made the article first, where the article says so."""
    name = draft.raw.source.name
    return {"origin": find_origin(draft.extracted, tools.registry, draft.publisher, draft.domain, name)}


def add_entities(draft: Draft, tools: Tools) -> dict[str, Any]:
    """Set the entities of the story."""
    if draft.recognised is None:
        return {}
    return {"entities": build_entities(draft.extracted.text, draft.paragraphs, draft.recognised, tools.known_names)}


def add_quotes(draft: Draft, tools: Tools) -> dict[str, Any]:  # noqa: ARG001 - all steps have one form
    """Set who said what; without entities the speakers stay open."""
    entities = draft.fields.get("entities", ())
    return {"quotes": find_quotes(draft.extracted.text, draft.paragraphs, entities, draft.language)}


def add_places(draft: Draft, tools: Tools) -> dict[str, Any]:
    """Set the places that the story is about, with country and point."""
    country = draft.publisher.country if draft.publisher else None
    entities = draft.fields.get("entities", ())
    return {"places": find_places(draft.extracted.text, entities, tools.gazetteer, country)}


def add_times(draft: Draft, tools: Tools) -> dict[str, Any]:  # noqa: ARG001 - all steps have one form
    """Set the times that the story names, told from its dateline or its publication."""
    extracted, publisher = draft.extracted, draft.publisher
    timezone, country = (publisher.timezone, publisher.country) if publisher else (None, None)
    anchor = find_anchor(extracted.text, extracted.zones, extracted.published, draft.language, timezone)
    times = find_times(extracted.text, draft.paragraphs, draft.language, anchor, country)
    return {"times": drop_times_in_names(times, draft.fields.get("entities", ()))}


def add_citations(draft: Draft, tools: Tools) -> dict[str, Any]:
    """Set which outlets the story names as its sources, its own publisher and origin apart."""
    origin = draft.fields.get("origin")
    ids = (draft.publisher.id if draft.publisher else None, origin.source_id if origin else None)
    own = frozenset(source_id for source_id in ids if source_id)
    entities = draft.fields.get("entities", ())
    extracted = draft.extracted
    return {
        "citations": find_citations(extracted.text, draft.paragraphs, entities, draft.language, tools.registry, own)
    }


def add_keywords(draft: Draft, tools: Tools) -> dict[str, Any]:  # noqa: ARG001 - all steps have one form
    """Set key phrases of the text."""
    entities = draft.fields.get("entities", ())
    return {"keywords": find_keywords(draft.extracted.text, draft.paragraphs, entities, draft.language)}


def add_fingerprint(draft: Draft, tools: Tools) -> dict[str, Any]:  # noqa: ARG001 - all steps have one form
    """Set the fingerprint of the body, by which copies are found."""
    text = draft.extracted.text
    body = [text[zone.start : zone.end] for zone in draft.extracted.zones if zone.kind is ZoneKind.BODY]
    return {"fingerprint": fingerprint("\n".join(body))}


def add_terms(draft: Draft, tools: Tools) -> dict[str, Any]:  # noqa: ARG001 - all steps have one form
    """Set the terms by which stories are found: here, where many work side by side, and not in the index role."""
    extracted, names = draft.extracted, entity_names(draft.fields.get("entities", ()))
    return {"terms": extract_terms(extracted.title, body_text(extracted), names, draft.language)}


@dataclass(frozen=True, slots=True)
class Step:
    """A step by name; `of_story`: text, zones, language and headline decide its fields, and nothing else does."""

    name: str
    function: Callable[[Draft, Tools], dict[str, Any]]
    of_story: bool = False


STEPS: Final = (
    Step("source", find_publisher),
    Step("origin", add_origin),
    Step("entities", add_entities, of_story=True),
    Step("places", add_places),
    Step("times", add_times),
    Step("quotes", add_quotes, of_story=True),
    Step("citations", add_citations),
    Step("keywords", add_keywords, of_story=True),
    Step("fingerprint", add_fingerprint, of_story=True),
    Step("terms", add_terms, of_story=True),
)
RECALL: Final = "recall"
"""The name under which it is counted what looking up and keeping took."""


def annotate(draft: Draft, steps: StepLog, tools: Tools) -> None:
    """Set the draft's fields, each step on its own; those of the story are a copy's when one was here a moment ago."""
    key = _story_key(draft)
    known: dict[str, dict[str, Any]] | None = None
    if draft.recognised is not None:
        known = steps.attempt(RECALL, lambda: tools.worked_out.find(key), None)
    found: dict[str, dict[str, Any]] = {}
    for step in STEPS:
        if known and step.of_story:
            draft.fields |= known[step.name]
        else:
            found[step.name] = steps.attempt(step.name, partial(step.function, draft, tools), {})
            draft.fields |= found[step.name]
    if draft.recognised is not None and not known and not steps.problems:  # a broken reading is no copy's
        of_story = {step.name: found[step.name] for step in STEPS if step.of_story}
        steps.attempt(RECALL, lambda: tools.worked_out.keep(key, of_story), None)


def _story_key(draft: Draft) -> bytes:
    extracted = draft.extracted
    zones = " ".join(f"{zone.kind} {zone.start} {zone.end}" for zone in extracted.zones)
    return result_key("story", extracted.text, zones, draft.language, extracted.title)
