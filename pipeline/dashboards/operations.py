"""What a panel counts and by what it groups, in the words of Kibana's Dashboards API. Pure.

Only the operations that our panels use, each of which is a plain aggregation; anything else is refused, so that
nothing ships that was not proven. `KINDS` says which kinds of fields an operation takes.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.base import Record

Direction = Literal["asc", "desc"]
KEYWORD: Final = "keyword"
NUMBER: Final = "number"
DATE: Final = "date"
BOOLEAN: Final = "boolean"


class Expression(Record):
    """A query in KQL."""

    language: Literal["kql"] = "kql"
    expression: str


class NumberFormat(Record):
    """Plain numbers, shares (1 is 100 %) or bytes."""

    type: Literal["number", "percent", "bytes"]
    decimals: Annotated[int, Field(ge=0, le=6)] = 0


class DurationFormat(Record):
    """A span of time, from a unit to readable words."""

    type: Literal["duration"]
    from_: Annotated[Literal["seconds", "milliseconds"], Field(alias="from")]
    to: Literal["humanize", "humanizePrecise"]


class _Metric(Record):
    label: Annotated[str, Field(min_length=1)]
    filter: Expression | None = None
    time_shift: Annotated[str, Field(pattern=r"^[1-9][0-9]*[hdw]$")] | None = None
    format: NumberFormat | DurationFormat | None = None
    type: Literal["primary", "secondary"] | None = None
    """Only in a metric panel: the large number and the small one."""


class Count(_Metric):
    """How many documents."""

    operation: Literal["count"]


class FieldMetric(_Metric):
    """A number made of one field."""

    operation: Literal["unique_count", "average", "sum", "median", "min", "max"]
    field: str


class Percentile(_Metric):
    """The value that `percentile` percent of the documents do not exceed."""

    operation: Literal["percentile"]
    field: str
    percentile: Annotated[float, Field(gt=0, lt=100)]


Metric = Annotated[Count | FieldMetric | Percentile, Field(discriminator="operation")]


class RankByMetric(Record):
    """The values for which one of the panel's metrics is the largest, or the smallest."""

    type: Literal["metric"]
    metric_index: Annotated[int, Field(ge=0)] = 0
    direction: Direction = "desc"


class RankByValue(Record):
    """In the order of the values themselves."""

    type: Literal["alphabetical"]
    direction: Direction = "asc"


class RankBySignificance(Record):
    """The values that are more frequent here than in the whole index."""

    type: Literal["significant"]


class Terms(Record):
    """A bucket for each of the most important values of a field."""

    operation: Literal["terms"]
    fields: Annotated[tuple[str, ...], Field(min_length=1, max_length=1)]
    """One: several need an aggregation that Elasticsearch's core has not."""
    limit: Annotated[int, Field(ge=1, le=100)]
    label: str | None = None
    rank_by: Annotated[RankByMetric | RankByValue | RankBySignificance, Field(discriminator="type")] = RankByMetric(
        type="metric"
    )

    @property
    def field(self) -> str:
        """The field."""
        return self.fields[0]


class DateHistogram(Record):
    """A bucket for each stretch of time; `auto` fits the stretch to the time range."""

    operation: Literal["date_histogram"]
    field: str
    suggested_interval: Literal["auto", "1h", "1d", "1w", "1M"] = "auto"
    include_empty_rows: bool = True
    label: str | None = None


class Range(Record):
    """From `gt` (inclusive, as Elasticsearch has it) to `lte` (exclusive); either may be open."""

    gt: float | None = None
    lte: float | None = None
    label: Annotated[str, Field(min_length=1)]


class Ranges(Record):
    """A bucket for each range of a number."""

    operation: Literal["range"]
    field: str
    ranges: Annotated[tuple[Range, ...], Field(min_length=2, max_length=12)]
    label: str | None = None


class LabelledFilter(Record):
    """A query and what its bucket is called."""

    filter: Expression
    label: Annotated[str, Field(min_length=1)]


class Filters(Record):
    """A bucket for each query."""

    operation: Literal["filters"]
    filters: Annotated[tuple[LabelledFilter, ...], Field(min_length=1, max_length=12)]
    label: str | None = None


class RegionTerms(Terms):
    """Countries by their codes, and the map on which they are drawn."""

    class Ems(Record):
        """A map of Elastic's and the property that our codes are compared with."""

        boundaries: Literal["world_countries"]
        join: Literal["iso2"]

    ems: Ems


Bucket = Annotated[Terms | DateHistogram | Ranges | Filters, Field(discriminator="operation")]
AnyMetric = Count | FieldMetric | Percentile
AnyBucket = Terms | DateHistogram | Ranges | Filters

KINDS: Final[Mapping[str, frozenset[str]]] = {
    "terms": frozenset({KEYWORD, BOOLEAN, NUMBER}),
    "significant": frozenset({KEYWORD}),
    "date_histogram": frozenset({DATE}),
    "range": frozenset({NUMBER}),
    "unique_count": frozenset({KEYWORD, BOOLEAN, NUMBER, DATE}),
    "average": frozenset({NUMBER}),
    "sum": frozenset({NUMBER}),
    "median": frozenset({NUMBER}),
    "percentile": frozenset({NUMBER}),
    "min": frozenset({NUMBER, DATE}),
    "max": frozenset({NUMBER, DATE}),
    "query": frozenset({KEYWORD, BOOLEAN, NUMBER, DATE}),
    "control": frozenset({KEYWORD, BOOLEAN}),
    "sort": frozenset({KEYWORD, NUMBER, DATE}),
}
"""Operation → kinds of fields that it takes."""
