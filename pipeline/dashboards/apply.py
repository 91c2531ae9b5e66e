"""Brings a Kibana to hold our data views and dashboards, and changes nothing when it does already.

The server's version decides the form: the Dashboards API from 9.5, saved objects from 8.11.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pipeline.dashboards.board import Board
from pipeline.dashboards.deployment import Deployment
from pipeline.dashboards.kibana import Kibana, Version
from pipeline.dashboards.saved_objects import build_objects, encode_objects
from schemas.errors import ConfigurationError

OLDEST: Final = Version(8, 11)
API_SINCE: Final = Version(9, 5)
"""Since then the Dashboards API is generally available; in 9.4 it may still change."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one object: created, updated or unchanged."""

    kind: str
    id: str
    outcome: str


def apply_boards(kibana: Kibana, boards: Mapping[str, Board], deployment: Deployment) -> list[Applied]:
    """Create or replace what differs.

    Raises:
        ConfigurationError: a Kibana too old, or credentials and address that do not fit.
        Rejected, Unavailable: as `Kibana`.
    """
    version = kibana.version()
    if version < OLDEST:
        msg = f"Kibana {version} is too old: dashboards need {OLDEST} or newer"
        raise ConfigurationError(msg)
    if version >= API_SINCE:
        return list(_apply_api(kibana, boards, deployment))
    return _apply_objects(kibana, boards, deployment)


def _apply_api(kibana: Kibana, boards: Mapping[str, Board], deployment: Deployment) -> Iterator[Applied]:
    for view in deployment.views.values():
        wanted = deployment.api_view(view)
        held = kibana.find_view(wanted["id"])
        if held is None or not holds(held, wanted):
            kibana.put_view(wanted)
        yield Applied("data view", wanted["id"], _outcome(held, wanted))
    for name, board in boards.items():
        board_id, content = deployment.board_id(name), deployment.api_board(board)
        found = kibana.find_board(board_id)
        if found is None or not holds(found, content):
            kibana.put_board(board_id, content)
        yield Applied("dashboard", board_id, _outcome(found, content))


def _apply_objects(kibana: Kibana, boards: Mapping[str, Board], deployment: Deployment) -> list[Applied]:
    objects = build_objects(boards, deployment)
    exported = kibana.export_objects([(each["type"], each["id"]) for each in objects])
    held = {(each["type"], each["id"]): decoded(each) for each in exported}
    outcomes, changed = [], []
    for each in objects:
        # Kibana may have migrated what it holds to a later version, so versions are not compared.
        wanted = {"attributes": decoded(each)["attributes"], "references": each["references"]}
        found = held.get((each["type"], each["id"]))
        outcome = _outcome(found, wanted)
        if outcome != "unchanged":
            changed.append(each)
        kind = {"index-pattern": "data view", "search": "list"}.get(each["type"], each["type"])
        outcomes.append(Applied(kind, each["id"], outcome))
    if changed:
        kibana.import_objects(encode_objects(changed))
    return outcomes


def decoded(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Return a saved object with its texts of JSON read, so that the order of keys does not matter."""
    return {key: _decoded(key, value) for key, value in saved.items()}


def _decoded(key: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {name: _decoded(name, each) for name, each in value.items()}
    if isinstance(value, str) and (key.endswith("JSON") or key in {"fieldFormatMap", "fieldAttrs"}):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value


def holds(held: Any, wanted: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether all that is wanted is held; Kibana fills in more.

    >>> holds({"a": [{"b": 1, "default": 0}], "c": 2}, {"a": [{"b": 1}]}), holds({"a": [1, 2]}, {"a": [1]})
    (True, False)
    """
    if isinstance(wanted, Mapping):
        return isinstance(held, Mapping) and all(key in held and holds(held[key], each) for key, each in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(held, list)
            and len(held) == len(wanted)
            and all(holds(one, each) for one, each in zip(held, wanted, strict=True))
        )
    return bool(held == wanted)


def _outcome(held: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> str:
    if held is None:
        return "created"
    return "unchanged" if holds(held, wanted) else "updated"
