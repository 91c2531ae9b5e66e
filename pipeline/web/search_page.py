"""An answer → what the search page shows: chips, facets with their links, quick ranges, chart, exports. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from pipeline.web.charts import Chart, build_chart
from pipeline.web.links import SearchLinks
from pipeline.web.names import country_name, language_name
from pipeline.web.params import BY_NAME, FACETS, SearchParams
from pipeline.web.searching import SearchAnswer

QUICK_RANGES: Final = (("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days"), ("1y", "year"))
EXPORTS: Final = (
    ("json", "JSON"),
    ("rss", "RSS"),
    ("atom", "Atom"),
    ("csv", "CSV"),
    ("jsonl", "JSON lines"),
)
OPEN_FACETS: Final = 3
"""So many facets are open from the start on a wide screen; the rest opens at a click."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that can be chosen, or is."""

    label: str
    href: str
    chosen: bool
    count: int = 0
    value: str = ""


@dataclass(frozen=True, slots=True)
class FacetBox:
    """A facet as it is shown."""

    name: str
    title: str
    choices: tuple[Choice, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter; its link takes it away."""

    kind: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class SearchView:
    """Everything that the search page shows."""

    params: SearchParams
    answer: SearchAnswer
    notes: tuple[str, ...]
    chips: tuple[Chip, ...]
    facets: tuple[FacetBox, ...]
    ranges: tuple[Choice, ...]
    sorts: tuple[Choice, ...]
    exports: tuple[Choice, ...]
    chart: Chart | None
    hidden: tuple[tuple[str, str], ...]
    """What the form sends beside its own fields, so that a new query keeps the filters."""
    saved: tuple[tuple[str, str], ...]
    """What a saved search is made of: a span of time is written into the query, order and page are left out."""
    save_as: str
    next_href: str | None
    first_href: str | None
    permalink: str
    copies_href: str
    suggestion_href: str | None
    title: str

    @property
    def is_front(self) -> bool:
        """Whether nothing was asked for: the newest articles."""
        return not self.params.pairs()


def build_search_page(params: SearchParams, answer: SearchAnswer, notes: Sequence[str]) -> SearchView:
    """Return the page's content; `notes` say what of the address could not be used."""
    asked = params.q.strip()
    mean = answer.did_you_mean
    links = SearchLinks(params)
    chips = tuple(_chips(params, links))
    return SearchView(
        params=params,
        answer=answer,
        notes=(*notes, *(hint.message for hint in answer.hints)),
        chips=chips,
        facets=tuple(_boxes(params, answer, links)),
        ranges=_ranges(params, links),
        sorts=_sorts(params, links),
        exports=tuple(Choice(label, links.to(form), chosen=False) for form, label in EXPORTS),
        chart=_chart(answer, links),
        hidden=tuple((name, value) for name, value in params.pairs() if name not in {"q", "cursor", "at", "limit"}),
        saved=tuple(_saved(params)),
        save_as=(asked or ", ".join(chip.label for chip in chips))[:100],
        next_href=None if answer.cursor is None else links.to(cursor=answer.cursor),
        first_href=links.to() if params.cursor else None,
        permalink=links.to(at=answer.at, cursor=params.cursor),
        copies_href=links.to(copies=not params.copies),
        suggestion_href=None if mean is None else links.to(q=mean),
        title=f"{asked[:80]} – search" if asked else "Latest" if not params.pairs() else "Search",
    )


def _saved(params: SearchParams) -> Iterator[tuple[str, str]]:
    span = [f"{name}:{text}" for name, text in (("since", params.since), ("until", params.until)) if text]
    asked = params.q.strip()
    if asked or span:
        yield "q", " ".join([f"({asked})" if span and asked else asked, *span]).strip()
    yield from ((name, value) for name, value in params.pairs() if name in BY_NAME)


def _chips(params: SearchParams, links: SearchLinks) -> list[Chip]:
    found = [
        Chip(facet.one, label_value(facet.name, value), links.toggled(facet.name, value))
        for facet in FACETS
        for value in getattr(params, facet.name)
    ]
    if params.since or params.until:
        found.append(Chip("published", _describe_span(params), links.to(since=None, until=None)))
    if params.copies:
        found.append(Chip("copies", "every copy shown", links.to(copies=False)))
    return found


def _describe_span(params: SearchParams) -> str:
    quick = dict(QUICK_RANGES).get(params.since or "")
    if quick and not params.until:
        return f"last {quick}"
    since, until = (_tidy(text) for text in (params.since, params.until))
    if since and until:
        return f"{since} to before {until}"
    return f"since {since}" if since else f"before {until}"


def _tidy(text: str | None) -> str:
    return (text or "").replace("T00:00:00Z", "").replace(":00Z", " UTC").replace("T", " ")


def _boxes(params: SearchParams, answer: SearchAnswer, links: SearchLinks) -> list[FacetBox]:
    boxes = []
    for number, facet in enumerate(FACETS):
        chosen = getattr(params, facet.name)
        choices = tuple(
            Choice(
                label_value(facet.name, each.value),
                links.toggled(facet.name, each.value),
                each.value in chosen,
                each.count,
                each.value,
            )
            for each in answer.facets.get(facet.name, ())
        )
        if choices:
            boxes.append(FacetBox(facet.name, facet.many, choices, open=number < OPEN_FACETS or bool(chosen)))
    return boxes


def label_value(name: str, value: str) -> str:
    """Return a facet's value for people: codes become names."""
    if name == "lang":
        return language_name(value)
    return country_name(value) if name == "country" else value


def _ranges(params: SearchParams, links: SearchLinks) -> tuple[Choice, ...]:
    anytime = Choice("any time", links.to(since=None, until=None), not (params.since or params.until))
    quick = (
        Choice(label, links.to(since=code, until=None), params.since == code and not params.until)
        for code, label in QUICK_RANGES
    )
    return (anytime, *quick)


def _sorts(params: SearchParams, links: SearchLinks) -> tuple[Choice, ...]:
    names = ("relevance", "newest", "oldest") if params.q.strip() else ("newest", "oldest")
    now = params.sort if params.sort in names else names[0]
    return tuple(Choice(name, links.to(sort=name), name == now) for name in names)


def _chart(answer: SearchAnswer, links: SearchLinks) -> Chart | None:
    if len(answer.histogram) < 2 or answer.histogram_interval is None:
        return None

    def narrow(start: datetime, end: datetime) -> str:
        return links.to(since=format_moment(start), until=format_moment(end))

    return build_chart(answer.histogram, answer.histogram_interval, narrow)


# The days and weeks of a chart are those of the page before.
@lru_cache(maxsize=8192)
def format_moment(moment: datetime) -> str:
    """Return a time as the language reads it: a day when it is one.

    >>> format_moment(datetime(2020, 1, 2, tzinfo=UTC))
    '2020-01-02'
    """
    moment = moment.astimezone(UTC)
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return moment.date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")
