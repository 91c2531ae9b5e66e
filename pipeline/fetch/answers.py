"""What is asked and what came back: the records of a fetch, and its limits. Imports nothing but the target rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pipeline.fetch.targets import TargetRules

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Limits of one fetch. Seconds, and bytes; `wire_bytes`: as received, `body_bytes`: unpacked."""

    connect_s: float = 10.0
    first_byte_s: float = 20.0
    total_s: float = 60.0
    wire_bytes: int = 10 * MIB
    body_bytes: int = 10 * MIB
    redirects: int = 8
    header_line_bytes: int = 8 * 1024
    header_lines: int = 100


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """How a fetcher behaves. `concurrency` over all hosts, `host_concurrency` and `host_delay_s` for each."""

    user_agent: str
    rules: TargetRules = field(default_factory=TargetRules)
    limits: FetchLimits = field(default_factory=FetchLimits)
    concurrency: int = 64
    host_concurrency: int = 1
    host_delay_s: float = 1.0


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One thing to fetch. `etag` and `last_modified`, as once received, make the request conditional.

    With `form` it is a POST of these fields.
    """

    url: str
    accept: str = "*/*"
    etag: str | None = None
    last_modified: str | None = None
    limits: FetchLimits | None = None
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer with status 2xx or 304. `headers` have lower-case names, the first of each.

    `moved_to` is where the address has moved for good: the end of the permanent redirects that the chain began with,
    None when it began with another or had none.
    """

    url: str
    final_url: str
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    moved_to: str | None = None
    wire_bytes: int = 0

    @property
    def not_modified(self) -> bool:
        """Whether the server says that nothing has changed."""
        return self.status == 304

    @property
    def content_type(self) -> str | None:
        """The Content-Type header as received."""
        return self.headers.get("content-type")
