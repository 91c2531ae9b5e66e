"""What the errors of the HTTP library mean. Its exceptions → `FetchRefused`. Imports aiohttp."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from aiohttp import http_exceptions

from pipeline.fetch.refusals import FetchRefused, Reason


@contextmanager
def translated_errors(on_timeout: Reason, late: str) -> Iterator[None]:
    """Turn whatever goes wrong while a server is talked to into a refusal.

    Args:
        on_timeout: the reason when the block's own time limit passes.
        late: the sentence for it.

    Raises:
        FetchRefused: always this one.
    """
    try:
        yield
    except FetchRefused:
        raise
    except (aiohttp.ConnectionTimeoutError, aiohttp.SocketTimeoutError) as error:
        raise FetchRefused(Reason.CONNECT_TIMEOUT, f"no connection in time: {error}"[:300]) from error
    except TimeoutError as error:
        raise FetchRefused(on_timeout, late) from error
    except (aiohttp.ClientError, http_exceptions.HttpProcessingError, ssl.SSLError, OSError, ValueError) as error:
        refused = _within(error)
        if refused:
            raise refused from error
        reason = _reason(error)
        raise FetchRefused(reason, f"{_SENTENCES[reason]}: {error}"[:300]) from error


_SENTENCES = {
    Reason.DNS_FAILED: "the name is not known",
    Reason.TLS_FAILED: "no secure connection",
    Reason.CONNECT_FAILED: "no connection",
    Reason.DISCONNECTED: "the connection was closed before an answer",
    Reason.INCOMPLETE_BODY: "the connection was closed in the middle of the body",
    Reason.HEADERS_TOO_LARGE: "the headers are larger than is read",
    Reason.PROTOCOL_ERROR: "the answer is not HTTP",
    Reason.BAD_URL: "the address cannot be requested",
}


def _reason(error: Exception) -> Reason:  # noqa: PLR0911 - a table of cases
    match error:
        case aiohttp.ClientConnectorDNSError():
            return Reason.DNS_FAILED
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return Reason.TLS_FAILED
        case aiohttp.InvalidURL():
            return Reason.BAD_URL
        case aiohttp.ClientConnectorError():
            return Reason.CONNECT_FAILED
        case aiohttp.ClientPayloadError():
            return Reason.INCOMPLETE_BODY
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | OSError():
            return Reason.DISCONNECTED
        case aiohttp.ClientResponseError() | http_exceptions.HttpProcessingError():
            return Reason.HEADERS_TOO_LARGE if _is_about_size(error) else Reason.PROTOCOL_ERROR
    return Reason.PROTOCOL_ERROR


def _is_about_size(error: BaseException) -> bool:
    causes = (error, error.__cause__, error.__context__)
    if any(isinstance(one, http_exceptions.LineTooLong) for one in causes):
        return True
    text = str(error).lower()
    return "too many headers" in text or "got more than" in text


def _within(error: BaseException) -> FetchRefused | None:
    """Return the refusal that a library wrapped on the way out of a connection attempt."""
    for _ in range(5):
        cause = error.__cause__ or error.__context__
        if cause is None or isinstance(cause, asyncio.CancelledError):
            return None
        if isinstance(cause, FetchRefused):
            return cause
        error = cause
    return None
