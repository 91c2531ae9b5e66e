"""The index agent: enriched articles in, documents in the index and an event for each out."""

from agents.run import run_role
from pipeline import roles
from pipeline.settings import Settings


async def run(settings: Settings) -> int:
    """Work until told to leave; return the exit code. Errors as `WorkerProcess.run`."""
    return await run_role(roles.INDEX, settings)
