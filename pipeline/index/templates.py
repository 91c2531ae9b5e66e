"""Names and templates of the article indices, and what differs between two of them. Pure; loads `schemas/mappings`.

An index holds the articles first seen in one month (UTC); all are read through one alias. `prefix` stands before every
name, so that several installations can share a cluster.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any, Final

_SETTINGS: Final = "news-settings@v1"
_ANALYSIS: Final = "news-analysis@v1"
_MAPPINGS: Final = "news-mappings@v1"
_STORIES: Final = "news-stories@v1"
TEMPLATE: Final = "news-articles@v1"
METRICS_TEMPLATE: Final = "news-pipeline-metrics@v1"
ARTICLES: Final = "news-articles"
METRICS: Final = "news-pipeline-metrics"
VERSIONS: Final = "news-versions"
PRIORITY: Final = 500
"""Above the templates that Elasticsearch and Kibana bring."""
_MONTH: Final = re.compile(r"([0-9]{4}\.(?:0[1-9]|1[0-2]))(?:-r[0-9]+)?")
_EARLIEST_MONTH: Final = "1990.01"
"""Articles said to be fetched before the web share one index: a broken clock may not make thousands of them."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IndexNames:
    """The names of one installation."""

    prefix: str

    @property
    def alias(self) -> str:
        """What all articles are read through."""
        return self.prefix + ARTICLES

    @property
    def versions(self) -> str:
        """What earlier versions are read through."""
        return self.prefix + VERSIONS

    def versions_index(self, month: str) -> str:
        """Return the index of the earlier versions of articles first seen in the month (`YYYY.MM`)."""
        return f"{self.versions}-{month}"

    def versions_of(self, index: str) -> str:
        """Return the index of the earlier versions of the articles in one of the monthly indices."""
        return self.versions_index(str(self.month_of(index)))

    @property
    def marker(self) -> str:
        """The alias of an index that is being filled, until it takes the place of another."""
        return f"{self.prefix}news-reindex"

    @property
    def pattern(self) -> str:
        """What the names of all monthly indices match."""
        return f"{self.alias}-*"

    @property
    def template(self) -> str:
        """The index template."""
        return self.prefix + TEMPLATE

    @property
    def metrics(self) -> str:
        """What all samples of the pipeline's metrics are read through."""
        return self.prefix + METRICS

    @property
    def metrics_template(self) -> str:
        """The index template of the samples."""
        return self.prefix + METRICS_TEMPLATE

    def metrics_index(self, at: datetime) -> str:
        """Return the index of a sample taken then.

        >>> IndexNames("").metrics_index(datetime(2026, 7, 31, 23, 30, tzinfo=UTC))
        'news-pipeline-metrics-2026.07'
        """
        return f"{self.metrics}-{at.astimezone(UTC):%Y.%m}"

    @property
    def components(self) -> tuple[str, ...]:
        """The component templates, in the order of composition."""
        return self.prefix + _SETTINGS, self.prefix + _MAPPINGS

    def month_index(self, first_seen_at: datetime, now: datetime) -> str:
        """Return the index of an article first seen then; a time in the future counts as `now`.

        >>> at = datetime(2026, 7, 31, 23, 30, tzinfo=UTC)
        >>> IndexNames("").month_index(at, at)
        'news-articles-2026.07'
        """
        at = min(first_seen_at, now).astimezone(UTC)
        month = f"{at.year:04}.{at.month:02}"  # `%Y` has no leading noughts, and takes longer
        return f"{self.alias}-{max(month, _EARLIEST_MONTH)}"

    def month_before(self, index: str) -> str:
        """Return the index of the month before."""
        year, month = (int(part) for part in str(self.month_of(index)).split("."))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return f"{self.alias}-{year:04}.{month:02}"

    def month_of(self, index: str) -> str | None:
        """Return the month `YYYY.MM` of one of our indices, None for any other. `-r2` is its second making."""
        match = _MONTH.fullmatch(index.removeprefix(f"{self.alias}-")) if index.startswith(f"{self.alias}-") else None
        return match and match[1]


def load_component(name: str) -> dict[str, Any]:
    """Return the content of one of the files of `schemas/mappings`."""
    file = resources.files("schemas") / "mappings" / f"{name}.json"
    content: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return content


def build_components(names: IndexNames) -> dict[str, dict[str, Any]]:
    """Return the component templates by name.

    Analysis goes with the mappings, because Elasticsearch checks each component alone: mappings that name an analyzer
    of another component are refused.
    """
    settings, mappings = load_component(_SETTINGS), load_component(_MAPPINGS)
    mappings["template"]["settings"] = {"index": {"analysis": build_analysis()}}
    return dict(zip(names.components, (settings, mappings), strict=True))


def build_template(names: IndexNames) -> dict[str, Any]:
    """Return the index template; indices that match it are never created by a write."""
    return {
        "index_patterns": [names.pattern],
        "composed_of": list(names.components),
        "priority": PRIORITY,
        "allow_auto_create": False,
        "template": {"aliases": {names.alias: {}}},
        "_meta": {"description": "Articles by month of first sight."},
    }


def build_metrics_template(names: IndexNames) -> dict[str, Any]:
    """Return the index template of the samples; as for articles, no write creates an index."""
    content = load_component(METRICS_TEMPLATE)
    return {
        "index_patterns": [f"{names.metrics}-*"],
        "composed_of": [],
        "priority": PRIORITY,
        "allow_auto_create": False,
        "template": {**content["template"], "aliases": {names.metrics: {}}},
        "_meta": content["_meta"],
    }


def build_mappings() -> dict[str, Any]:
    """Return the mappings of an article index."""
    mappings: dict[str, Any] = load_component(_MAPPINGS)["template"]["mappings"]
    return mappings


def load_stories_mapping() -> dict[str, Any]:
    """Return the mappings of the index of stories."""
    mappings: dict[str, Any] = load_component(_STORIES)["template"]["mappings"]
    return mappings


def build_analysis() -> dict[str, Any]:
    """Return the analysis settings of an article index."""
    analysis: dict[str, Any] = load_component(_ANALYSIS)["template"]["settings"]["analysis"]
    return analysis


def find_differences(expected: object, found: object) -> list[str]:
    """Return one line for each place where `found` is not as `expected`.

    Numbers and booleans equal their text, as Elasticsearch returns settings.

    >>> find_differences({"a": {"b": 1, "c": True}}, {"a": {"b": "1"}, "d": 2})
    ['a.c is missing', 'd is not expected']
    """
    wanted, held = dict(_leaves(expected)), dict(_leaves(found))
    lines = [
        f"{path} is missing" if path not in held else f"{path} is {held[path]}, not {value}"
        for path, value in wanted.items()
        if held.get(path) != value
    ]
    return lines + [f"{path} is not expected" for path in held if path not in wanted]


def _leaves(content: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(content, Mapping) and (content or not path):
        for name, value in content.items():
            yield from _leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(content, list):
        yield path, ", ".join(_scalar(item) for item in content)
    else:
        yield path, _scalar(content)


def _scalar(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool | Mapping) else str(value)
