"""JSON from strangers → a value, or a refusal that says where it breaks. Pure."""

import json
from typing import Any

from pipeline.feeds.characters import decode_document
from schemas.errors import BAD_INPUT, Rejected


def parse_json(value: bytes, content_type: str | None = None) -> Any:  # noqa: ANN401 - JSON can be anything
    """Return the value of a JSON document; numbers too large for a float become text.

    Raises:
        Rejected: `bad-input`, it is no JSON, or nested too deeply.
    """
    text = decode_document(value, content_type).lstrip("\ufeff")
    try:
        return json.loads(text, strict=False, parse_int=_parse_int, parse_constant=str)
    except RecursionError as error:
        raise Rejected(BAD_INPUT, "It is JSON nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise Rejected(BAD_INPUT, f"It is no JSON: {error.msg} (line {error.lineno}).") from error
    except ValueError as error:
        raise Rejected(BAD_INPUT, f"It is no JSON: {str(error)[:200]}.") from error


def _parse_int(digits: str) -> int | str:
    return int(digits) if len(digits) < 20 else digits


def text_of(value: object) -> str | None:
    """Return a text or number as text; None for anything else.

    >>> text_of("a"), text_of(7), text_of(True), text_of(["a"])
    ('a', '7', None, None)
    """
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def objects_in(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list; one object alone is a list of one, anything else is none."""
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
