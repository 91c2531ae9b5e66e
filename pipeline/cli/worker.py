"""`newswire worker`: one role of the distributed pipeline, as a Faust worker."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from pipeline.settings import Settings


def worker(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="What it does: enrich, index, group or alert.")],
) -> None:
    """Run one role of the pipeline on Kafka until it is told to leave (SIGTERM or Ctrl-C).

    Start as many of each as there is work: they share the partitions of their topics. What one had not finished when it
    ended, the others are given again. It waits for a broker that does not answer; /readyz says what it waits for, at
    the address in its first line. Exit codes: 0 left in order, 2 something has to be set up, 70 failed (start it
    again), 75 left in haste (nothing is lost), 78 refused so many messages that somebody has to look.

    Example: newswire worker enrich
    """
    import asyncio
    from importlib import import_module

    from pipeline.chatter import quiet_libraries
    from pipeline.clock import SystemClock
    from pipeline.log_setup import install_logging
    from pipeline.settings import load_settings

    settings = load_settings()
    _check_role(role)
    _check_log(settings)
    # Somebody who starts a worker wants to see that it has started; commands are quiet instead.
    level = settings.log_level if "log_level" in settings.model_fields_set else "info"
    install_logging(level, as_json=settings.log_json)
    quiet_libraries(SystemClock())
    # By name: agents stand on top of the pipeline, and only they import Faust.
    asyncio.run(_leave_after(import_module(f"agents.{role}").run(settings)))


def _check_role(role: str) -> None:
    from pipeline.roles import BY_NAME
    from schemas.errors import ConfigurationError

    if role not in BY_NAME:
        known = ", ".join(BY_NAME)
        msg = f"there is no role {role!r}; roles are {known}"
        raise ConfigurationError(msg)


def _check_log(settings: "Settings") -> None:
    from schemas.errors import ConfigurationError

    if not settings.resolved_log_url.startswith("kafka:"):
        msg = (
            f"a worker needs Kafka, and the log is {settings.resolved_log_url}: set NEWSWIRE_LOG_URL=kafka://host:9092 "
            "(on the embedded log, newswire ingest and newswire demo run all roles by themselves)"
        )
        raise ConfigurationError(msg)


async def _leave_after(work: "Coroutine[object, object, int]") -> None:
    """End the process at once with the code that the work gives: a thread that waits for a service must not hold it."""
    import os
    import sys

    code = await work
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
