"""When an article was published or changed: the claims of all signals → one `ArticleTime` with its evidence.

Never today's date and never the time of the fetch: without a claim the time is unknown. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pipeline.extract.moments import Moment, parse_moment
from schemas.annotations import ArticleTime, Precision, TimeConflict, TimeSignal

FUTURE_TOLERANCE: Final = timedelta(minutes=10)
"""Clocks of publishers run ahead; the embargo minutes of agencies too."""
ZONE_TOLERANCE: Final = timedelta(hours=14)
"""The zone furthest ahead of UTC: a time without a zone is in the future only beyond that."""
SAME_DAY: Final = timedelta(days=1)
SAME_HOUR: Final = timedelta(hours=1)
WEB_BEGINS: Final = datetime(1990, 1, 1, tzinfo=UTC)
EARLIEST: Final = datetime(1600, 1, 1, tzinfo=UTC)
_STRENGTH: Final = {signal: order for order, signal in enumerate(TimeSignal)}
_FROM_PAGES: Final = frozenset(
    (TimeSignal.JSON_LD, TimeSignal.META, TimeSignal.VISIBLE, TimeSignal.URL, TimeSignal.HTTP)
)
_PLACEHOLDERS: Final = frozenset(
    (datetime(1970, 1, 1, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC), datetime(1899, 12, 30, tzinfo=UTC))
)
_SPAN: Final = {Precision.YEAR: timedelta(days=366), Precision.MONTH: timedelta(days=31)}
_URL_DAY: Final = re.compile(
    r"(?<![\d])(?P<year>(?:19|20)\d{2})(?P<mark>[/_.-]?)(?P<month>0?[1-9]|1[0-2]|[a-z]{3,9})(?P=mark)(?P<day>0[1-9]|[12]\d|3[01]|[1-9])(?![\d])",
    re.IGNORECASE,
)
_URL_MONTH: Final = re.compile(r"/(?P<year>(?:19|20)\d{2})[/-](?P<month>0[1-9]|1[0-2])(?![\d])")


@dataclass(frozen=True, slots=True)
class TimeClaim:
    """One signal's statement, as written."""

    signal: TimeSignal
    raw: str


@dataclass(frozen=True, slots=True)
class _Read:
    claim: TimeClaim
    moment: Moment | None
    problem: str = ""


def url_claims(url: str | None) -> list[TimeClaim]:
    """Return the date in an address's path, if it has one.

    >>> url_claims("https://a.example/2018/04/30/1730/x"), url_claims("https://a.example/20180431-x")
    ([TimeClaim(signal=<TimeSignal.URL: 'url'>, raw='2018-04-30')], [])
    """
    path = (url or "").partition("//")[2].partition("/")[2].partition("?")[0][:300]
    for found in _URL_DAY.finditer(path):
        moment = parse_moment(f"{found['day']} {found['month']} {found['year']}") if found["month"].isalpha() else None
        raw = moment.at.date().isoformat() if moment else f"{found['year']}-{found['month']:0>2}-{found['day']:0>2}"
        if not found["mark"] and len(found[0]) != 8:
            continue
        if parse_moment(raw):
            return [TimeClaim(TimeSignal.URL, raw)]
    month = _URL_MONTH.search("/" + path)
    return [TimeClaim(TimeSignal.URL, f"{month['year']}-{month['month']}")] if month else []


def choose_time(claims: Sequence[TimeClaim], fetched_at: datetime, *, month_first: bool = False) -> ArticleTime:
    """Return the time of the strongest believable claim, with what contradicts it.

    A claim later than the fetch is never believed; a page's claim before 1990 neither (a record's is, and is flagged).
    A claim that only names the day yields to a weaker one that names a time on that day. What differs by more than a
    day, or by more than an hour when both name their zone, is kept as a conflict. Without any claim: unknown.
    """
    ordered = sorted(claims, key=lambda claim: _STRENGTH[claim.signal])
    read = [_read(claim, fetched_at, month_first) for claim in dict.fromkeys(ordered) if claim.raw.strip()]
    problems = list(dict.fromkeys(entry.problem for entry in read if entry.problem))
    believed = [entry for entry in read if entry.moment and entry.problem not in {"in-future", "before-1990"}]
    believed += [entry for entry in read if entry.problem == "before-1990" and _is_record(entry)]
    if not believed:
        first = next((entry for entry in read if entry.moment), read[0] if read else None)
        if first is None:
            return ArticleTime()
        return ArticleTime(
            signal=first.claim.signal, raw=first.claim.raw, conflicts=_conflicts(read, first), problems=tuple(problems)
        )
    best = _most_exact(believed)
    if best.moment and best.moment.is_exact and not best.moment.zone_known:
        problems.append("zone-assumed")
    return ArticleTime(
        at=best.moment.at if best.moment else None,
        zone_known=bool(best.moment and best.moment.zone_known),
        precision=best.moment.precision if best.moment else Precision.UNKNOWN,
        signal=best.claim.signal,
        raw=best.claim.raw,
        conflicts=_conflicts(read, best),
        problems=tuple(problems),
    )


def _is_record(entry: _Read) -> bool:
    return entry.moment is not None and entry.claim.signal not in _FROM_PAGES and entry.moment.at not in _PLACEHOLDERS


def _read(claim: TimeClaim, fetched_at: datetime, month_first: bool) -> _Read:
    moment = parse_moment(claim.raw, month_first=month_first)
    if moment is None or moment.at < EARLIEST:
        return _Read(claim, None)
    tolerance = FUTURE_TOLERANCE if moment.zone_known else ZONE_TOLERANCE
    if moment.at > fetched_at + tolerance:
        return _Read(claim, moment, "in-future")
    if moment.at < WEB_BEGINS:
        return _Read(claim, moment, "before-1990")
    return _Read(claim, moment)


def _most_exact(believed: Sequence[_Read]) -> _Read:
    first = believed[0]
    if first.moment is None or first.moment.is_exact:
        return first
    day = first.moment.at
    span = _SPAN.get(first.moment.precision, SAME_DAY)
    for entry in believed[1:]:
        moment = entry.moment
        if moment and entry.claim.signal is not TimeSignal.HTTP and moment.precision != first.moment.precision:
            local = moment.at if not moment.zone_known else moment.at + timedelta(hours=12)
            if day <= moment.at < day + span or (moment.zone_known and day <= local < day + span + SAME_DAY):
                return entry
    return first


def _conflicts(read: Sequence[_Read], best: _Read) -> tuple[TimeConflict, ...]:
    return tuple(
        TimeConflict(signal=entry.claim.signal, raw=entry.claim.raw, at=entry.moment.at)
        for entry in read
        if entry is not best and entry.moment and (best.moment is None or _differ(entry.moment, best.moment))
    )


def _differ(one: Moment, other: Moment) -> bool:
    """Whether two times contradict each other. A day, a month, a year is a stretch, wherever on Earth it is one."""
    if one.is_exact and other.is_exact:
        return abs(one.at - other.at) > (SAME_HOUR if one.zone_known and other.zone_known else SAME_DAY)
    first, last = sorted((one, other), key=lambda moment: moment.at)
    end = first.at + _SPAN.get(first.precision, SAME_DAY if not first.is_exact else timedelta())
    return last.at - end > ZONE_TOLERANCE
