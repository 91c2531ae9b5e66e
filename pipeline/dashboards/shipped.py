"""The dashboards as they are shipped: the files of `boards/` → `Board` records by id."""

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from pipeline.dashboards.board import Board
from schemas.errors import ConfigurationError

ORDER: Final = ("newsroom", "entities", "places", "stories", "pipeline-health", "source-health")
"""In which order people meet them."""


def load_boards(folder: Path | None = None) -> dict[str, Board]:
    """Return the dashboards of a folder, by default the shipped ones; the well-known first.

    Raises:
        ConfigurationError: a file is no JSON, or not in the form of the Dashboards API; with file and place.
    """
    root = folder if folder is not None else resources.files("pipeline.dashboards") / "boards"
    if folder is not None and not folder.is_dir():
        msg = f"{folder} is no folder with dashboards (*.json)"
        raise ConfigurationError(msg)
    texts = {
        each.name.removesuffix(".json"): each.read_text("utf-8")
        for each in root.iterdir()
        if each.name.endswith(".json")
    }
    if not texts:
        msg = f"{root} holds no dashboards (*.json)"
        raise ConfigurationError(msg)
    known = [name for name in ORDER if name in texts]
    return {name: read_board(name, texts[name]) for name in [*known, *sorted(set(texts) - set(known))]}


def read_board(name: str, text: str) -> Board:
    """Return the dashboard of one file.

    Raises:
        ConfigurationError: naming file, panel and key.
    """
    try:
        content = json.loads(text)
        return Board.model_validate(content)
    except json.JSONDecodeError as error:
        msg = f"{name}.json is no JSON: {error}"
        raise ConfigurationError(msg) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        msg = f"{name}.json: {_place(content, first['loc'])}: {first['msg']}"
        raise ConfigurationError(msg) from error


def _place(content: object, path: tuple[int | str, ...]) -> str:
    """Return where an error is: panels by their ids, then the keys."""
    if path[:1] == ("panels",) and len(path) > 1 and isinstance(path[1], int) and isinstance(content, Mapping):
        panel = content["panels"][path[1]]
        name = panel.get("id", path[1]) if isinstance(panel, Mapping) else path[1]
        return f"panel {name!r}: {'.'.join(str(part) for part in path[3:])}"  # after the kind of panel that was tried
    return ".".join(str(part) for part in path) or "the file"
