"""Corrections change entities and all that refers to them, can be taken back, and do not depend on their order."""

from itertools import permutations

from pipeline.corrections.article import correct_article, restore
from pipeline.corrections.entities import Setting, correct_entities
from pipeline.index.document import build_corrected_document
from pipeline.index.validation import find_fault
from schemas.annotations import ChainLink, Citation, Place, Quote, QuoteKind, Span
from schemas.article import EnrichedArticle
from tests.corrections.making import A_HOLM, ADA, IDA, found, hide, merge, rename, split, table, undo
from tests.index.making import article_id, make_article

HERE = Setting(article_id("a"), "harbourpost.example")


def article() -> EnrichedArticle:
    """Return an article with two spellings of one person, a quote of each, a place and a chain."""
    return make_article(
        "a",
        text="Ada Holm spoke in Oban. Holm left. A. Holm said so, the Post wrote.",
        entities=[
            found("Ada Holm", (0, "Ada Holm"), (24, "Holm"), salience=0.9),
            found("A. Holm", (35, "A. Holm"), salience=0.4),
            found("Oban", (18, "Oban"), label="GPE", salience=0.3),
        ],
        quotes=[
            Quote(start=9, end=14, text="spoke", source_start=24, source_end=28, speaker=ADA, kind=QuoteKind.DIRECT),
            Quote(start=43, end=47, text="said", source_start=35, source_end=42, speaker=A_HOLM, kind=QuoteKind.DIRECT),
        ],
        places=[Place(name="Oban", country="GB", lat=56.4, lon=-5.5, mentions=(Span(start=18, end=22),))],
        citations=(
            Citation(
                outlet="Post",
                span=Span(start=52, end=60),
                chain=(ChainLink(start=35, end=42, text="x", speaker=A_HOLM),),
            ),
        ),
    )


def test_merged_mentions_stand_in_one_entity() -> None:
    """The target has all mentions in text order and keeps the name that this article gives it."""
    corrected = correct_article(article(), table(merge(A_HOLM, ADA, "Dr Ada Holm")))
    ada, oban = corrected.article.entities
    assert (ada.id, ada.name, [mention.start for mention in ada.mentions]) == (ADA, "Ada Holm", [0, 24, 35])
    assert (ada.salience, oban.name) == (0.9, "Oban")
    assert [quote.speaker for quote in corrected.article.quotes] == [ADA, ADA]
    assert corrected.article.citations[0].chain[0].speaker == ADA
    assert corrected.changed == (A_HOLM,)


def test_merged_without_its_target_takes_the_targets_name() -> None:
    """Where an article names only the other spelling, it is called as the person who merged them saw it."""
    only = article().model_copy(update={"entities": article().entities[1:]})
    corrected = correct_article(only, table(merge(A_HOLM, ADA, "Dr Ada Holm")))
    assert (corrected.article.entities[0].id, corrected.article.entities[0].name) == (ADA, "Dr Ada Holm")
    renamed = correct_article(only, table(merge(A_HOLM, ADA, "Dr Ada Holm"), rename(ADA, "Ada H. Holm")))
    assert renamed.article.entities[0].name == "Ada H. Holm"


def test_hidden_entities_are_nowhere() -> None:
    """Neither among the entities nor as a speaker nor as a place."""
    corrected = correct_article(article(), table(hide(ADA), hide("place:oban"))).article
    assert [entity.id for entity in corrected.entities] == [A_HOLM]
    assert [quote.speaker for quote in corrected.quotes] == [None, A_HOLM]
    assert corrected.places == ()


def test_places_follow_their_entity() -> None:
    """A renamed place is renamed in the list of places, too, and keeps its point."""
    (place,) = correct_article(article(), table(rename("place:oban", "Oban (Argyll)"))).article.places
    assert (place.name, place.lat, place.country) == ("Oban (Argyll)", 56.4, "GB")


def test_split_by_wording_divides_mentions_and_speakers() -> None:
    """Mentions written so are the other one; a quote goes with the mention that names its speaker."""
    corrected = correct_article(article(), table(split(ADA, IDA, "Ida Lund", texts=["holm"])))
    by_id = {entity.id: entity for entity in corrected.article.entities}
    assert [mention.text for mention in by_id[ADA].mentions] == ["Ada Holm"]
    assert [mention.text for mention in by_id[IDA].mentions] == ["Holm"]
    assert (by_id[ADA].salience, by_id[IDA].salience) == (0.45, 0.45)
    assert corrected.article.quotes[0].speaker == IDA


def test_split_by_article_or_source_takes_all_of_it() -> None:
    """In the article, or from the publisher, that the split names, and nowhere else."""
    for said, takes in (
        (split(ADA, IDA, "Ida Lund", articles=[article_id("a")]), True),
        (split(ADA, IDA, "Ida Lund", articles=[article_id("b")]), False),
        (split(ADA, IDA, "Ida Lund", sources=["harbourpost.example"]), True),
        (split(ADA, IDA, "Ida Lund", sources=["other.example"], articles=[article_id("a")]), False),
    ):
        ids = {entity.id for entity in correct_entities(article().entities, table(said), HERE).entities}
        assert (IDA in ids, ADA in ids) == (takes, not takes)


def test_order_of_saying_never_matters() -> None:
    """Split, merged, renamed and hidden in any order: the same article."""
    said = (
        split(ADA, IDA, "Ida Lund", texts=["Holm"]),
        merge(A_HOLM, ADA),
        rename(ADA, "Dr Ada Holm"),
        hide("place:oban"),
    )
    results = {correct_article(article(), table(*order)).article.model_dump_json() for order in permutations(said)}
    assert len(results) == 1


def test_taken_back_is_as_found() -> None:
    """After the undoing the article is as it was, with the undoing's revision; from what was kept, as well."""
    said = (merge(A_HOLM, ADA), hide("place:oban"))
    corrected = correct_article(article(), table(*said))
    assert corrected.as_found is not None
    found_again = restore(corrected.article, corrected.as_found)
    assert found_again == article()
    back = correct_article(found_again, table(*said, *map(undo, said)))
    assert (back.article, back.as_found, back.revision) == (article(), None, 4000)


def test_documents_say_what_was_corrected() -> None:
    """Fields by which corrected articles are found again; an article that nobody corrected has none of them."""
    document = build_corrected_document(correct_article(article(), table(merge(A_HOLM, ADA))))
    assert find_fault(document) is None
    assert document.fields["entity_ids"] == [ADA, "place:oban"]
    assert document.fields["corrected_entity_ids"] == [A_HOLM]
    assert document.versions == (1, 1, 1000)
    plain = build_corrected_document(correct_article(article(), table(hide("org:elsewhere"))))
    assert plain.versions == (1, 1, 0)
    assert not {"as_found", "corrected_entity_ids", "correction_revision"} & set(plain.fields)
