"""What Elasticsearch's answers mean, for items and for whole requests: the table of DELIVERY.md section 3. Pure.

In: a status and a type of error. Out: a `Verdict`. Imports no client.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

MAX_REASON_CHARS: Final = 500
"""Elasticsearch quotes the offending value, which may be a whole article."""


class Verdict(StrEnum):
    """What has to happen next."""

    DONE = "done"
    CONFLICT = "conflict"
    """Changed in between: look it up and decide again."""
    BUSY = "busy"
    """Too much at once: the same again later, in smaller batches."""
    UNAVAILABLE = "unavailable"
    """The same again later."""
    TOO_LARGE = "too-large"
    """The request is beyond a limit of the server: split it; a single document is rejected."""
    REFUSED = "refused"
    """It can never succeed as it is."""
    FAULTY = "faulty"
    """A person has to act: credentials, a missing or closed index, a missing template."""


_BUSY: Final = frozenset({"circuit_breaking_exception", "es_rejected_execution_exception"})
_TRANSIENT: Final = frozenset(
    {
        "cluster_block_exception",
        "unavailable_shards_exception",
        "no_shard_available_action_exception",
        "process_cluster_event_timeout_exception",
        "master_not_discovered_exception",
        "not_master_exception",
        "node_not_connected_exception",
        "node_disconnected_exception",
        "node_closed_exception",
        "shard_not_found_exception",
        "illegal_index_shard_state_exception",
        "index_shard_closed_exception",
        "primary_missing_action_exception",
        "timeout_exception",
        "task_cancelled_exception",
    }
)
_FAULTY: Final = frozenset(
    {"index_not_found_exception", "index_closed_exception", "security_exception", "invalid_alias_name_exception"}
)
_FAULTY_STATUSES: Final = frozenset({401, 403, 404, 405})
_CLOSED: Final = "index closed"
"""A block that no waiting lifts."""


def judge(status: int, kind: str, reason: str = "") -> Verdict:
    """Return what an answer means. `kind` is the error's type, empty when there is none.

    The type decides before the status: a closed index is answered 400, a read-only one 403 or 429.

    >>> judge(429, "cluster_block_exception"), judge(400, "index_closed_exception"), judge(400, "mapper_exception")
    (<Verdict.UNAVAILABLE: 'unavailable'>, <Verdict.FAULTY: 'faulty'>, <Verdict.REFUSED: 'refused'>)
    """
    if 200 <= status < 300:
        return Verdict.DONE
    if kind in _FAULTY or (kind == "cluster_block_exception" and _CLOSED in reason):
        return Verdict.FAULTY
    if kind in _BUSY:
        return Verdict.BUSY
    if kind in _TRANSIENT:
        return Verdict.UNAVAILABLE
    return _judge_status(status)


def _judge_status(status: int) -> Verdict:
    if status == 409:
        return Verdict.CONFLICT
    if status == 413:
        return Verdict.TOO_LARGE
    if status == 429:
        return Verdict.BUSY
    if status == 408 or status >= 500:
        return Verdict.UNAVAILABLE
    return Verdict.FAULTY if status in _FAULTY_STATUSES else Verdict.REFUSED


def read_error(body: object) -> tuple[str, str]:
    """Return type and reason of an error answer or of an item's error; what stands deepest says most.

    Anything that is no such error (a proxy's page) has no type.
    """
    error = body.get("error", body) if isinstance(body, Mapping) else body
    if not isinstance(error, Mapping):
        return "", str(error)[:MAX_REASON_CHARS]
    cause = _cause(error)
    kind = str(cause.get("type", ""))
    return kind, f"{kind}: {cause.get('reason', '')}"[:MAX_REASON_CHARS]


def _cause(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the error that a search wraps into one for all shards, else the error itself."""
    roots = error.get("root_cause")
    wrapped = error.get("type") in {"search_phase_execution_exception", "exception", None}
    if wrapped and isinstance(roots, list) and roots and isinstance(roots[0], Mapping):
        return roots[0]
    caused = error.get("caused_by")
    return caused if wrapped and isinstance(caused, Mapping) else error
