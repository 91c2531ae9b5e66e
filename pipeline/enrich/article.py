"""Composes an enriched article: raw and extracted → record. Each step may fail without costing the article.

Recognition works on many articles at once, so it stands between two halves: `begin` finds language and paragraphs,
`finish` annotates. `enrich_article` is both with recognition for one article between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.enrich.annotate import Draft, annotate
from pipeline.enrich.language import MODEL_ID as LANGUAGE_MODEL
from pipeline.enrich.language import READ_CHARS, DetectedLanguage, detect_language, primary_code
from pipeline.enrich.paragraphs import MAX_STORY_CHARS, Paragraph, find_paragraphs, story_chars
from pipeline.enrich.recognizer import Mentions
from pipeline.enrich.step_log import StepLog
from pipeline.enrich.tools import Tools
from pipeline.enrich.version import ENRICHMENT_VERSION
from pipeline.extract.extracted import ExtractedArticle
from schemas.article import EnrichedArticle, Enrichment, RawArticle

RECOGNITION: Final = "recognition"
_NONE: Final[tuple[Paragraph, ...]] = ()


@dataclass(slots=True)
class Begun:
    """An article whose paragraphs are to be recognised."""

    draft: Draft
    language: DetectedLanguage
    steps: StepLog

    @property
    def paragraph_texts(self) -> list[str]:
        """The story's paragraphs, in order."""
        text = self.draft.extracted.text
        return [text[paragraph.start : paragraph.end] for paragraph in self.draft.paragraphs]


def enrich_article(raw: RawArticle, extracted: ExtractedArticle, tools: Tools) -> EnrichedArticle:
    """Return the article with all that enrichment finds; what failed is in `enrichment.problems`."""
    begun = begin(raw, extracted, tools)
    recognised = begun.steps.attempt(
        RECOGNITION, lambda: tools.recognizer.recognize(begun.paragraph_texts, begun.language.code), None
    )
    return finish(begun, recognised, tools)


def begin(raw: RawArticle, extracted: ExtractedArticle, tools: Tools) -> Begun:
    """Return the article with its language and paragraphs."""
    steps = StepLog(tools.clock)
    paragraphs = steps.attempt("paragraphs", lambda: find_paragraphs(extracted.text, extracted.zones), _NONE)
    if story_chars(extracted.zones) > MAX_STORY_CHARS:
        steps.add_problem(RECOGNITION, "too-long", f"only the first {MAX_STORY_CHARS} characters were read for names")
    claimed = extracted.language_claimed or raw.feed_entry.language or raw.http.content_language
    sample = " ".join(extracted.text[part.start : part.end] for part in paragraphs[:READ_CHARS])[:READ_CHARS]
    language = steps.attempt(
        "language",
        lambda: tools.worked_out.once(detect_language, sample, claimed),
        DetectedLanguage(primary_code(claimed), 0.0),
    )
    return Begun(Draft(raw, extracted, paragraphs, language.code), language, steps)


def finish(begun: Begun, recognised: Sequence[Mentions] | None, tools: Tools) -> EnrichedArticle:
    """Return the record; `recognised` holds the mentions of each paragraph, or is None when recognition failed."""
    draft, steps = begun.draft, begun.steps
    draft.recognised = None if recognised is None else list(recognised)
    annotate(draft, steps, tools)
    raw, extracted = draft.raw, draft.extracted
    return EnrichedArticle(
        article_id=raw.article_id,
        version=raw.version,
        fetched_at=raw.fetched_at,
        url=raw.url,
        canonical_url=raw.canonical_url or extracted.canonical_url,
        channel=raw.channel,
        received_from=raw.received_from,
        title=extracted.title,
        summary=extracted.summary,
        text=extracted.text,
        zones=extracted.zones,
        language=begun.language.code,
        language_score=begun.language.score,
        published=extracted.published,
        modified=extracted.modified,
        authors=extracted.authors,
        section=extracted.section,
        images=extracted.images,
        paywalled=extracted.paywalled,
        rights=extracted.rights,
        enrichment=Enrichment(
            version=ENRICHMENT_VERSION,
            models={"language": LANGUAGE_MODEL, "entities": tools.recognizer.model_id(begun.language.code)},
            milliseconds=steps.milliseconds,
            problems=tuple(steps.problems),
        ),
        **draft.fields | {"keywords": _keywords(extracted.keywords, draft.fields.get("keywords", ()))},
    )


def _keywords(own: tuple[str, ...], found: Sequence[str]) -> tuple[str, ...]:
    """Return the publisher's own keywords, then the key phrases of the text that are not among them."""
    known = {keyword.casefold() for keyword in own}
    return (*own, *(phrase for phrase in found if phrase.casefold() not in known))
