"""Which log an address names. In: a URL. Out: an open `Log`. Imports a client only when its log is asked for."""

from pathlib import Path
from typing import Final

from pipeline.clock import Clock
from pipeline.log.base import Log
from schemas.errors import ConfigurationError

_SQLITE: Final = "sqlite:///"


def open_log(url: str, clock: Clock) -> Log:
    """Return the log at `url`.

    `sqlite:///relative/path` and `sqlite:////absolute/path` name a file, which is made when it does not exist.

    Raises:
        ConfigurationError: the address is of no known form, or the log cannot be used; the message says what to do.
        Unavailable: the log does not answer.
    """
    if url.startswith(_SQLITE) and url != _SQLITE:
        from pipeline.log.sqlite import SqliteLog

        return SqliteLog(Path(url.removeprefix(_SQLITE)), clock)
    msg = f"log_url {url!r} is neither sqlite:///path nor kafka://host:port,…"
    raise ConfigurationError(msg)
