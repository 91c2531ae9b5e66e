"""What is asked of an index, and what it answers: `SearchQuery` and `SearchPage`. Imports only `schemas`.

The expression tree is what the query language becomes (`pipeline.search.parse`); every index compiles it to its own
form, so a search means the same everywhere.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from pydantic import ConfigDict, Field

from schemas.base import Record, UtcDatetime
from schemas.fields import BY_NAME

MAX_LIMIT: Final = 1000
MAX_FACET_VALUES: Final = 1000


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches every article."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word as typed; found in any inflected form. `field` is `title`, `summary`, `body`, or None for all three."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Consecutive words, found as written but without case and accents. `field` as in `Word`."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a word, without the star. `field` as in `Word`."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """A value looked for in any of `fields`, compared as the table of fields says; `name` is what was typed."""

    name: str
    fields: tuple[str, ...]
    value: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Exists:
    """Any of `fields` has a value; `name` is what was typed."""

    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A number or time between two bounds; None is open. The upper bound counts only with `include_upper`."""

    field: str
    lower: datetime | float | None
    upper: datetime | float | None
    include_lower: bool = True
    include_upper: bool = False


@dataclass(frozen=True, slots=True)
class Near:
    """The story speaks of a place within `radius_km` of this point, degrees."""

    lat: float
    lon: float
    radius_km: float


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the parts; the more, the better."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """Not the part."""

    part: "Expression"


Expression = Everything | Word | Phrase | Prefix | FieldTerm | Exists | Range | Near | And | Or | Not


class Sort(StrEnum):
    """Order of the hits; articles without a publication time come last in both orders of time."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


class Interval(StrEnum):
    """Width of a histogram's buckets, in UTC; weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Filter:
    """A facet's selection: the field has one of these exact values."""

    field: str
    values: tuple[str, ...]


_NOT_WITHDRAWN: Final = Not(FieldTerm("withdrawn", ("withdrawn",), "true"))


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search. `now` is the origin of relative dates and of recency, so that the same query gives the same page.

    `since` (inclusive) and `until` (exclusive) bound `published_at`. `filters` narrow everything but the counts of
    their own facet. `collapse` keeps the best hit of each story. `cursor` comes from the page before, for the same
    query. `facets` are names of fields that may be counted. `limit` 0 asks for counts only. Articles that were taken
    back are never found, unless `withdrawn` asks for them beside the others.

    Raises:
        ValueError: a limit is out of range, or a field unknown or not countable; a programming error, since what
            people type is checked before.
    """

    now: datetime
    expression: Expression = Everything()
    filters: tuple[Filter, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    sort: Sort = Sort.RELEVANCE
    limit: int = 20
    cursor: str | None = None
    collapse: bool = True
    facets: tuple[str, ...] = ()
    facet_size: int = 10
    histogram: Interval | None = None
    highlight: bool = True
    withdrawn: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.limit <= MAX_LIMIT:
            msg = f"limit must be 0 to {MAX_LIMIT}, not {self.limit}"
            raise ValueError(msg)
        if not 1 <= self.facet_size <= MAX_FACET_VALUES:
            msg = f"facet_size must be 1 to {MAX_FACET_VALUES}, not {self.facet_size}"
            raise ValueError(msg)
        if any(moment is not None and moment.tzinfo is None for moment in (self.now, self.since, self.until)):
            msg = "now, since and until must be aware"
            raise ValueError(msg)
        for name in (*self.facets, *(chosen.field for chosen in self.filters)):
            if name not in BY_NAME or not BY_NAME[name].facet:
                msg = f"{name!r} is no field that can be counted"
                raise ValueError(msg)

    @property
    def selection(self) -> Expression:
        """What an index compiles: the expression, less what was taken back."""
        return self.expression if self.withdrawn else And((self.expression, _NOT_WITHDRAWN))


# A search makes dozens of hits and facets, and a page adds up hundreds of buckets: as dataclasses they are checked only
# where they are read from outside, and made in a third of the time.
@dataclass(frozen=True, slots=True)
class Facet:
    """One value of a field, and how many articles have it. Booleans are `true` and `false`."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class WordCount:
    """A word of the index, folded, and how many articles have it."""

    word: str
    count: int


@dataclass(frozen=True, slots=True)
class HistogramBucket:
    """Articles published from `start` on, for one interval. Empty buckets are left out."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    start: UtcDatetime
    count: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found. `source` is the publisher's name, else its domain.

    `highlights` maps `title`, `summary` or `body` to fragments of HTML: escaped, with `<mark>` around what matched.
    `story_size` counts the matching articles of the story, itself included, when the page is collapsed.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    article_id: str
    title: str
    url: str | None = None
    source: str | None = None
    source_id: str | None = None
    source_domain: str | None = None
    origin: str | None = None
    published_at: UtcDatetime | None = None
    published_precision: str | None = None
    first_seen_at: UtcDatetime | None = None
    language: str | None = None
    summary: str = ""
    authors: tuple[str, ...] = ()
    score: float | None = None
    highlights: dict[str, tuple[str, ...]] = field(default_factory=dict)
    story_id: str | None = None
    story_size: int | None = None
    copy_of: str | None = None
    is_copy: bool = False


class SearchPage(Record):
    """The answer. `total` counts articles, also when collapsed; `relation` `gte` means at least that many.

    `stories` is the number of distinct stories when collapsed; it is approximate (some 5 %) above a few thousand.
    `cursor` asks for the next page; None when there is none.
    """

    total: int
    relation: Literal["eq", "gte"] = "eq"
    took_ms: float
    hits: tuple[Hit, ...] = ()
    facets: dict[str, tuple[Facet, ...]] = Field(default_factory=dict)
    histogram: tuple[HistogramBucket, ...] = ()
    histogram_interval: Interval | None = None
    """The interval asked for, or a wider one when so many buckets were too many."""
    stories: int | None = None
    cursor: str | None = None
