"""One installation's dashboards: its prefix before indices and ids, and where its pages are. Pure.

Without a prefix, ids and names are those of the files: `newswire-newsroom`, data view `news-articles`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.dashboards.board import Board
from pipeline.dashboards.views import DataView

_PAGES = "{{pages_url}}"


@dataclass(frozen=True, slots=True)
class Deployment:
    """The data views by id, the prefix of the indices, and the address of the pages that links lead to."""

    views: Mapping[str, DataView]
    prefix: str
    pages_url: str

    def board_id(self, name: str) -> str:
        """Return the id of a dashboard in Kibana."""
        return f"{self.prefix}newswire-{name}"

    def view_id(self, view_id: str) -> str:
        """Return the id of a data view in Kibana."""
        return self.prefix + view_id

    def view_ids(self) -> dict[str, str]:
        """Return the ids in Kibana by our own."""
        return {view_id: self.view_id(view_id) for view_id in self.views}

    def index(self, view: DataView) -> str:
        """Return what a data view reads."""
        return self.prefix + view.index

    def view_name(self, view: DataView) -> str:
        """Return what people see a data view called."""
        return f"{view.name} ({self.prefix.rstrip('-._')})" if self.prefix else view.name

    def title(self, title: str) -> str:
        """Return what people see a dashboard called."""
        return f"{title} ({self.prefix.rstrip('-._')})" if self.prefix else title

    def markdown(self, content: str) -> str:
        """Return a text with the address of the pages filled in."""
        return content.replace(_PAGES, self.pages_url.rstrip("/"))

    def api_board(self, board: Board) -> dict[str, Any]:
        """Return the body of `PUT /api/dashboards/{id}`."""
        content: dict[str, Any] = self._filled(board.model_dump(mode="json", by_alias=True, exclude_unset=True))
        return {**content, "title": self.title(board.title)}

    def api_view(self, view: DataView) -> dict[str, Any]:
        """Return the data view in the body of `POST /api/data_views/data_view`."""
        return {
            "id": self.view_id(view.id),
            "title": self.index(view),
            "name": self.view_name(view),
            "timeFieldName": view.time_field,
            "fieldFormats": view.field_formats(self.pages_url),
            "fieldAttrs": {name: {"customLabel": label} for name, label in view.labels.items()},
        }

    def _filled(self, content: Any) -> Any:  # noqa: ANN401 - JSON
        """Return the content with the installation's ids and addresses in their places."""
        if isinstance(content, list):
            return [self._filled(each) for each in content]
        if not isinstance(content, dict):
            return self.markdown(content) if isinstance(content, str) else content
        filled = {key: self._filled(value) for key, value in content.items()}
        for key in ("ref_id", "data_view_id"):
            if key in filled:
                filled[key] = self.view_id(filled[key])
        return filled
