"""Dashboards → the files that are sent to Kibana, by their names. Pure, and the same bytes each time."""

import json
from collections.abc import Mapping

from pipeline.dashboards.board import Board
from pipeline.dashboards.deployment import Deployment
from pipeline.dashboards.saved_objects import build_objects, encode_objects


def build_files(boards: Mapping[str, Board], deployment: Deployment) -> dict[str, bytes]:
    """Return `newswire.ndjson` for the import of saved objects, and a body for each request of the APIs."""
    files = {"newswire.ndjson": encode_objects(build_objects(boards, deployment))}
    for view in deployment.views.values():
        body = {"override": True, "data_view": deployment.api_view(view)}
        files[f"data-views/{deployment.view_id(view.id)}.json"] = _encoded(body)
    for name, board in boards.items():
        files[f"dashboards/{deployment.board_id(name)}.json"] = _encoded(deployment.api_board(board))
    return files


def _encoded(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
