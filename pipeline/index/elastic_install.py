"""Installs templates in a cluster, and says where the cluster differs from what this program needs.

In: a client and the names. Out: component templates, index template and alias where they were missing; everything that
exists and does not fit is named, never changed.
"""

from collections.abc import Mapping
from typing import Any, Final

from elasticsearch import Elasticsearch

from pipeline.index.elastic_client import elastic_errors
from pipeline.index.elastic_months import Months
from pipeline.index.templates import (
    IndexNames,
    build_analysis,
    build_components,
    build_mappings,
    build_metrics_template,
    build_template,
    find_differences,
)
from schemas.errors import ConfigurationError

MAX_NAMED: Final = 20
"""Differences in one message; the first ones tell the story."""
_STAMPS: Final = frozenset({"created_date_millis", "modified_date_millis", "version"})


def install_templates(client: Elasticsearch, names: IndexNames) -> None:
    """Create the templates that are missing.

    Raises:
        ConfigurationError: one exists that differs, with every difference.
        Unavailable: no answer.
    """
    with elastic_errors():
        components, held = _held_components(client, names), _held_templates(client, names)
        raise_mismatch(_component_faults(names, components) + _template_faults(names, held))
        for name, content in build_components(names).items():
            if name not in components:
                client.cluster.put_component_template(name=name, template=content["template"], meta=content["_meta"])
        for name, content in _templates(names).items():
            if name not in held:
                client.indices.put_index_template(name=name, **_as_options(content))


def check_templates(client: Elasticsearch, names: IndexNames) -> None:
    """Say nothing when all templates are there and as they should be.

    Raises:
        ConfigurationError: something is missing or differs, with the remedy.
        Unavailable: no answer.
    """
    raise_mismatch(find_template_faults(client, names))


def find_template_faults(client: Elasticsearch, names: IndexNames) -> list[str]:
    """Return a line for each template that is missing, and for each place in which one differs."""
    with elastic_errors():
        components, held = _held_components(client, names), _held_templates(client, names)
    missing = [f"component template {name} is missing" for name in names.components if name not in components]
    missing += [f"index template {name} is missing" for name in _templates(names) if name not in held]
    return missing + _component_faults(names, components) + _template_faults(names, held)


def find_index_faults(client: Elasticsearch, months: Months) -> list[str]:
    """Return a line for each monthly index that is closed or without alias, and each place where its mapping differs.

    Settings such as the number of replicas are the operator's and are not compared.
    """
    found = months.load()
    lines = [f"index {index.name} is closed" for index in found if not index.is_open]
    lines += [f"index {index.name} is not behind the alias" for index in found if not index.has_alias]
    for index in found:
        if index.is_open:
            with elastic_errors():
                held = client.indices.get(index=index.name).body[index.name]
            differences = find_differences(build_mappings(), held["mappings"])
            differences += find_differences(build_analysis(), held["settings"]["index"].get("analysis", {}))
            lines += [f"index {index.name}: {each}" for each in differences]
    return lines


def raise_mismatch(lines: list[str]) -> None:
    """Raise ConfigurationError when there are lines."""
    if not lines:
        return
    more = f"\n- and {len(lines) - MAX_NAMED} more" if len(lines) > MAX_NAMED else ""
    msg = "Elasticsearch is not set up for this version of newswire:\n- " + "\n- ".join(lines[:MAX_NAMED]) + more
    msg += "\nnewswire setup creates what is missing; delete a template that differs, and reindex an index that does"
    raise ConfigurationError(msg)


def _held_components(client: Elasticsearch, names: IndexNames) -> dict[str, Mapping[str, Any]]:
    answer = client.options(ignore_status=404).cluster.get_component_template(name=f"{names.prefix}news-*")
    held = {each["name"]: each["component_template"] for each in answer.body.get("component_templates", ())}
    return {name: held[name] for name in names.components if name in held}


def _templates(names: IndexNames) -> dict[str, dict[str, Any]]:
    return {names.template: build_template(names), names.metrics_template: build_metrics_template(names)}


def _held_templates(client: Elasticsearch, names: IndexNames) -> dict[str, Mapping[str, Any]]:
    answer = client.options(ignore_status=404).indices.get_index_template(name=f"{names.prefix}news-*")
    held = {each["name"]: each["index_template"] for each in answer.body.get("index_templates", ())}
    return {name: held[name] for name in _templates(names) if name in held}


def _component_faults(names: IndexNames, held: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Compare mappings and analysis; shards, replicas and the like are the operator's to change."""
    name = names.components[-1]
    if name not in held:
        return []
    differences = find_differences(build_components(names)[name]["template"], held[name]["template"])
    return [f"component template {name}: {each}" for each in differences]


def _template_faults(names: IndexNames, held: Mapping[str, Mapping[str, Any]]) -> list[str]:
    expected = _templates(names)
    return [
        f"index template {name}: {each}"
        for name, content in held.items()
        for each in find_differences(_comparable(expected[name]), _comparable(content))
    ]


def _comparable(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has to be as it was made: neither stamps nor the settings, which are the operator's to change."""
    kept = {key: value for key, value in template.items() if key not in _STAMPS}
    return kept | {"template": {key: value for key, value in kept["template"].items() if key != "settings"}}


def _as_options(template: Mapping[str, Any]) -> dict[str, Any]:
    return {"meta" if name == "_meta" else name: value for name, value in template.items()}
