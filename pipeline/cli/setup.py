"""`newswire setup`: what the distributed pipeline needs in Kafka and Elasticsearch, created and verified."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.clock import Clock
    from pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class Part:
    """One service: where it is, and in what it differs from what the program needs; `faults` empty when all is well."""

    service: str
    address: str
    faults: "Sequence[str]"


def setup(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Create the topics, index templates and aliases that are missing, and verify all of them.

    Changes nothing that exists, so it can be run at any time and by several at once; what differs is named, one line
    for each difference, with exit code 1.

    Example: newswire setup --json
    """
    from pipeline.clock import SystemClock
    from pipeline.log_setup import install_logging
    from pipeline.settings import load_settings

    settings = load_settings()
    install_logging(settings.log_level, as_json=settings.log_json)
    clock = SystemClock()
    parts = [_set_up_log(settings, clock), _set_up_index(settings, clock)]
    if as_json:
        print_json({"parts": [asdict(part) for part in parts]})
    else:
        for part in parts:
            typer.echo(f"{'FAIL' if part.faults else 'ok  '}  {part.service:<6} {part.address}")
            for fault in part.faults:
                typer.echo(f"        {fault}")
    if any(part.faults for part in parts):
        raise typer.Exit(1)


def _set_up_log(settings: "Settings", clock: "Clock") -> Part:
    from pipeline.connections import log_of
    from schemas.errors import ConfigurationError
    from schemas.topics import TOPICS

    url = settings.resolved_log_url
    log = log_of(settings, clock)
    try:
        log.create_topics(TOPICS)
        return Part("log", url, log.verify_topics(TOPICS))
    except ConfigurationError as error:
        return Part("log", url, [str(error)])
    finally:
        log.close()


def _set_up_index(settings: "Settings", clock: "Clock") -> Part:
    from pipeline.connections import index_of
    from schemas.errors import ConfigurationError

    index = index_of(settings, clock)
    try:
        index.install()
    except ConfigurationError as error:
        return Part("index", settings.shown_index_url, str(error).splitlines())
    finally:
        index.close()
    return Part("index", settings.shown_index_url, [])
