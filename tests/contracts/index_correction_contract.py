"""The correcting part of the index contract: articles that are there already are corrected where they stand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pipeline.corrections.article import correct_article
from pipeline.corrections.sweep import PAGE, Swept, sweep
from pipeline.corrections.table import Corrections
from pipeline.index.base import ArticleIndex, StoredArticle, StoryFields, WriteResult
from pipeline.index.corrected import correct_stored
from pipeline.index.document import build_corrected_document
from schemas.article import EnrichedArticle
from schemas.codec import decode
from tests.contracts.index_newsroom import ids, search
from tests.corrections.making import hide, merge, rename, table, undo
from tests.index.making import NOW, article_id, entity, make_article, make_document

ADA, SHORT = entity("Ada Holm"), entity("A Holm")
MERGE = merge(SHORT.id, ADA.id)


def held(index: ArticleIndex, name: str) -> StoredArticle:
    """Return the article, which is there."""
    found = index.get(article_id(name))
    assert found is not None
    return found


def names(article: StoredArticle) -> Sequence[str]:
    """Return its entities' names, which the fields and the stored article agree about."""
    stored = [one.name for one in decode(EnrichedArticle, article.stored.encode()).entities]
    assert list(article.fields.get("entities.all", ())) == stored
    return stored


def apply(index: ArticleIndex, corrections: Corrections, **options: Any) -> Swept:  # noqa: ANN401 - handed on
    """Apply all of them."""
    return sweep(index, corrections, {one.correction.entity_id for one in corrections.by_key.values()}, NOW, **options)


class IndexCorrectionContract:
    """What people say of entities holds for old articles, and never costs anything newer."""

    def test_newer_correction_wins(self, index: ArticleIndex) -> None:
        """Of two documents of one version, the one that knows of later corrections stays, whatever the order."""
        article = make_article("a", entities=[ADA, SHORT])
        plain = build_corrected_document(correct_article(article, table()))
        early = build_corrected_document(correct_article(article, table(MERGE)))
        late = build_corrected_document(correct_article(article, table(MERGE, rename(ADA.id, "Dr Holm"))))
        outcomes = list(index.write([plain, late, early, plain, late]))
        stale = WriteResult.STALE
        assert outcomes == [WriteResult.CREATED, WriteResult.UPDATED, stale, stale, WriteResult.UNCHANGED]
        assert list(index.write([early])) == [stale]
        assert names(held(index, "a")) == ["Dr Holm"]
        assert list(index.write([make_document("a", version=2, entities=[SHORT])])) == [WriteResult.UPDATED]

    def test_old_articles_are_corrected_and_restored(self, index: ArticleIndex) -> None:
        """They are found under the new name alone; taken back, they are again what they were."""
        index.write([make_document("a", "First", "Ferry text", entities=[SHORT]), make_document("b", entities=[ADA])])
        index.write_stories([StoryFields(article_id("a"), 1, "s1", None, False)])
        index.refresh()
        before = held(index, "a")
        done = apply(index, table(MERGE))
        assert (done.looked_at, done.corrected, done.refused) == (1, 1, 0)
        assert sorted(ids(search(index, 'person:"Ada Holm"'))) == ["a", "b"]
        assert ids(search(index, 'person:"A Holm"')) == []
        assert ids(search(index, "ferry")) == ["a"]
        now = held(index, "a")
        assert (now.version, now.fields["story_id"], now.fields["title"]) == (1, "s1", "First")
        assert apply(index, table(MERGE)).corrected == 0
        assert apply(index, table(MERGE, undo(MERGE))).corrected == 1
        after = held(index, "a")
        assert after.stored == before.stored
        changed = {"indexed_at", "correction_revision"}
        assert {k: v for k, v in after.fields.items() if k not in changed} == {
            k: v for k, v in before.fields.items() if k not in changed
        }

    def test_newer_version_is_never_overwritten(self, index: ArticleIndex) -> None:
        """An article that was written anew after it was read for correcting keeps its new text."""
        index.write([make_document("a", "Old", entities=[SHORT])])
        document = correct_stored(held(index, "a"), table(MERGE))
        assert document is not None
        index.write([make_document("a", "New", version=2, entities=[SHORT])])
        assert list(index.write([document])) == [WriteResult.STALE]
        assert held(index, "a").fields["title"] == "New"

    def test_interrupted_sweep_goes_on(self, index: ArticleIndex) -> None:
        """Interrupted between two pages, it is made again and corrects what is left, each article once."""
        count = PAGE + 30
        one = make_document("a", entities=[SHORT, entity("Tom")])
        index.write([replace(one, article_id=article_id(n), stored=_under(one.stored, n)) for n in range(count)])
        said = table(hide(SHORT.id))

        def interrupt(done: Swept) -> None:
            assert done.corrected == PAGE
            raise KeyboardInterrupt

        try:
            apply(index, said, on_progress=interrupt)
        except KeyboardInterrupt:
            index.refresh()
        assert search(index, "entity:Tom", limit=0).total == count
        assert search(index, 'entity:"A Holm"', limit=0).total == count - PAGE
        assert apply(index, said).corrected == count - PAGE
        assert search(index, 'entity:"A Holm"', limit=0).total == 0


def _under(stored: str, number: int) -> str:
    return stored.replace(article_id("a"), article_id(number))
