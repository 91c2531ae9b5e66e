"""Citations and key phrases: which outlet is a source, by which words, and what an article is about."""

import time

import pytest

from pipeline.enrich.citations import MAX_CITATIONS, find_citations
from pipeline.enrich.entities import build_entities
from pipeline.enrich.keywords import MAX_PHRASES, find_keywords
from pipeline.enrich.known_names import load_known_names
from pipeline.enrich.paragraphs import find_paragraphs
from pipeline.sources.registry import SourceRegistry
from schemas.annotations import Citation, ZoneKind
from tests.enrich.story import lay_out, mark

REGISTRY = SourceRegistry.load()
STALL_S = 8.0


def _cite(marked: str, language: str = "en", own: frozenset[str] = frozenset()) -> tuple[str, tuple[Citation, ...]]:
    text, mentions = mark(marked)
    paragraphs = find_paragraphs(text, lay_out(text))
    entities = build_entities(text, paragraphs, mentions, load_known_names())
    return text, find_citations(text, paragraphs, entities, language, REGISTRY, own)


@pytest.mark.parametrize(
    ("marked", "language", "outlet", "evidence"),
    [
        ("The pier is closed, Holm told Reuters on Monday.", "en", "Reuters", "told Reuters"),
        ("Le Monde reported that the pier is closed.", "en", "Le Monde", "Le Monde reported"),
        ("It closed in May, according to a Reuters analysis.", "en", "Reuters", "according to a Reuters analysis"),
        ("It closed, the board said, citing a report by Le Monde.", "en", "Le Monde", "citing a report by Le Monde"),
        ("Holm said in an interview with the BBC that it closed.", "en", "BBC", "interview with the BBC"),
        ("Holm told the [Harbour Gazette|ORG] that it closed.", "en", "Harbour Gazette", "told the Harbour Gazette"),
        ("The newspaper [Northern Lamp|ORG] wrote it.", "en", "Northern Lamp", "newspaper Northern Lamp wrote"),
        ("Das sagte Holm der dpa. Wie die Zeitung Die Welt berichtet, ist es so.", "de", "Die Welt", None),
        ("Le quai est fermé, selon Le Monde, depuis lundi.", "fr", "Le Monde", "selon Le Monde"),
        ("El muelle está cerrado, según El País, desde ayer.", "es", "EL PAÍS", "según El País"),
    ],
)
def test_outlets_named_as_sources(marked: str, language: str, outlet: str, evidence: str | None) -> None:
    """An outlet with words that make it a source is cited, and the span shows those words."""
    text, found = _cite(marked, language)
    (citation,) = [one for one in found if one.outlet.casefold() == outlet.casefold()]
    if evidence is not None:
        assert text[citation.span.start : citation.span.end] == evidence


@pytest.mark.parametrize(
    "marked",
    [
        "Time passed, and the Sun rose over the pier.",
        "Reuters has an office beside the pier.",
        "Holm told the board. Reuters moved into the old house.",
        "Holm told NASA that the pier is closed.",
    ],
)
def test_other_mentions_are_no_citations(marked: str) -> None:
    """An outlet's name without such words, an ordinary word or a public body cites nobody."""
    assert _cite(marked)[1] == ()


def test_publisher_does_not_cite_itself() -> None:
    """Who publishes the article, or made it, is no source of its own."""
    assert _cite("The pier is closed, Holm told Reuters.", own=frozenset({"reuters"}))[1] == ()


def test_chain_is_kept() -> None:
    """Who an outlet quotes, and to whom that one attributes the statement, follow in order with their entities."""
    text, (citation,) = _cite(
        "Le Monde quoted a diplomat it did not name as saying that Mayor [Ada Holm|PERSON] asked them to wait."
    )
    assert [(link.text, link.speaker) for link in citation.chain] == [
        ("a diplomat it did not name", None),
        ("Mayor Ada Holm", "person:ada-holm"),
    ]
    assert text[citation.span.start : citation.span.end].startswith("Le Monde quoted a diplomat")
    assert citation.span.end == citation.chain[-1].end


@pytest.mark.parametrize(
    "text", ["told the " * 9000, "Reuters " * 9000, "Reuters, " + "a " * 20_000, "told Reuters. " * 500]
)
def test_hostile_text_is_read_in_time(text: str) -> None:
    """Text made to stall the patterns costs little and gives a bounded number of citations."""
    started = time.process_time()
    found = find_citations(text, find_paragraphs(text, lay_out(text)), (), "en", REGISTRY)
    assert time.process_time() - started < STALL_S
    assert len(found) <= MAX_CITATIONS


STORY = """Harbour board closes wooden pier
The harbour board voted to close the wooden pier for a year. The wooden pier needs new planks, and repair costs rose.
[Ada Holm|PERSON] said repair costs are the reason. Fishing boats use the wooden pier every day.
[Ada Holm|PERSON] wants fishing boats to move. [Ada Holm|PERSON] spoke on Monday."""


def test_key_phrases_are_the_subject_without_names() -> None:
    """Phrases that come back and stand in the headline lead; names, titles and words of every report are left out."""
    text, mentions = mark(STORY)
    paragraphs = find_paragraphs(text, lay_out(text, [ZoneKind.TITLE]))
    entities = build_entities(text, paragraphs, mentions, load_known_names())
    found = find_keywords(text, paragraphs, entities, "en")
    assert found[0] == "wooden pier"
    assert {"repair costs", "fishing boats"} <= {phrase.lower() for phrase in found}
    assert not any("Holm" in phrase or "said" in phrase for phrase in found)
    assert len(found) <= MAX_PHRASES


@pytest.mark.parametrize(
    ("language", "text", "phrase"),
    [
        ("de", "Der Stadtrat prüft die Maut. Die Maut kostet viel. Gegen die Maut gab es Protest.", "Maut"),
        ("fr", "La réforme fiscale divise. Les élus rejettent la réforme fiscale.", "réforme fiscale"),
        ("es", "La reforma fiscal divide. Los alcaldes rechazan la reforma fiscal.", "reforma fiscal"),
    ],
)
def test_key_phrases_follow_the_language(language: str, text: str, phrase: str) -> None:
    """Each language has its own words that say nothing; a language without a list gets no phrases."""
    paragraphs = find_paragraphs(text, lay_out(text))
    assert phrase in find_keywords(text, paragraphs, (), language)
    assert find_keywords(text, paragraphs, (), "xx") == ()
