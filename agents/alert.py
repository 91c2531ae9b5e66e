"""The alert agent: grouped events in; alerts, and those who asked for them told."""

from agents.run import run_role
from pipeline import roles
from pipeline.settings import Settings


async def run(settings: Settings) -> int:
    """Work until told to leave; return the exit code. Errors as `WorkerProcess.run`."""
    return await run_role(roles.ALERT, settings)
