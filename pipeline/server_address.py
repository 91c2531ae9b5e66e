"""The address of a server with an HTTP API, as people set it: scheme, host, port, path, and user and password.

A URL in, its parts or a sentence that names the setting out; passwords are never part of it. Imports only `schemas`.
"""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from schemas.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server is, and who asks. `path` is empty or begins with a slash and ends without one."""

    scheme: str
    host: str
    port: int | None
    path: str
    user: tuple[str, str] | None = field(repr=False)

    def url(self, default_port: int | None = None) -> str:
        """Return the address without credentials; with the port only where one was given or has a default."""
        port = self.port or default_port
        return f"{self.scheme}://{self.host}{f':{port}' if port else ''}{self.path}"


def parse_server_address(url: str, what: str, form: str, *, api_key: str | None = None) -> ServerAddress:
    """Return the parts of an address.

    Args:
        url: as it was set.
        what: what messages call it.
        form: what a right one looks like.
        api_key: the other way to say who asks.

    Raises:
        ConfigurationError: it is no address of that form, or there are a key and a user.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        msg = f"{what} is no URL ({error}); {form}"
        raise ConfigurationError(msg) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        msg = f"{what} {redact(url)!r} is not understood; {form}"
        raise ConfigurationError(msg)
    if api_key is not None and parts.username is not None:
        msg = f"there are an API key and a user in {what}; leave one of them out"
        raise ConfigurationError(msg)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return ServerAddress(parts.scheme, host, port, parts.path.rstrip("/"), _user(parts))


def redact(url: str) -> str:
    """Return the address without user and password, fit for logs and messages.

    >>> redact("https://ada:secret@search.example:9200/x")
    'https://search.example:9200/x'
    """
    scheme, separator, rest = url.partition("://")
    return scheme + separator + rest.rpartition("@")[2]  # a password may hold any other sign, unescaped


def _user(parts: SplitResult) -> tuple[str, str] | None:
    return None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
