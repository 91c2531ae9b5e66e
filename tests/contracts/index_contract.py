"""What every article index must do, whatever engine it stands on: the behaviour that `pipeline.index.base` promises.

A test module subclasses `IndexContract`, gives it an `index` fixture (installed, empty, of its own, closed later) and
imports the `newsroom` fixture.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pipeline.index.base import ArticleIndex, IndexDocument, WriteResult
from schemas.errors import BAD_INPUT, INDEX_MAPPING, Rejected
from schemas.query import SearchQuery
from tests.contracts.index_admin_contract import IndexAdminContract
from tests.contracts.index_correction_contract import IndexCorrectionContract
from tests.contracts.index_kin_contract import IndexKinContract, story_of
from tests.contracts.index_newsroom import ids, search
from tests.contracts.index_records_contract import IndexRecordsContract
from tests.contracts.index_search_contract import IndexSearchContract
from tests.index.making import NOW, article_id, days_ago, make_document

CREATED, UPDATED, UNCHANGED, STALE = WriteResult.CREATED, WriteResult.UPDATED, WriteResult.UNCHANGED, WriteResult.STALE


def with_field(document: IndexDocument, name: str, value: Any) -> IndexDocument:  # noqa: ANN401 - any JSON value
    """Return the document with one field changed."""
    return replace(document, fields={**document.fields, name: value})


class IndexWriteContract:
    """Writes: the higher version wins, whatever the order, and each role keeps its fields."""

    def test_first_write_creates(self, index: ArticleIndex) -> None:
        """A new article is created and read back with everything it was given."""
        document = make_document("a", "Ferry runs again", published=days_ago(2), bands=["b1", "b2"])
        assert list(index.write([document])) == [CREATED]
        held = index.get(article_id("a"))
        assert held is not None
        assert (held.version, held.enrichment_version, held.stored) == (1, 1, document.stored)
        assert {name: held.fields[name] for name in document.fields} == dict(document.fields)
        assert index.count() == 1

    def test_higher_version_updates(self, index: ArticleIndex) -> None:
        """A higher article version replaces the text, and the old text is found no more."""
        index.write([make_document("a", "Ferry runs again")])
        assert list(index.write([make_document("a", "Bridge closed", version=2)])) == [UPDATED]
        index.refresh()
        assert ids(search(index, "bridge")) == ["a"]
        assert ids(search(index, "ferry")) == []
        assert index.count() == 1

    def test_higher_enrichment_updates(self, index: ArticleIndex) -> None:
        """The same article version enriched by a newer program wins."""
        index.write([make_document("a")])
        assert list(index.write([make_document("a", "Better", enrichment_version=2)])) == [UPDATED]

    def test_same_version_is_unchanged(self, index: ArticleIndex) -> None:
        """The same versions again change nothing."""
        index.write([make_document("a", "First")])
        assert list(index.write([make_document("a", "Second")])) == [UNCHANGED]
        held = index.get(article_id("a"))
        assert held is not None
        assert held.fields["title"] == "First"

    def test_lower_version_is_stale(self, index: ArticleIndex) -> None:
        """An older article version never wins, not even with a newer enrichment."""
        index.write([make_document("a", "New", version=5)])
        assert list(index.write([make_document("a", "Old", version=4, enrichment_version=9)])) == [STALE]
        held = index.get(article_id("a"))
        assert held is not None
        assert held.fields["title"] == "New"

    def test_same_id_twice_in_a_batch(self, index: ArticleIndex) -> None:
        """Versions of one article in one batch are decided in their order, and the highest stays."""
        batch = [make_document("a", f"V{version}", version=version) for version in (1, 3, 2, 3)]
        assert list(index.write([*batch, make_document("b")])) == [CREATED, UPDATED, STALE, UNCHANGED, CREATED]
        index.refresh()
        assert ids(search(index, "title:V3")) == ["a"]
        assert search(index, "*").total == 2

    def test_empty_batch(self, index: ArticleIndex) -> None:
        """Nothing to write is no error."""
        assert list(index.write([])) == []
        assert list(index.write_stories([])) == []

    def test_bad_document_costs_only_itself(self, index: ArticleIndex) -> None:
        """A document that does not fit is rejected with its reason; its neighbours are written."""
        strange = with_field(make_document("bad"), "no_such_field", "x")
        wrong = with_field(make_document("worse"), "word_count", "many")
        outcomes = list(index.write([make_document("a"), strange, wrong, make_document("b")]))
        assert [outcomes[0], outcomes[3]] == [CREATED, CREATED]
        for outcome in outcomes[1:3]:
            assert isinstance(outcome, Rejected)
            assert outcome.reason == INDEX_MAPPING
        assert index.count() == 2

    def test_first_seen_is_kept(self, index: ArticleIndex) -> None:
        """The time of first sight stays when a later version is written."""
        index.write([make_document("a")])
        index.write([make_document("a", version=2, fetched=NOW + timedelta(days=3))])
        held = index.get(article_id("a"))
        assert held is not None
        assert held.fields["first_seen_at"] == "2024-05-20T12:00:00Z"
        assert held.fields["fetched_at"] == "2024-05-23T12:00:00Z"

    def test_story_fields_survive_a_new_version(self, index: ArticleIndex) -> None:
        """What the group role wrote is carried over when the content is replaced."""
        index.write([make_document("a"), make_document("b")])
        assert list(index.write_stories([story_of("a", "s1"), story_of("b", "s1", copy_of="a")])) == [UPDATED, UPDATED]
        index.write([make_document("b", "Corrected", version=2)])
        held = index.get(article_id("b"))
        assert held is not None
        assert (held.fields["story_id"], held.fields["copy_of"], held.fields["is_copy"]) == (
            "s1",
            article_id("a"),
            True,
        )
        index.refresh()
        assert ids(search(index, "story:s1 is:copy")) == ["b"]

    def test_stories_are_compare_and_set(self, index: ArticleIndex) -> None:
        """Story fields for an older version are stale, the same ones again change nothing, unknown articles are bad."""
        index.write([make_document("a", version=2)])
        outcomes = index.write_stories(
            [story_of("a", "s1"), story_of("a", "s2", version=2), story_of("a", "s2", version=2)]
        )
        assert list(outcomes) == [STALE, UPDATED, UNCHANGED]
        unknown = index.write_stories([story_of("nobody", "s1")])[0]
        assert isinstance(unknown, Rejected)
        assert unknown.reason == BAD_INPUT

    def test_versions_and_get_of_unknown_ids(self, index: ArticleIndex) -> None:
        """Unknown ids are left out of versions, and get returns None for them."""
        index.write([make_document("a", version=7, enrichment_version=3)])
        assert dict(index.versions([article_id("a"), article_id("x"), article_id("a")])) == {article_id("a"): (7, 3)}
        assert index.get(article_id("x")) is None
        assert dict(index.versions([])) == {}

    def test_first_seen_of_many(self, index: ArticleIndex) -> None:
        """One call tells when each of many was first seen, whatever was written since; unknown ones are left out."""
        index.write([make_document("a"), make_document("b", fetched=NOW + timedelta(hours=3))])
        index.write([make_document("a", version=2, fetched=NOW + timedelta(days=1))])
        found = index.first_seen([article_id("a"), article_id("x"), article_id("b"), article_id("a")])
        assert dict(found) == {article_id("a"): NOW, article_id("b"): NOW + timedelta(hours=3)}
        assert dict(index.first_seen([])) == {}

    def test_writers_at_once(self, index: ArticleIndex) -> None:
        """Many threads that write versions of the same articles leave each article once, at its highest version."""
        batches = [[make_document(n, f"V{version}", version=version) for n in range(10)] for version in range(1, 9)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(index.write, [*batches, *reversed(batches)]))
        index.refresh()
        assert index.versions([article_id(n) for n in range(10)]) == {article_id(n): (8, 1) for n in range(10)}
        assert search(index, "title:V8", limit=20).total == search(index, "*").total == 10


def kept(index: ArticleIndex, name: str) -> list[tuple[int, str]]:
    """Return number and title of the earlier versions of the article called `name`."""
    return [(each.version, str(each.fields["title"])) for each in index.earlier_versions(article_id(name))]


BODY = "\n\n".join(f"{number}. The ferry waits at quay {number} for the tide to turn." for number in range(20))
TAKEN_BACK = "This article has been withdrawn."


class IndexVersionContract:
    """Earlier versions: each kept once, and what became of the article said on the newest."""

    def test_what_is_replaced_is_kept_once(self, index: ArticleIndex) -> None:
        """Each new version keeps the one before; the same writes again, in any order, keep nothing more."""
        versions = [make_document("a", f"Ferry {number}", BODY, version=number) for number in range(1, 5)]
        index.write(versions[:1])
        assert kept(index, "a") == []
        index.write(versions[1:3])
        index.write([versions[3], make_document("b")])
        for again in ([versions[0]], versions[::-1], versions):
            index.write(again)
        assert kept(index, "a") == [(1, "Ferry 1"), (2, "Ferry 2"), (3, "Ferry 3")]
        assert kept(index, "b") == kept(index, "nobody") == []
        assert [each.version for each in index.earlier_versions(article_id("a"), 2)] == [2, 3]
        first = index.earlier_versions(article_id("a"))[0]
        assert (first.stored, first.fields["body"]) == (versions[0].stored, BODY)
        held = index.get(article_id("a"))
        assert held is not None
        assert (held.version, held.fields["revision"]) == (4, "updated")

    def test_what_came_late_is_kept(self, index: ArticleIndex) -> None:
        """A version that arrives after a newer one is an earlier version all the same."""
        index.write([make_document("a", "Late", BODY, version=2)])
        assert list(index.write([make_document("a", "Early", BODY, version=1)])) == [STALE]
        assert kept(index, "a") == [(1, "Early")]

    def test_same_text_and_better_enrichment_keep_nothing(self, index: ArticleIndex) -> None:
        """A version that repeats the text, and the same version enriched anew, leave no earlier one behind."""
        index.write([make_document("a", "Ferry", BODY)])
        index.write([make_document("a", "Ferry", BODY, enrichment_version=2)])
        index.write([make_document("a", "Ferry", BODY, version=2)])
        assert kept(index, "a") == []
        held = index.get(article_id("a"))
        assert held is not None
        assert "revision" not in held.fields

    def test_corrections_are_told(self, index: ArticleIndex) -> None:
        """A version with a new notice is a correction, and stays one when it is enriched anew."""
        corrected = f"{BODY}\n\nCorrection: an earlier version of this article named the wrong quay."
        index.write([make_document("a", "Ferry", BODY), make_document("a", "Ferry", corrected, version=2)])
        index.write([make_document("a", "Ferry", corrected, version=2, enrichment_version=2)])
        held = index.get(article_id("a"))
        assert held is not None
        assert held.fields["revision"] == "corrected"

    def test_what_its_publisher_takes_back_is_found_no_more(self, index: ArticleIndex) -> None:
        """The notice that is left is in no search, the text is kept; a version that tells it again is found."""
        index.write([make_document("a", "Ferry", BODY)])
        index.write([make_document("a", "Ferry", TAKEN_BACK, version=2)])
        index.refresh()
        assert search(index, "ferry").total == 0
        held = index.get(article_id("a"))
        assert held is not None
        assert (held.fields["revision"], held.fields["withdrawn_by"]) == ("withdrawn", "publisher")
        assert kept(index, "a") == [(1, "Ferry")]
        index.write([make_document("a", "Ferry sails again", BODY, version=3)])
        index.refresh()
        assert search(index, "ferry").total == 1

    def test_writers_at_once_keep_each_version_once(self, index: ArticleIndex) -> None:
        """Many threads that write the same versions leave all but the highest among the earlier ones, each once."""
        batches = [[make_document("a", f"V{version}", BODY, version=version)] for version in range(1, 9)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(index.write, [*batches, *reversed(batches)]))
        assert kept(index, "a") == [(version, f"V{version}") for version in range(1, 8)]


class IndexContract(
    IndexWriteContract,
    IndexVersionContract,
    IndexKinContract,
    IndexAdminContract,
    IndexCorrectionContract,
    IndexRecordsContract,
    IndexSearchContract,
):
    """All of it, and what belongs to none of the parts."""

    def test_empty_index_answers(self, index: ArticleIndex) -> None:
        """An index without articles answers every call."""
        index.refresh()
        assert index.count() == 0
        page = index.search(SearchQuery(now=NOW, facets=("source.id",)))
        assert (page.total, page.hits, page.cursor, page.facets) == (0, (), None, {"source.id": ()})

    def test_install_again_keeps_everything(self, index: ArticleIndex) -> None:
        """Installing is idempotent."""
        index.write([make_document("a")])
        index.install()
        index.refresh()
        assert search(index, "*").total == 1

    def test_close_twice(self, index: ArticleIndex) -> None:
        """Closing again is harmless."""
        index.close()
        index.close()

    @pytest.mark.parametrize("cursor", ["", "x", "====", "WzEsMiwzLDRd", "é"])
    def test_strange_cursors_are_bad_input(self, index: ArticleIndex, cursor: str) -> None:
        """A cursor that is none is the caller's fault, and said so."""
        with pytest.raises(Rejected, match="cursor"):
            index.search(SearchQuery(now=NOW, cursor=cursor))
