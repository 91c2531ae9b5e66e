"""Times: how they are written, which claim is believed, and what is never made up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract.dates import TimeClaim, choose_time, url_claims
from pipeline.extract.moments import parse_moment
from pipeline.extract.visible_times import split_dated
from schemas.annotations import ArticleTime, Precision, TimeSignal

FETCHED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WRITTEN = {
    "2026-10-27T22:35:00+00:00": ("2026-10-27T22:35", True, Precision.SECOND),
    "2019-11-18T17:01:27.893Z": ("2019-11-18T17:01", True, Precision.SECOND),
    "2026-11-04T05:15:00-06:00": ("2026-11-04T11:15", True, Precision.SECOND),
    "2018-02-06T05:13:15": ("2018-02-06T05:13", False, Precision.SECOND),
    "2018-04-30": ("2018-04-30T00:00", False, Precision.DAY),
    "2018-04": ("2018-04-01T00:00", False, Precision.MONTH),
    "20191118T120000Z": ("2019-11-18T12:00", True, Precision.SECOND),
    "1574168580": ("2019-11-19T13:03", True, Precision.SECOND),
    "1574168580123": ("2019-11-19T13:03", True, Precision.SECOND),
    "Wed, 20 Nov 2019 04:26:47 +0000": ("2019-11-20T04:26", True, Precision.SECOND),
    "Wed, 20 Nov 2019 04:26:47 GMT": ("2019-11-20T04:26", True, Precision.SECOND),
    "Tue 27 Oct 2026 22.35 GMT": ("2026-10-27T22:35", True, Precision.MINUTE),
    "Nov. 4, 2026 5:15 a.m. CST": ("2026-11-04T11:15", True, Precision.MINUTE),
    "November 4, 2026 at 5:15 PM": ("2026-11-04T17:15", False, Precision.MINUTE),
    "12:30, 22 October 2022": ("2022-10-22T12:30", False, Precision.MINUTE),
    "19. Oktober 2026, 14:22 Uhr": ("2026-10-19T14:22", False, Precision.MINUTE),
    "Stand: 18.11.2026, 07:00 Uhr": ("2026-11-18T07:00", False, Precision.MINUTE),
    "Publié le 4 novembre 2026 à 09:12": ("2026-11-04T09:12", False, Precision.MINUTE),
    "le 1er décembre 2025 à 7h05": ("2025-12-01T07:05", False, Precision.MINUTE),
    "16 de octubre de 2026, 17:25": ("2026-10-16T17:25", False, Precision.MINUTE),
    "8 de noviembre de 2026": ("2026-11-08T00:00", False, Precision.DAY),
    "2018년 9월 28일": ("2018-09-28T00:00", False, Precision.DAY),
    "2026年11月4日": ("2026-11-04T00:00", False, Precision.DAY),
}


@pytest.mark.parametrize("raw", sorted(WRITTEN))
def test_moment_as_written(raw: str) -> None:
    """Each way of writing gives its instant in UTC, whether its zone was written, and how exact it is."""
    moment = parse_moment(raw)
    assert moment is not None
    assert (moment.at.isoformat()[:16], moment.zone_known, moment.precision) == WRITTEN[raw]


@pytest.mark.parametrize(
    "raw", ["", "on Tuesday", "May 3rd", "Updated at 1:23 p.m.", "2026-02-31", "9999-99-99", "Sat, 31 Feb 2018", "2018"]
)
def test_no_moment_is_made_up(raw: str) -> None:
    """Without a full date there is no moment: no current year, no current day."""
    assert parse_moment(raw) is None


def test_digits_are_read_by_language() -> None:
    """03/04/2026 is April 3, but March 4 where the month comes first; a 13th month settles it."""
    assert _day("03/04/2026") == "2026-04-03"
    assert _day("03/04/2026", month_first=True) == "2026-03-04"
    assert _day("11/18/2019") == "2019-11-18"
    assert _day("03.04.2026", month_first=True) == "2026-04-03"


def _day(raw: str, *, month_first: bool = False) -> str:
    moment = parse_moment(raw, month_first=month_first)
    assert moment is not None
    return moment.at.date().isoformat()


@given(raw=st.text(max_size=80))
def test_any_string_is_a_moment_or_none(raw: str) -> None:
    """No string breaks the reading, and every moment is aware and in UTC."""
    moment = parse_moment(raw)
    assert moment is None or moment.at.utcoffset() == timedelta(0)


@given(at=st.datetimes(datetime(1600, 1, 2), datetime(2200, 1, 1)))  # noqa: DTZ001 - the strategy adds the zone below
def test_iso_round_trip(at: datetime) -> None:
    """Any instant written in ISO 8601 is read back to the second."""
    aware = at.replace(microsecond=0, tzinfo=UTC)
    moment = parse_moment(aware.isoformat())
    assert moment is not None
    assert moment.at == aware


def _choose(*claims: tuple[TimeSignal, str]) -> ArticleTime:
    return choose_time([TimeClaim(signal, raw) for signal, raw in claims], FETCHED)


def test_without_a_claim_time_is_unknown() -> None:
    """Nothing is inferred from the fetch."""
    assert _choose() == ArticleTime()


def test_stronger_signal_wins() -> None:
    """A feed's word is stronger than the page's, and what agrees within the hour is no conflict."""
    found = _choose((TimeSignal.META, "2026-11-18T08:40:00Z"), (TimeSignal.FEED, "Wed, 18 Nov 2026 08:05:00 GMT"))
    assert found.signal is TimeSignal.FEED
    assert found.raw == "Wed, 18 Nov 2026 08:05:00 GMT"
    assert found.conflicts == ()


def test_contradiction_is_kept() -> None:
    """A difference of more than an hour between two exact times with zones is kept, with what was written."""
    found = _choose((TimeSignal.JSON_LD, "2026-11-18T08:05:00Z"), (TimeSignal.VISIBLE, "2026-11-18T11:00:00Z"))
    assert found.signal is TimeSignal.JSON_LD
    assert [(conflict.signal, conflict.raw) for conflict in found.conflicts] == [
        (TimeSignal.VISIBLE, "2026-11-18T11:00:00Z")
    ]


def test_day_of_another_zone_is_no_contradiction() -> None:
    """The address bears the day where the outlet sits; an instant that is that day somewhere agrees with it."""
    assert _choose((TimeSignal.JSON_LD, "2026-11-19T05:00:00Z"), (TimeSignal.URL, "2026-11-18")).conflicts == ()
    assert len(_choose((TimeSignal.JSON_LD, "2026-11-19T23:00:00Z"), (TimeSignal.URL, "2026-11-18")).conflicts) == 1


def test_day_yields_to_a_time_on_that_day() -> None:
    """A stronger signal that only names the day gives way to a weaker one that says when on that day."""
    found = _choose((TimeSignal.META, "2026-11-18"), (TimeSignal.VISIBLE, "18.11.2026, 08:05 Uhr"))
    assert found.signal is TimeSignal.VISIBLE
    assert found.precision is Precision.MINUTE
    assert found.problems == ("zone-assumed",)


def test_future_is_never_trusted() -> None:
    """A time after the fetch is flagged; with another claim that one counts, without any the time stays unknown."""
    future = (TimeSignal.JSON_LD, "2027-05-01T08:00:00Z")
    alone = _choose(future)
    assert (alone.at, alone.raw, alone.problems) == (None, future[1], ("in-future",))
    beside = _choose(future, (TimeSignal.VISIBLE, "12 November 2026"))
    assert beside.signal is TimeSignal.VISIBLE
    assert beside.problems == ("in-future",)
    assert [conflict.raw for conflict in beside.conflicts] == [future[1]]


def test_clock_skew_is_forgiven() -> None:
    """A publisher's clock may be some minutes ahead of ours."""
    assert _choose((TimeSignal.FEED, "2026-11-20T12:05:00Z")).at is not None


def test_before_the_web() -> None:
    """An archive's record of 1987 is kept and flagged; a page that claims 1970 is not believed."""
    record = _choose((TimeSignal.RECORD, "1987-03-04T09:21:55Z"))
    assert record.at == datetime(1987, 3, 4, 9, 21, 55, tzinfo=UTC)
    assert record.problems == ("before-1990",)
    page = _choose((TimeSignal.JSON_LD, "1970-01-01T00:00:00Z"))
    assert (page.at, page.problems) == (None, ("before-1990",))
    assert _choose((TimeSignal.RECORD, "1970-01-01T00:00:00Z")).at is None


@given(
    st.lists(
        st.tuples(st.sampled_from(TimeSignal), st.text(max_size=30) | st.sampled_from(sorted(WRITTEN))), max_size=6
    )
)
def test_chosen_time_is_never_later_than_the_fetch(claims: list[tuple[TimeSignal, str]]) -> None:
    """Whatever is claimed, the time is one of the claims and not in the future by more than a zone."""
    found = _choose(*claims)
    if found.at is not None:
        assert found.raw in {raw for _, raw in claims}
        assert found.at <= FETCHED + timedelta(hours=14)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/2019/11/18/x", "2019-11-18"),
        ("https://a.example/stories/2019/nov/18/x", "2019-11-18"),
        ("https://a.example/20261104-foo.php", "2026-11-04"),
        ("https://a.example/2018/4/30/17305458/x", "2018-04-30"),
        ("https://a.example/2019/11/x", "2019-11"),
        ("https://a.example/x-11574168580", None),
        ("https://a.example/x?d=2018/01/01", None),
        (None, None),
    ],
)
def test_date_in_the_address(url: str | None, expected: str | None) -> None:
    """An address tells a day or a month by its path, and article numbers are no dates."""
    assert [claim.raw for claim in url_claims(url)] == ([] if expected is None else [expected])


def test_line_of_publication_and_change() -> None:
    """A line that tells both times is cut where the change begins."""
    published, changed = split_dated(["Publié le 12 novembre 2026 à 18h20, mis à jour le 13 novembre 2026 à 7h05"])
    assert [published[0][:29], changed[0][:11]] == ["Publié le 12 novembre 2026 à ", "mis à jour "]
    assert split_dated(["Stand: 18.11.2026"]) == ([], ["Stand: 18.11.2026"])
