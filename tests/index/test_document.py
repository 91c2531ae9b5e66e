"""An enriched article becomes the document and the event that the design says."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.corrections.article import Corrected, as_found
from pipeline.index.document import build_corrected_document, build_document
from pipeline.index.event import MAX_EVENT_BYTES, build_event, encode_event
from pipeline.index.excerpt import EXCERPT_CHARS, cut_text
from pipeline.index.validation import find_fault
from schemas.annotations import (
    ArticleTime,
    Citation,
    Entity,
    Mention,
    Origin,
    OriginKind,
    Place,
    Precision,
    Quote,
    QuoteKind,
    Span,
    Zone,
    ZoneKind,
)
from schemas.article import EnrichedArticle, Enrichment, Fingerprint, Problem, SourceFacts
from schemas.codec import decode, encode
from schemas.events import IndexedEvent
from schemas.fields import INDEX_OWNED
from tests.index.making import NOW, entity, make_article, quote


def test_body_is_the_story_alone() -> None:
    """Promo lines, credits and notices are no part of the body; captions and corrections are."""
    parts = [
        (ZoneKind.TITLE, "The title"),
        (ZoneKind.PROMO, "Subscribe to our letter"),
        (ZoneKind.BODY, "The story begins."),
        (ZoneKind.CAPTION, "A ferry at dusk"),
        (ZoneKind.CREDIT, "Photo by Somebody"),
        (ZoneKind.BODY, "The story ends."),
    ]
    text, zones = "", []
    for kind, part in parts:
        zones.append(Zone(start=len(text), end=len(text) + len(part), kind=kind, rule="test"))
        text += part + "\n"
    fields = build_document(make_article("a", text=text, zones=tuple(zones))).fields
    assert fields["body"] == "The story begins.\n\nA ferry at dusk\n\nThe story ends."
    assert fields["word_count"] == 10


def test_text_without_zones_is_the_body() -> None:
    """Plain text is searched whole."""
    assert build_document(make_article("a", text=" Plain words. ")).fields["body"] == "Plain words."


def test_entities_by_group() -> None:
    """Names go by group, the most salient first, each once; amounts and dates name nothing."""
    article = make_article(
        "a",
        entities=[
            entity("Minor", salience=0.1),
            entity("Major", salience=0.9),
            entity("Bank", "ORG"),
            entity("Oslo", "GPE"),
            entity("Fjord", "LOC"),
            entity("Games", "EVENT"),
            entity("Nordic", "NORP"),
            entity("Tuesday", "DATE"),
            entity("5 %", "PERCENT"),
        ],
    )
    fields = build_document(article).fields
    assert fields["entities.person"] == ["Major", "Minor"]
    assert fields["entities.org"] == ["Bank"]
    assert fields["entities.place"] == ["Oslo", "Fjord"]
    assert fields["entities.event"] == ["Games"]
    assert fields["entities.other"] == ["Nordic"]
    assert fields["entities.all"] == ["Major", "Bank", "Oslo", "Fjord", "Games", "Nordic", "Minor"]
    assert len(fields["entity_ids"]) == 7


def test_findings() -> None:
    """Speakers, outlets, places, origin and problems become fields."""
    speaker = entity("Ada Brückner")
    article = make_article(
        "a",
        entities=[speaker],
        quotes=[quote(speaker), Quote(start=0, end=1, text="T", kind=QuoteKind.DIRECT)],
        citations=(Citation(outlet="Coastal Wire", span=Span(start=0, end=1)),),
        places=[
            Place(name="Oslo", country="NO", lat=59.913868, lon=10.752245),
            Place(name="Oslo again", country="NO", lat=59.913869, lon=10.752246),
            Place(name="Somewhere"),
        ],
    ).model_copy(
        update={
            "origin": Origin(name="Wire", source_id="wire", kind=OriginKind.BYLINE, rule="r", confidence=0.5),
            "enrichment": Enrichment(
                version=2, models={"ner": "m 1"}, problems=(Problem(step="times", reason="slow"),)
            ),
        }
    )
    fields = build_document(article).fields
    assert (fields["quote_speakers"], fields["quote_count"]) == (["Ada Brückner"], 2)
    assert fields["cited_outlets"] == ["Coastal Wire"]
    assert fields["place_points"] == [{"lat": 59.9139, "lon": 10.7522}]
    assert fields["place_countries"] == ["NO"]
    assert (fields["origin.id"], fields["origin.name"], fields["origin.kind"]) == ("wire", "Wire", "agency-byline")
    assert (fields["enrichment.models"], fields["enrichment.problems"]) == (["ner:m 1"], ["times:slow"])


@pytest.mark.parametrize(
    ("published", "precision", "lag"),
    [
        (NOW - timedelta(minutes=5), Precision.MINUTE, 300),
        (NOW - timedelta(minutes=5), Precision.DAY, None),
        (NOW + timedelta(minutes=5), Precision.SECOND, None),
        (None, Precision.UNKNOWN, None),
    ],
)
def test_lag_only_where_it_is_known(published: datetime | None, precision: Precision, lag: int | None) -> None:
    """Lag needs an exact publication time that is not in the future."""
    article = make_article("a").model_copy(update={"published": ArticleTime(at=published, precision=precision)})
    assert build_document(article).fields.get("lag_seconds") == lag


def test_times() -> None:
    """First sight is this fetch; an unknown publication time is absent, and so is one that no index can hold."""
    fields = build_document(make_article("a")).fields
    assert fields["first_seen_at"] == fields["fetched_at"] == "2024-05-20T12:00:00Z"
    assert "published_at" not in fields
    assert fields["published_precision"] == "unknown"
    ancient = make_article("a", published=datetime(1600, 1, 1, tzinfo=UTC))
    assert "published_at" not in build_document(ancient).fields


def test_every_field_fits_the_table() -> None:
    """A rich article and a bare one have only fields that the index role owns, of the right kinds."""
    rich = make_article("a", entities=[entity("A")], bands=["b"], published=NOW, authors=("X", "X"), section="News")
    for document in (build_document(rich), build_document(make_article("b"))):
        assert find_fault(document) is None
        assert set(document.fields) <= INDEX_OWNED
    assert build_document(rich).fields["authors"] == ["X"]


def long_article(store: str) -> EnrichedArticle:
    """Return an article of 3,000 characters with evidence at the beginning and at the end."""
    text = "Ada spoke. " + "Word after word. " * 180 + "Ada spoke."
    end = len(text)
    ada = Entity(
        id="p:ada",
        name="Ada",
        label="PERSON",
        salience=1.0,
        mentions=tuple(Mention(start=at, end=at + 3, text="Ada", zone=ZoneKind.BODY) for at in (0, end - 10)),
    )
    quotes = tuple(Quote(start=at, end=at + 9, text="Ada spoke", kind=QuoteKind.DIRECT) for at in (0, end - 10))
    return make_article(
        "a",
        text=text,
        source=SourceFacts.model_validate({"id": "s", "store": store}),
        entities=[ada],
        quotes=quotes,
        zones=(Zone(start=0, end=end, kind=ZoneKind.BODY, rule="test"),),
    )


def test_excerpt_only() -> None:
    """Where rights allow an excerpt, neither body nor stored form holds more, and the latter is still an article."""
    document = build_document(long_article("excerpt"))
    stored = EnrichedArticle.model_validate_json(document.stored)
    assert len(document.fields["body"]) <= EXCERPT_CHARS
    assert document.fields["word_count"] > 500
    assert len(stored.text) <= EXCERPT_CHARS
    assert stored.zones[0].end == len(stored.text)
    assert [mention.start for mention in stored.entities[0].mentions] == [0]
    assert len(stored.quotes) == 1
    assert "Word after word. " * 40 not in document.stored


def test_full_text_is_kept_whole() -> None:
    """Without such a limit the stored form is the article, unchanged."""
    article = long_article("full")
    assert EnrichedArticle.model_validate_json(build_document(article).stored) == article


def test_what_was_received_is_stored_where_nothing_changed() -> None:
    """The bytes of the log are the stored form, but for an excerpt and for what people have corrected."""
    full, excerpt = long_article("full"), long_article("excerpt")
    received = encode(full).decode() + " "
    assert build_corrected_document(Corrected(full), received).stored == received
    changed = Corrected(full, as_found(full))
    assert build_corrected_document(changed, received).stored == encode(full).decode()
    assert len(build_corrected_document(Corrected(excerpt), received).stored) < len(received) / 2


def test_terms_are_those_of_enrichment() -> None:
    """What the record carries is indexed; a record without, and one whose names were corrected, is counted here."""
    plain = make_article("a", "The ferry", text="The ferry of Lindhaven sank.", entities=[entity("Lindhaven", "GPE")])
    counted = build_document(plain).fields["terms"]
    assert counted
    carrying = plain.model_copy(update={"terms": (7, 5)})
    assert build_document(carrying).fields["terms"] == [7, 5]
    assert build_corrected_document(Corrected(carrying, as_found(plain))).fields["terms"] == counted


@pytest.mark.parametrize(("text", "limit"), [("", 5), ("one", 3), ("one two", 5), ("x" * 50, 10), ("a b " * 20, 7)])
def test_cut_text_is_bounded(text: str, limit: int) -> None:
    """A cut text is a beginning and no longer than the limit."""
    cut = cut_text(text, limit)
    assert len(cut) <= limit
    assert text.startswith(cut)


def test_event_tells_the_group_role() -> None:
    """The event has what grouping needs, with the times it was given."""
    article = make_article("a", "Title", entities=[entity("A"), entity("Mon", "DATE")], bands=["b"], keywords=("k",))
    event = build_event(article, build_document(article), NOW - timedelta(days=1), NOW)
    assert (event.article_id, event.version, event.enrichment_version) == (article.article_id, 1, 1)
    assert (event.first_seen_at, event.indexed_at) == (NOW - timedelta(days=1), NOW)
    assert (event.title, event.entity_ids, event.keywords) == ("Title", ("person:a",), ("k",))
    assert event.fingerprint == article.fingerprint
    assert event.source_domain == "harbourpost.example"
    fields = build_document(article).fields
    assert (event.word_count, list(event.terms)) == (fields["word_count"], fields["terms"])


@pytest.mark.parametrize("letter", ["x", "☃", "\0", "😀"])
def test_event_is_always_small(letter: str) -> None:
    """Whatever an article holds, its event fits the topic."""
    monster = make_article(
        "a",
        letter * 50_000,
        entities=[entity(f"{letter * 180} {n}") for n in range(2000)],
        keywords=tuple(f"{letter * 180} {n}" for n in range(2000)),
        source=SourceFacts(id=letter * 10_000, domain=letter * 10_000),
    ).model_copy(
        update={
            "language": letter * 9000,
            "fingerprint": Fingerprint(
                scheme="s", signature=(2**32 - 1,) * 128, bands=tuple(f"{n:032x}" for n in range(64))
            ),
        }
    )
    encoded = encode_event(build_event(monster, build_document(monster), NOW, NOW))
    assert len(encoded) <= MAX_EVENT_BYTES
    assert decode(IndexedEvent, encoded).fingerprint is not None


def test_event_drops_monstrous_fingerprints() -> None:
    """A fingerprint that no scheme of ours makes is left out."""
    huge = make_article("a").model_copy(update={"fingerprint": Fingerprint(scheme="s", signature=(1,) * 99_999)})
    assert build_event(huge, build_document(huge), NOW, NOW).fingerprint is None
