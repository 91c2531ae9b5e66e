"""Records to bytes and back. The only place that decides how a record looks on the wire: UTF-8 JSON.

Raises `Rejected` with reason `decode` (not JSON, not UTF-8, empty) or `schema` (JSON of another shape or a future
version); both are permanent. Every older `schema_version` must decode.
"""

from typing import TypeVar

from pydantic import ValidationError

from schemas.base import Record
from schemas.errors import DECODE, SCHEMA, Rejected

R = TypeVar("R", bound=Record)


def encode(record: Record) -> bytes:
    """Return the record as compact UTF-8 JSON, without the fields that are None."""
    return record.model_dump_json(exclude_none=True).encode()


def decode(kind: type[R], value: bytes | None) -> R:
    """Return the record of type `kind` that `value` encodes.

    Raises:
        Rejected: `decode` when it is no JSON object, `schema` when it has another shape.
    """
    if not value:
        raise Rejected(DECODE, "the message is empty")
    try:
        return kind.model_validate_json(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise Rejected(DECODE, f"not JSON: {first['msg']}") from error
        place = ".".join(str(part) for part in first["loc"]) or kind.__name__
        raise Rejected(SCHEMA, f"{place}: {first['msg']} ({error.error_count()} problems)") from error
