"""The OpenAPI document → a page that people can read without anybody else's script. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a route."""

    name: str
    form: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Route:
    """One route."""

    method: str
    path: str
    summary: str
    about: str
    parameters: tuple[Parameter, ...]


def build_guide(document: Mapping[str, Any]) -> tuple[Route, ...]:
    """Return the routes of the document, in its order."""
    return tuple(
        Route(
            method.upper(),
            path,
            operation.get("summary", ""),
            " ".join(operation.get("description", "").split()),
            (*(_parameter(each) for each in operation.get("parameters", ())), *_fields(document, operation)),
        )
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    )


def _parameter(each: Mapping[str, Any]) -> Parameter:
    schema = each.get("schema", {})
    about = each.get("description") or schema.get("description") or ""
    return Parameter(each["name"], _form(schema), bool(each.get("required")), about)


def _fields(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[Parameter]:
    """Yield the fields of the JSON object that the route takes, where it takes one of a fixed shape."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = body.get("$ref", "").rpartition("/")[2]
    schema = document["components"]["schemas"].get(name, {})
    for field, each in schema.get("properties", {}).items():
        yield Parameter(field, _form(each), field in schema.get("required", ()), each.get("description", "in the body"))


def _form(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(str(value) for value in schema["enum"])
    if "anyOf" in schema:
        return next((_form(one) for one in schema["anyOf"] if one.get("type") != "null"), "")
    if schema.get("type") == "array":
        return f"{_form(schema.get('items', {}))}, repeatable"
    kinds = {"string": "text", "integer": "number", "boolean": "1 or 0"}
    form = kinds.get(schema.get("type", ""), schema.get("type", ""))
    return "time, ISO 8601" if schema.get("format") == "date-time" else form
