"""What can go wrong with a record, named after what has to happen next.

`Rejected` is permanent (the record goes to the dead-letter topic), `Unavailable` is transient (try again, for ever),
`ConfigurationError` stops the program until a person changes something. Reason codes are kebab-case and stable:
people filter and replay dead letters by them.
"""

from typing import Final

DECODE: Final = "decode"
SCHEMA: Final = "schema"
TOO_LARGE: Final = "too-large"
NOT_AN_ARTICLE: Final = "not-an-article"
BAD_INPUT: Final = "bad-input"
ENRICH: Final = "enrich"
WORKER_CRASH: Final = "worker-crash"
INDEX_MAPPING: Final = "index-mapping"
ALERT_REFUSED: Final = "alert-refused"

REASONS: Final = frozenset(
    {DECODE, SCHEMA, TOO_LARGE, NOT_AN_ARTICLE, BAD_INPUT, ENRICH, WORKER_CRASH, INDEX_MAPPING, ALERT_REFUSED}
)


class NewswireError(Exception):
    """Base of all errors that this project raises on purpose."""


class Stopped(NewswireError):
    """A stage of the pipeline ended. `exit_code` is that of a worker which ends so (`pipeline.delivery.limits`)."""

    def __init__(self, why: str, exit_code: int) -> None:
        super().__init__(why)
        self.exit_code = exit_code


class Rejected(NewswireError):
    """A record that can never succeed as it is: dead-letter it with this reason.

    `reason` is one of `REASONS`; `detail` is one sentence for a person.
    """

    def __init__(self, reason: str, detail: str) -> None:
        if reason not in REASONS:
            msg = f"unknown reason code {reason!r}"
            raise ValueError(msg)
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class NotAnArticle(Rejected):
    """A page that was read well and is no article (home page, error page, cookie wall).

    Kept as a dead letter so that nothing disappears, but expected: it never counts towards the breaker.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(NOT_AN_ARTICLE, detail)


class Unavailable(NewswireError):
    """A dependency did not answer; the same call may succeed later, so retry in place."""


class ConfigurationError(NewswireError):
    """Something a person has to change first; the message says what."""
