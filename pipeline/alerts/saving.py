"""What a person writes down → a saved search: sinks, limits, hints; and a test of it. For command and pages alike."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from pydantic import ValidationError

from pipeline.alerts.raising import build_test_alert
from pipeline.alerts.sinks import Sinks, name_sink
from pipeline.clock import Clock
from pipeline.search.parse import Hint, parse
from pipeline.settings import Settings
from schemas.alert import MAX_SINKS, Alert, FileSink, MailSink, SavedSearch, Sink, Watch, WebhookSink
from schemas.base import Record
from schemas.errors import ConfigurationError, NewswireError


class TestResult(Record):
    """What came of a test at one sink."""

    __test__ = False  # not a class of tests

    sink: str
    sent: bool
    error: str = ""


def read_sinks(webhooks: Sequence[str], mails: Sequence[str], *, file: bool) -> tuple[Sink, ...]:
    """Return the sinks that these addresses mean, each once.

    Raises:
        ConfigurationError: one is no address, or there are too many.
    """
    sinks = _read(WebhookSink, webhooks, "url", "https://host/path") + _read(MailSink, mails, "to", "name@host")
    sinks += [FileSink()] if file else []
    distinct = tuple(dict.fromkeys(sinks))
    if len(distinct) > MAX_SINKS:
        msg = f"a saved search tells at most {MAX_SINKS}, not {len(distinct)}"
        raise ConfigurationError(msg)
    return distinct


def check_sinks(settings: Settings, clock: Clock, sinks: Sequence[Sink]) -> None:
    """Say nothing when the sinks can be used with these settings. Raises as `Sinks.check`."""
    known = Sinks(settings, clock)
    for sink in sinks:
        known.check(sink)


def find_unusable(settings: Settings, clock: Clock, searches: Sequence[SavedSearch]) -> list[str]:
    """Return one sentence for each saved search that tells somebody who cannot be told with these settings."""
    faults = []
    for saved in searches:
        try:
            check_sinks(settings, clock, saved.sinks)
        except ConfigurationError as error:
            faults.append(f"{saved.name}: {error}")
    return faults


def choose_watch(text: str) -> Watch:
    """Return what is watched.

    Raises:
        ConfigurationError: there is no such watch.
    """
    try:
        return Watch(text)
    except ValueError:
        msg = f"--watch {text!r} is none of {', '.join(Watch)}"
        raise ConfigurationError(msg) from None


def read_hints(query: str, now: datetime) -> tuple[Hint, ...]:
    """Return what is unclear in a query."""
    return parse(query, now).hints


def describe_search(saved: SavedSearch) -> str:
    """Return what a saved search looks for, in words."""
    parts = [saved.query] if saved.query else []
    parts += [f"{_short(field)}: {' or '.join(values)}" for field, values in saved.filters.items()]
    found = ", ".join(parts) or "everything"
    match saved.watch:
        case Watch.SOURCES:
            return f"sources that go quiet or break ({found})"
        case Watch.PIPELINE:
            return "dead letters or waiting work that rise"
        case _:
            return found + (", every copy" if saved.every_copy else "")


async def send_test(saved: SavedSearch, sinks: Sinks, now: datetime) -> list[TestResult]:
    """Send a test alert to each sink at once, once; return what came of each."""
    alert = build_test_alert(saved, now)
    return list(await asyncio.gather(*(_try(alert, sink, sinks) for sink in saved.sinks)))


async def _try(alert: Alert, sink: Sink, sinks: Sinks) -> TestResult:
    try:
        await sinks.send(alert, sink)
    except NewswireError as error:
        return TestResult(sink=name_sink(sink), sent=False, error=getattr(error, "detail", str(error)))
    return TestResult(sink=name_sink(sink), sent=True)


def _read(kind: type[WebhookSink | MailSink], values: Sequence[str], field: str, form: str) -> list[Sink]:
    sinks: list[Sink] = []
    for value in filter(None, map(str.strip, values)):
        try:
            sinks.append(kind.model_validate({field: value}))
        except ValidationError as error:
            msg = f"{value[:100]!r} is no address; write {form}"
            raise ConfigurationError(msg) from error
    return sinks


def _short(field: str) -> str:
    """Return what people call a field: `source.name` is a source, `entities.person` a person."""
    first, _, last = field.rpartition(".")
    return first if last == "name" else last
