"""Parameters of a search in an address: the one table behind the form, the chips, the API and the exports. Pure.

Query string → `SearchParams`, strictly for programs (FastAPI validates it), leniently for pages, whose visitors get
what could be read and a note on the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from pipeline.search.parse import MAX_CHARS
from schemas.query import Filter

PAGE_LIMIT: Final = 20
MAX_PAGE_LIMIT: Final = 100
MAX_SELECTED: Final = 20
"""Values selected in one facet; nobody ticks more, and each makes the query dearer."""
_VALUE_CHARS: Final = 512
"""The longest value that the index holds of such a field."""


@dataclass(frozen=True, slots=True)
class FacetParam:
    """One facet: its name in an address, its field, and what people call one and several of it."""

    name: str
    field: str
    one: str
    many: str


FACETS: Final = (
    FacetParam("source", "source.name", "source", "Sources"),
    FacetParam("person", "entities.person", "person", "People"),
    FacetParam("org", "entities.org", "organisation", "Organisations"),
    FacetParam("place", "entities.place", "place", "Places"),
    FacetParam("origin", "origin.name", "written by", "Written by"),
    FacetParam("lang", "language", "language", "Languages"),
    FacetParam("country", "source.country", "source's country", "Countries of sources"),
)
BY_NAME: Final = {facet.name: facet for facet in FACETS}

Selected = Annotated[list[Annotated[str, Field(min_length=1, max_length=_VALUE_CHARS)]], Field(max_length=MAX_SELECTED)]
SortName = Literal["relevance", "newest", "oldest"]


class SearchParams(BaseModel):
    """A search: the text in the query language, what was selected in facets, the span of time, and the order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Annotated[str, Field(max_length=MAX_CHARS, description="Words and fields; empty finds everything.")] = ""
    source: Annotated[Selected, Field(description="Names of publishers, any of which will do.")] = []
    person: Annotated[Selected, Field(description="Names of people.")] = []
    org: Annotated[Selected, Field(description="Names of organisations.")] = []
    place: Annotated[Selected, Field(description="Names of places.")] = []
    origin: Annotated[Selected, Field(description="Names of those who wrote the article first.")] = []
    lang: Annotated[Selected, Field(description="Languages, ISO 639-1.")] = []
    country: Annotated[Selected, Field(description="Countries of publishers, ISO 3166.")] = []
    since: Annotated[
        str | None, Field(max_length=40, description="Published at or after: 24h, 7d, 2026-10-01, an ISO 8601 time.")
    ] = None
    until: Annotated[str | None, Field(max_length=40, description="Published before: the same forms.")] = None
    sort: Annotated[SortName, Field(description="Without words to rank by, relevance means newest.")] = "relevance"
    copies: Annotated[bool, Field(description="Every copy, not the best one of each story.")] = False
    limit: Annotated[int, Field(ge=0, le=MAX_PAGE_LIMIT, description="Hits on a page.")] = PAGE_LIMIT
    cursor: Annotated[
        str | None, Field(min_length=1, max_length=500, description="The next page, as this one gave it.")
    ] = None
    at: Annotated[
        AwareDatetime | None, Field(description="The time as of which relative dates and recency are measured.")
    ] = None

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The facets' selections."""
        chosen = ((facet.field, tuple(dict.fromkeys(getattr(self, facet.name)))) for facet in FACETS)
        return tuple(Filter(field, values) for field, values in chosen if values)

    def pairs(self) -> list[tuple[str, str]]:
        """Return the parameters that differ from their defaults, in the order of the table, for an address."""
        return [pair for name in _DEFAULTS for pair in pairs_of(name, getattr(self, name))]


_DEFAULTS: Final = {name: field.default for name, field in SearchParams.model_fields.items()}


def pairs_of(name: str, value: object) -> list[tuple[str, str]]:
    """Return what an address says of one parameter: nothing when it has its default."""
    if isinstance(value, list):
        return [(name, one) for one in value]
    is_default = value == _DEFAULTS[name] or value in (None, "")
    return [] if is_default else [(name, _text(value))]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a visitor's address says, and a note for each part of it that could not be used."""

    params: SearchParams
    notes: tuple[str, ...]


def read_params(pairs: Iterable[tuple[str, str]]) -> Reading:
    """Read an address leniently: what does not fit is left out with a note; unknown names are passed over."""
    values: dict[str, object] = {}
    notes: list[str] = []
    for name, value in pairs:
        text = value.strip()
        if name not in SearchParams.model_fields or not text:
            continue
        if name in BY_NAME:
            chosen = values.setdefault(name, [])
            if isinstance(chosen, list) and text not in chosen:
                chosen.append(text)
        else:
            values[name] = text[:MAX_CHARS] if name == "q" else text
    while True:
        try:
            return Reading(SearchParams.model_validate(values), tuple(notes))
        except ValidationError as error:
            wrong = {str(each["loc"][0]) for each in error.errors(include_url=False)}
            notes.extend(f"“{name}” could not be read and is left out" for name in sorted(wrong))
            values = {name: value for name, value in values.items() if name not in wrong}
