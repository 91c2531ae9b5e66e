"""Requests and answers by which articles of a batch find what shares their bands, without a server."""

from datetime import timedelta

from pipeline.index.base import BandQuery, Kin
from pipeline.index.elastic_candidates import WHOLE_AT_ONCE, WHOLE_BYTES, WORD_BYTES, Found, share_kin, split_whole
from tests.index.making import NOW


def _query(name: str, *bands: str, words: int = 0) -> BandQuery:
    return BandQuery(name, bands, NOW - timedelta(days=1), NOW, words)


def _found(name: str, *bands: str, minutes: int = 0) -> Found:
    return Found(Kin(name, 1, None), NOW + timedelta(minutes=minutes), bands)


def test_short_articles_are_read_whole_in_one_request() -> None:
    """A batch of them is one part, and no part has more than `WHOLE_AT_ONCE`."""
    queries = [_query(f"a{number}", words=50) for number in range(2 * WHOLE_AT_ONCE + 1)]
    parts = list(split_whole(queries))
    assert [len(part) for part in parts] == [WHOLE_AT_ONCE, WHOLE_AT_ONCE, 1]
    assert [query for part in parts for query in part] == queries
    assert list(split_whole([])) == []


def test_very_long_articles_are_read_apart() -> None:
    """One that fills an answer by itself shares it with no other."""
    long = WHOLE_BYTES // WORD_BYTES
    queries = [_query("a"), _query("b", words=long), _query("c", words=long), _query("d"), _query("e")]
    named = [[query.article_id for query in part] for part in split_whole(queries)]
    assert named == [["a"], ["b"], ["c"], ["d", "e"]]


def test_kin_are_shared_out_by_the_bands_that_several_have() -> None:
    """Whoever shares most comes first, then whoever was seen nearest; itself comes last, and where it is not, not."""
    found = [
        _found("near", "x", minutes=1),
        _found("far", "x", minutes=9),
        _found("close", "x", "y", minutes=9),
        _found("other", "q"),
        _found("own", "x", "y", "z"),
    ]
    own, absent, alone = share_kin([_query("own", "x", "y", "z"), _query("absent", "q", "q"), _query("none")], found)
    assert [kin.article_id for kin in own] == ["close", "near", "far", "own"]
    assert [kin.article_id for kin in absent] == ["other"]
    assert alone == []
