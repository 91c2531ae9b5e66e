"""A list of feeds, from a file or from the web, as rows. File name or URL → `FeedRow`s and what could not be read."""

import asyncio
from pathlib import Path

from pipeline.clock import Clock
from pipeline.feeds.feed_list import BadRow, read_feed_list
from pipeline.fetch.answers import FetchRequest
from pipeline.fetch.client import Fetcher
from pipeline.fetch.refusals import FetchRefused
from pipeline.fetch.wiring import fetch_settings
from pipeline.settings import Settings
from schemas.errors import ConfigurationError, NewswireError, Rejected
from schemas.feed import FeedRow


def read_list(source: str, settings: Settings, clock: Clock) -> tuple[list[FeedRow], list[BadRow]]:
    """Return the feeds of a list, and the lines that name none.

    Raises:
        ConfigurationError: there is no such file.
        NewswireError: it cannot be fetched, or is no list of feeds.
    """
    if source.startswith(("http://", "https://")):
        value, url = asyncio.run(_fetch(source, settings, clock)), source
    else:
        value, url = _read_file(Path(source).expanduser()), None
    try:
        found = list(read_feed_list(value, url=url))
    except Rejected as rejected:
        msg = f"{source} is not read: {rejected.detail}"
        raise NewswireError(msg) from rejected
    return [row for row in found if isinstance(row, FeedRow)], [row for row in found if isinstance(row, BadRow)]


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise ConfigurationError(msg) from error


async def _fetch(url: str, settings: Settings, clock: Clock) -> bytes:
    async with Fetcher(fetch_settings(settings), clock) as fetcher:
        try:
            return (await fetcher.fetch(FetchRequest(url))).body
        except FetchRefused as refused:
            msg = f"{url} is not fetched: {refused.detail} ({refused.reason})"
            raise NewswireError(msg) from refused
