"""The searching half of the index contract: query language, order, paging, facets, highlights."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.index.base import ArticleIndex, StoryFields
from pipeline.search.parse import parse
from pipeline.search.related import find_related
from pipeline.search.suggest import suggest_query
from pipeline.search.trending import Window, find_trends
from schemas.errors import Rejected
from schemas.query import Filter, Interval, SearchQuery, Sort
from tests.contracts.index_newsroom import NAMES, fill, ids, search
from tests.index.making import NOW, article_id, days_ago, entity, make_article, make_document


class IndexSearchContract:
    """Searches mean the same on every index."""

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("ferry", "ae"),
            ("FERRY", "ae"),
            ("ferry islands", "a"),
            ("ferry OR bridge", "abe"),
            ("ferry -islands", "e"),
            ("-ferry", "bcdf"),
            ("NOT (ferry OR bridge)", "cdf"),
            ("flood", "ab"),
            ("engineer closing", "b"),
            ("brücke", "d"),
            ("brucke", "d"),
            ("Haus", "d"),
            ('"climate change"', "a"),
            ('"change of climate"', "b"),
            ('"ferry"', "ae"),
            ('"ferries"', ""),
            ("flo*", "ab"),
            ("hochw*", "d"),
            ("title:ferry", "a"),
            ('title:"old bridge"', "b"),
            ("U.S.", "f"),
            ("covid-19", "f"),
            ("選挙の結果", "f"),
            ("zzz", ""),
            ("zz*", ""),
            ("*", "abcdef"),
        ],
    )
    def test_words(self, newsroom: ArticleIndex, query: str, expected: str) -> None:
        """Words are found in any form in their language, phrases as written, prefixes as they begin."""
        assert sorted(ids(search(newsroom, query))) == list(expected)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("source:gazette", "bce"),
            ('source:"the evening gazette"', "bce"),
            ("source:GAZETTE.example", "bce"),
            ('source:"kurier am fluss"', "d"),
            ("source:(kurier OR gazette) -source:kurier", "bce"),
            ("country:de", "d"),
            ("lang:DE", "d"),
            ("lang:german", "d"),
            ("kind:newspaper", "bce"),
            ('person:"ada brückner"', "ad"),
            ('person:"ADA BRUCKNER"', "ad"),
            ("person:bruckner", "ad"),
            ("person:bru*", "ad"),
            ("person:*", "abd"),
            ("org:port", "a"),
            ("place:rivermouth", "ab"),
            ("entity:okafor", "b"),
            ("speaker:brückner", "a"),
            ('origin:"coastal wire"', "b"),
            ("has:quotes", "a"),
            ("is:copy", ""),
            ("is:original", "abcdef"),
            ("words:>10", "ab"),
            ("words:1..6", "c"),
            ("near:50.1,-4.2,10km", "a"),
            ("near:0,0,10km", ""),
            ("since:7d", "abf"),
            ("since:2024-05-17 until:2024-05-18", "bf"),
            ("until:2024-05-01", "c"),
            ("published:>=2024-05-19", "a"),
            ("published:2024", "abcdf"),
            ("since:2030", ""),
            ('person:"nobody at all"', ""),
        ],
    )
    def test_fields(self, newsroom: ArticleIndex, query: str, expected: str) -> None:
        """Values are compared without case and accents, names by their words, times by their span."""
        assert sorted(ids(search(newsroom, query))) == list(expected)

    def test_relevance_prefers_titles(self, newsroom: ArticleIndex) -> None:
        """A word in the title counts more than one in the body; hits carry scores."""
        page = search(newsroom, "ferry")
        assert ids(page) == ["a", "e"]
        assert [hit.score is not None for hit in page.hits] == [True, True]

    def test_recent_wins_among_equals(self, index: ArticleIndex) -> None:
        """Of two equal texts the newer one comes first, measured from the query's own time."""
        fill(
            index,
            make_document("a", "Storm", published=days_ago(30)),
            make_document("b", "Storm", published=days_ago(0)),
        )
        assert ids(search(index, "storm")) == ["b", "a"]
        long_ago = SearchQuery(now=days_ago(30), expression=parse("storm", NOW).expression)
        assert ids(index.search(long_ago)) == ["a", "b"]

    def test_sort_by_time(self, newsroom: ArticleIndex) -> None:
        """Newest and oldest first, with undated articles last in both; without words relevance means newest."""
        assert ids(search(newsroom, "*", sort=Sort.NEWEST)) == ["a", "f", "b", "d", "c", "e"]
        assert ids(search(newsroom, "*", sort=Sort.OLDEST)) == ["c", "d", "b", "f", "a", "e"]
        assert ids(search(newsroom, "source:gazette")) == ["b", "c", "e"]

    @pytest.mark.parametrize("sort", list(Sort))
    @pytest.mark.parametrize("collapse", [False, True])
    def test_cursor_neither_loses_nor_doubles(self, index: ArticleIndex, sort: Sort, collapse: bool) -> None:
        """Following cursors gives every article (or story) exactly once, in the order of one large page."""
        fill(
            index, *(make_document(n, f"Storm {n}", "storm " * (n % 5), published=days_ago(n // 3)) for n in range(40))
        )
        index.write_stories([StoryFields(article_id(n), 1, f"s{n // 4}", None, False) for n in range(32)])
        index.refresh()
        query = {"sort": sort, "collapse": collapse}
        whole = search(index, "storm", limit=100, **query)
        assert whole.cursor is None
        assert len(whole.hits) == (16 if collapse else 40)
        seen: list[str] = []
        cursor = None
        while True:
            page = search(index, "storm", limit=7, cursor=cursor, **query)
            assert page.total == 40
            seen.extend(hit.article_id for hit in page.hits)
            cursor = page.cursor
            if cursor is None:
                break
        assert seen == [hit.article_id for hit in whole.hits]

    def test_cursor_holds_while_others_write(self, index: ArticleIndex) -> None:
        """Articles that arrive between two pages shift nothing."""
        fill(index, *(make_document(n, published=days_ago(n)) for n in range(10)))
        first = search(index, sort=Sort.NEWEST, limit=5)
        fill(index, *(make_document(f"new {n}", published=NOW + timedelta(hours=n)) for n in range(5)))
        second = search(index, sort=Sort.NEWEST, limit=5, cursor=first.cursor)
        shown = [hit.article_id for hit in (*first.hits, *second.hits)]
        assert shown == [article_id(n) for n in range(10)]

    def test_cursor_belongs_to_its_query(self, newsroom: ArticleIndex) -> None:
        """A cursor used with another query is refused."""
        cursor = search(newsroom, "*", limit=2).cursor
        assert cursor is not None
        with pytest.raises(Rejected, match="another search"):
            search(newsroom, "ferry", limit=2, cursor=cursor)

    def test_collapse_counts_members(self, index: ArticleIndex) -> None:
        """Collapsed, the best article stands for its story and says how many matched; the total counts articles."""
        fill(index, *(make_document(name, "Storm", published=days_ago(age)) for age, name in enumerate("abcd")))
        index.write_stories([StoryFields(article_id(name), 1, "s1", None, name != "c") for name in "abc"])
        index.refresh()
        page = search(index, "storm", collapse=True)
        assert [(name, hit.story_size) for name, hit in zip(ids(page), page.hits, strict=True)] == [("a", 3), ("d", 1)]
        assert (page.total, page.stories) == (4, 2)
        assert page.hits[0].story_id == "s1"
        assert ids(search(index, "storm is:original", collapse=True)) == ["c", "d"]

    def test_facets_with_selections(self, newsroom: ArticleIndex) -> None:
        """A selection narrows hits and other facets, not its own; several values are alternatives."""
        facets = ("source.id", "language", "entities.person", "is_copy")
        chosen = (Filter("source.id", ("gazette", "kurier")),)
        page = search(newsroom, "*", facets=facets, filters=chosen)
        assert sorted(ids(page)) == ["b", "c", "d", "e"]
        counts = {name: [(facet.value, facet.count) for facet in values] for name, values in page.facets.items()}
        assert counts["source.id"] == [("gazette", 3), ("harbour-post", 2), ("kurier", 1)]
        assert counts["language"] == [("en", 3), ("de", 1)]
        assert counts["entities.person"] == [("Ada Brückner", 1), ("Tom Okafor", 1)]
        assert list(page.facets) == list(facets)

    def test_two_selections(self, newsroom: ArticleIndex) -> None:
        """Each facet is counted under the selections of the others."""
        filters = (Filter("source.id", ("gazette",)), Filter("language", ("de",)))
        page = search(newsroom, "*", facets=("source.id", "language"), filters=filters)
        assert page.total == 0
        assert [(facet.value, facet.count) for facet in page.facets["source.id"]] == [("kurier", 1)]
        assert [(facet.value, facet.count) for facet in page.facets["language"]] == [("en", 3)]

    def test_facet_size_and_booleans(self, newsroom: ArticleIndex) -> None:
        """No more values than asked for, the most frequent first; booleans read true and false."""
        newsroom.write_stories([StoryFields(article_id("a"), 1, "s", article_id("b"), True)])
        newsroom.refresh()
        page = search(newsroom, "*", facets=("source.id", "is_copy"), facet_size=1)
        assert [(facet.value, facet.count) for facet in page.facets["source.id"]] == [("gazette", 3)]
        assert [(facet.value, facet.count) for facet in page.facets["is_copy"]] == [("true", 1)]
        assert ids(search(newsroom, "*", filters=(Filter("is_copy", ("true",)),))) == ["a"]

    @pytest.mark.parametrize(
        ("interval", "expected"),
        [
            (Interval.DAY, {"2024-04-10": 1, "2024-05-10": 1, "2024-05-17": 1, "2024-05-18": 1, "2024-05-19": 1}),
            (Interval.WEEK, {"2024-04-08": 1, "2024-05-06": 1, "2024-05-13": 3}),
            (Interval.MONTH, {"2024-04-01": 1, "2024-05-01": 4}),
            (Interval.YEAR, {"2024-01-01": 5}),
        ],
    )
    def test_histogram(self, newsroom: ArticleIndex, interval: Interval, expected: dict[str, int]) -> None:
        """Dated articles are counted by day, week from Monday, month or year; empty buckets are left out."""
        page = search(newsroom, "*", histogram=interval, limit=0)
        assert {bucket.start.date().isoformat(): bucket.count for bucket in page.histogram} == expected
        assert page.hits == ()
        assert page.total == 6

    def test_since_and_until(self, newsroom: ArticleIndex) -> None:
        """The query's own bounds take the lower and leave out the upper one."""
        page = search(newsroom, "*", since=days_ago(3), until=days_ago(1))
        assert sorted(ids(page)) == ["b", "f"]

    def test_highlights_are_escaped(self, index: ArticleIndex) -> None:
        """Content becomes text, whatever it holds; only what was found is marked, in every form."""
        body = (
            "<script>alert('flood')</script> & floods. "
            + "Filler words stand here. " * 30
            + "At last the flooding ended."
        )
        fill(index, make_document("a", "A <b>flood</b>", body))
        marked = search(index, "flood").hits[0].highlights
        assert marked["title"] == ("A &lt;b&gt;<mark>flood</mark>&lt;/b&gt;",)
        text = " ".join(marked["body"])
        assert "<script" not in text
        assert text.count("<mark>") == 3
        assert "<mark>flooding</mark> ended." in text
        assert len(marked["body"]) == 2

    def test_highlights_of_phrases_and_prefixes(self, newsroom: ArticleIndex) -> None:
        """A phrase is marked as one, a prefix as the word it was found in; excluded words never."""
        assert "<mark>Climate change</mark>" in search(newsroom, '"climate change"').hits[0].highlights["body"][0]
        assert "<mark>Hochwasser</mark>" in search(newsroom, "hochw*").hits[0].highlights["body"][0]
        assert search(newsroom, "source:kurier -ferry").hits[0].highlights == {}
        assert search(newsroom, "ferry", highlight=False).hits[0].highlights == {}

    def test_hits_say_what_a_list_shows(self, newsroom: ArticleIndex) -> None:
        """A hit carries what a result list needs without another call."""
        hit = search(newsroom, "engineers").hits[0]
        assert (hit.title, hit.source, hit.source_id) == (
            "Floods close the old bridge",
            "The Evening Gazette",
            "gazette",
        )
        assert (hit.origin, hit.published_at, hit.published_precision) == ("Coastal Wire", days_ago(3), "second")
        assert (hit.language, hit.is_copy, hit.story_id) == ("en", False, None)

    @pytest.mark.parametrize(
        ("typed", "meant"), [("ferrry", "ferry"), ("brigde", "bridge"), ("Isslands", "islands"), ("xylophone", None)]
    )
    def test_similar_words(self, newsroom: ArticleIndex, typed: str, meant: str | None) -> None:
        """A word that was mistyped leads to the one that articles have, the same on every index."""
        found = newsroom.similar_words(typed)
        assert (found[0].word if found else None) == meant
        assert suggest_query(typed, lambda word: search(newsroom, word, limit=0).total, newsroom.similar_words) == meant

    def test_related(self, newsroom: ArticleIndex) -> None:
        """Articles that share what is telling of one are related to it, without the article itself."""
        article = make_article(
            "b", "Ferry and islands", "Text.", published=days_ago(1), entities=[entity("Rivermouth", "GPE")]
        )
        assert [NAMES[hit.article_id] for hit in find_related(newsroom, article, None, NOW)][:1] == ["a"]

    def test_trends(self, index: ArticleIndex) -> None:
        """A name in more stories than before is a trend; copies of one story count once."""
        mayor, pilot = entity("Ada Brückner"), entity("Tom Okafor")
        fill(
            index,
            *(make_document(f"new {n}", published=days_ago(n), entities=[mayor]) for n in range(1, 5)),
            *(make_document(f"copy {n}", published=days_ago(1), entities=[pilot]) for n in range(6)),
            *(make_document(f"old {n}", published=days_ago(8 + n)) for n in range(20)),
        )
        index.write_stories([StoryFields(article_id(f"copy {n}"), 1, "s1", None, n > 0) for n in range(6)])
        index.refresh()
        found = find_trends(index, Window(NOW, timedelta(days=7)))
        assert [(trend.name, trend.stories, trend.before) for trend in found.trends] == [("Ada Brückner", 4, 0.0)]
        assert (found.stories, found.stories_before) == (5, 20)

    def test_limits(self, newsroom: ArticleIndex) -> None:
        """Very large limits and numbers, very old dates and long queries are answered."""
        assert len(search(newsroom, "*", limit=1000).hits) == 6
        assert search(newsroom, "words:>999999999999999").total == 0
        assert search(newsroom, "since:0001-01-01 until:9999").total == 5
        assert search(newsroom, " OR ".join(["ferry"] * 300)).total == 2
        assert search(newsroom, "*", since=datetime(1, 1, 1, tzinfo=UTC)).total == 5
