"""Fixtures of the extraction tests."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.article import RawArticle

FETCHED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def raw_text() -> Callable[..., RawArticle]:
    """Build a raw article from a plain text."""
    return lambda content, **values: _raw(content, "text", **values)


@pytest.fixture(scope="session")
def raw_page() -> Callable[..., RawArticle]:
    """Build a raw article from a page."""
    return lambda content, **values: _raw(content, "html", **values)


def _raw(content: str, content_type: str, **values: Any) -> RawArticle:  # noqa: ANN401 - any field of the record
    fields = {"article_id": "0" * 32, "version": 1, "fetched_at": FETCHED, "channel": "http", **values}
    return RawArticle.model_validate({**fields, "content": content, "content_type": content_type})
