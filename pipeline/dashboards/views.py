"""The data views that our dashboards read: fixed ids, what they cover, and what of their fields Kibana should show how.

A field that has a page of ours is shown as a link to it: a format of the data view, which Kibana has in every licence.
Pure; mappings come from `schemas/mappings`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from pipeline.dashboards.operations import BOOLEAN, DATE, KEYWORD, NUMBER
from pipeline.index.templates import (
    ARTICLES,
    METRICS,
    METRICS_TEMPLATE,
    build_mappings,
    load_component,
    load_stories_mapping,
)
from pipeline.sources.countries import country_names
from schemas.annotations import OriginKind, Precision, TimeSignal
from schemas.fields import TEXT_LANGUAGES

TEXT: Final = "text"
NESTED: Final = "nested"
OTHER: Final = "other"
_KINDS: Final = {
    "keyword": KEYWORD,
    "boolean": BOOLEAN,
    "date": DATE,
    "text": TEXT,
    **dict.fromkeys(("long", "integer", "short", "double", "float"), NUMBER),
}
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class FieldType:
    """A field of an index: its kind, and whether Elasticsearch can count by it."""

    kind: str
    is_countable: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A page of ours about a field's value, `{value}` in its path; `label` stands for values that nobody reads."""

    path: str
    label: str = "{value}"


@dataclass(frozen=True)
class DataView:
    """What a dashboard reads. `index` without the prefix of the installation.

    `labels` are what people call fields, `names` what coded values mean, by field.
    """

    id: str
    name: str
    index: str
    time_field: str
    mappings: Mapping[str, Any]
    labels: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def fields(self) -> Mapping[str, FieldType]:
        """The fields by name, sub-fields included."""
        return dict(_fields(self.mappings.get("properties", {})))

    def field_formats(self, pages_url: str) -> dict[str, Any]:
        """Return how Kibana shows the fields: links to the pages at `pages_url`, and names for codes."""
        links = {
            name: {
                "id": "url",
                "params": {
                    "type": "a",
                    "urlTemplate": pages_url.rstrip("/") + link.path.replace("{value}", "{{value}}"),
                    "labelTemplate": link.label.replace("{value}", "{{value}}"),
                    "openLinkInCurrentTab": False,
                },
            }
            for name, link in self.links.items()
        }
        lookups = {
            name: {
                "id": "static_lookup",
                "params": {"lookupEntries": [{"key": key, "value": value} for key, value in sorted(named.items())]},
            }
            for name, named in self.names.items()
        }
        return {**links, **lookups}


def shipped_views() -> dict[str, DataView]:
    """Return the data views by id."""
    return {view.id: view for view in (*_article_views(), _story_view(), _sample_view())}


def _article_views() -> Iterator[DataView]:
    """Yield two views of the same articles: those without a date of publication are seen only by their arrival."""
    countries = country_names()
    names = {
        "published_weekday": {str(at): day for at, day in enumerate(WEEKDAYS, start=1)},
        "language": TEXT_LANGUAGES,
        "source.country": countries,
        "place_countries": countries,
        "origin.kind": _plain_words(OriginKind),
        "published_precision": {precision.value: f"to the {precision.value}" for precision in Precision}
        | {Precision.UNKNOWN.value: "unknown"},
        "published_signal": _plain_words(TimeSignal)
        | {"json-ld": "JSON-LD", "url": "Address", "http-header": "Server"},
    }
    labels = {
        "article_id": "Article",
        "published_at": "Published",
        "published_precision": "Precision",
        "first_seen_at": "Arrived",
        "source.name": "Source",
        "origin.name": "Made by",
        "title": "Title",
        "language": "Language",
        "quote_speakers": "Quoted",
        "place_countries": "Countries told of",
        "entities.place": "Places",
        "enrichment.problems": "Problems",
        "word_count": "Words",
    }
    for view_id, name, time_field in (
        ("news-articles", "News articles, by publication", "published_at"),
        ("news-arrivals", "News articles, by arrival", "first_seen_at"),
    ):
        yield DataView(view_id, name, ARTICLES, time_field, build_mappings(), labels, _article_links(), names)


def _plain_words(codes: Iterable[StrEnum]) -> dict[str, str]:
    """Return what a person reads in place of each code."""
    return {code.value: code.value.replace("-", " ").capitalize() for code in codes}


def _article_links() -> dict[str, Link]:
    kinds = {"entities.person": "person", "entities.org": "org", "entities.place": "place"}
    kinds |= {"entities.all": "all", "quote_speakers": "all"}
    return {
        "article_id": Link("/articles/{value}", "open"),
        "story_id": Link("/stories/{value}", "open"),
        "source.id": Link("/source?id={value}"),
        "source.domain": Link("/source?id={value}"),
        "source.name": Link("/?source={value}"),
        "origin.name": Link("/?origin={value}"),
        **{name: Link(f"/entity?kind={kind}&name={{value}}") for name, kind in kinds.items()},
    }


def _story_view() -> DataView:
    mappings = load_stories_mapping()
    links = {"story_id": Link("/stories/{value}", "open")}
    return DataView(
        "news-stories",
        "News stories",
        "news-stories",
        "last_seen_at",
        mappings,
        {},
        links,
        {"languages": TEXT_LANGUAGES},
    )


def _sample_view() -> DataView:
    mappings = load_component(METRICS_TEMPLATE)["template"]["mappings"]
    links = {"source.name": Link("/?source={value}"), "source.domain": Link("/source?id={value}")}
    return DataView("news-pipeline-metrics", "News pipeline", METRICS, "at", mappings, {}, links)


def _fields(properties: Mapping[str, Any], path: str = "", *, nested: bool = False) -> Iterator[tuple[str, FieldType]]:
    for name, mapping in properties.items():
        here = f"{path}{name}"
        if "properties" in mapping:
            inside = nested or mapping.get("type") == "nested"
            yield from _fields(mapping["properties"], f"{here}.", nested=inside)
            continue
        kind = NESTED if nested else _KINDS.get(mapping["type"], OTHER)
        yield here, FieldType(kind, kind not in {TEXT, NESTED, OTHER} and mapping.get("doc_values", True))
        for sub_name, sub in mapping.get("fields", {}).items():
            sub_kind = NESTED if nested else _KINDS.get(sub["type"], OTHER)
            yield f"{here}.{sub_name}", FieldType(sub_kind, sub_kind not in {TEXT, NESTED, OTHER})
