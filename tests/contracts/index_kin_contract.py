"""The part of the index contract that grouping relies on: articles that share bands, and what decides on them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pipeline.index.base import MAX_CANDIDATES, ArticleIndex, BandQuery, Kin, StoryFields, WriteResult
from tests.index.making import NOW, article_id, days_ago, make_document

CREATED, UPDATED, UNCHANGED, STALE = WriteResult.CREATED, WriteResult.UPDATED, WriteResult.UNCHANGED, WriteResult.STALE


def story_of(name: str, story: str, *, version: int = 1, copy_of: str | None = None) -> StoryFields:
    """Return story fields for the article called `name`."""
    origin = None if copy_of is None else article_id(copy_of)
    return StoryFields(article_id(name), version, story, origin, origin is not None)


def _kin(index: ArticleIndex, bands: Sequence[str], since: datetime, itself: str = "z") -> list[Kin]:
    (found,) = index.find_kin([BandQuery(article_id(itself), tuple(bands), since, NOW)])
    return list(found)


class IndexKinContract:
    """Kin for copies: by shared bands, seeing every finished write."""

    def test_kin_share_a_band(self, index: ArticleIndex) -> None:
        """Articles with a common band are named at once, those that share most first, and the article itself last."""
        index.write(
            [
                make_document("late", "Late", bands=["x", "y"], fetched=NOW + timedelta(hours=1)),
                make_document("early", "Early", bands=["y", "z"]),
                make_document("other", "Other", bands=["q"]),
                make_document("self", "Self", bands=["y"], version=3),
            ]
        )
        found = _kin(index, ["y", "z", "none"], days_ago(1), "self")
        assert found == [
            Kin(article_id(one), version, None) for one, version in (("early", 1), ("late", 1), ("self", 3))
        ]

    def test_kin_of_a_batch_are_told_apart(self, index: ArticleIndex) -> None:
        """Each query is answered by itself, in order; one for an article without bands names only that article."""
        index.write([make_document("a", bands=["x"]), make_document("b", bands=["x", "y"]), make_document("c")])
        asked = (("a", ("x",)), ("c", ()), ("none", ("y",)), ("b", ("x", "y")))
        found = index.find_kin([BandQuery(article_id(one), bands, days_ago(1), NOW) for one, bands in asked])
        named = [("b", "a"), ("c",), ("b",), ("a", "b")]
        assert [[one.article_id for one in kin] for kin in found] == [[article_id(one) for one in kin] for kin in named]
        assert list(index.find_kin([])) == []

    def test_an_article_alone_is_found_in_the_version_that_is_there(self, index: ArticleIndex) -> None:
        """Without bands only the articles themselves are named, as they were written a moment ago."""
        index.write([make_document("a", bands=["x"]), make_document("b", bands=["x"])])
        index.write([make_document("a", version=2)])
        asked = [
            BandQuery(article_id(one), (), days_ago(1), NOW, version=at) for one, at in (("a", 2), ("b", 1), ("c", 1))
        ]
        assert [list(kin) for kin in index.find_kin(asked)] == [
            [Kin(article_id("a"), 2, None)],
            [Kin(article_id("b"), 1, None)],
            [],
        ]

    def test_kin_that_share_most_come_first_and_are_few(self, index: ArticleIndex) -> None:
        """Of the many articles of one template only a bounded number is named, and the closest is among them."""
        many = [make_document(f"t{n}", f"T{n}", bands=["x"]) for n in range(MAX_CANDIDATES + 5)]
        closest = make_document("close", "Close", bands=["x", "y", "z"], fetched=NOW + timedelta(hours=2))
        index.write([*many, closest])
        found = _kin(index, ["x", "y", "z"], days_ago(1))
        assert len(found) == MAX_CANDIDATES
        assert found[0].article_id == article_id("close")

    def test_kin_are_bounded_by_time(self, index: ArticleIndex) -> None:
        """Only articles first seen after the given time are kin."""
        index.write([make_document("a", bands=["x"])])
        assert _kin(index, ["x"], NOW) == []
        assert len(_kin(index, ["x"], NOW - timedelta(seconds=1))) == 1
        assert _kin(index, [], days_ago(9)) == []

    def test_kin_follow_versions_and_stories(self, index: ArticleIndex) -> None:
        """A new version's bands replace the old ones, and the story is that of the last write."""
        index.write([make_document("a", bands=["x"])])
        index.write([make_document("a", bands=["y"], version=2)])
        index.write_stories([story_of("a", "s9", version=2)])
        assert _kin(index, ["x"], days_ago(9)) == []
        assert _kin(index, ["y"], days_ago(9)) == [Kin(article_id("a"), 2, "s9")]

    def test_members_are_what_deciding_needs(self, index: ArticleIndex) -> None:
        """Those that exist are returned once each, with times, source, fingerprint and place."""
        late = make_document("late", "Late", bands=["x"], fetched=NOW + timedelta(hours=1), published=days_ago(1))
        index.write([late, make_document("early", "Early")])
        index.write_stories([story_of("late", "s1", copy_of="early")])
        index.find_kin([BandQuery(article_id("z"), ("x",), days_ago(9), NOW)])
        assert index.members([]) == index.members([article_id("nobody")]) == []
        (found,) = index.members([article_id("late"), article_id("nobody"), article_id("late")])
        assert (found.article_id, found.version, found.title) == (article_id("late"), 1, "Late")
        assert (found.story_id, found.copy_of) == ("s1", article_id("early"))
        assert (found.first_seen_at, found.published_at) == (NOW + timedelta(hours=1), days_ago(1))
        assert found.source_domain == "harbourpost.example"
        assert found.fingerprint == tuple(range(8))
        assert found.bands == ("x",)
        assert found.terms == tuple(late.fields.get("terms", ()))
