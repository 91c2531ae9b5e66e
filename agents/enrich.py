"""The enrich agent: raw articles in, enriched articles out; the work is done in processes of its own."""

from agents.run import run_role
from pipeline import roles
from pipeline.settings import Settings


async def run(settings: Settings) -> int:
    """Work until told to leave; return the exit code. Errors as `WorkerProcess.run`."""
    return await run_role(roles.ENRICH, settings)
