"""The API keeps its own description: schemathesis asks what OpenAPI allows, and some of what it does not."""

import warnings
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.web.site import Site
from tests.web.newsroom import INGEST_TOKEN
from tests.web.serving import serve

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # schemathesis imports what other libraries have deprecated
    import schemathesis
    from schemathesis.core.result import Ok
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

EXAMPLES = 8
"""Requests to each route, so that the test takes seconds."""


def test_every_json_route_is_described(client: httpx.Client) -> None:
    """Each page's twin, each export and the push are in the document, with what they answer and how they fail."""
    document = client.get("/openapi.json").json()
    assert set(document["paths"]) == {
        "/search.json", "/search.rss", "/search.atom", "/search.csv", "/search.jsonl",
        "/articles/{article_id}.json", "/stories/{story_id}.json", "/entity.json", "/sources.json", "/source.json",
        "/trends.json", "/status.json", "/ingest", "/alerts.json", "/alerts/{search_id}.json",
        "/alerts/{search_id}/test.json", "/alerts/{search_id}.rss", "/alerts/{search_id}.atom",
    }  # fmt: skip
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert {"200", "429", "503"} <= set(operation["responses"]), path


def test_answers_are_as_described(site: Site) -> None:
    """No request that the document allows, and none that it does not, gets an answer of another shape or a 5xx."""
    with serve(site) as address, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of schemathesis itself
        schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
        checks = [
            schemathesis.checks.not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ]
        for result in schema.get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                derandomize=True,
                database=None,
            )
            @given(case=operation.as_strategy())
            def ask(case: "schemathesis.Case[Any]") -> None:
                headers = {"Authorization": f"Bearer {INGEST_TOKEN}"} if case.path == "/ingest" else {}
                case.call_and_validate(headers=headers, checks=checks, timeout=30)

            ask()


@pytest.mark.parametrize("path", ["/search.json", "/"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=80))
def test_any_text_can_be_searched(client: httpx.Client, path: str, text: str) -> None:
    """Whatever a person types is answered."""
    encoded = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    assert client.get(path, params={"q": encoded}).status_code == 200
