"""Runs a role as a process of its own with Faust."""

from agents.checks import check_faust
from agents.consumer import FaustConsumer
from pipeline.clock import SystemClock
from pipeline.roles import Role
from pipeline.settings import Settings
from pipeline.worker_process import WorkerProcess


async def run_role(role: Role, settings: Settings) -> int:
    """Work until told to leave; return the exit code. Errors as `WorkerProcess.run`."""
    check_faust()
    clock = SystemClock()
    process = WorkerProcess(
        settings, role, clock, lambda step, metrics: FaustConsumer(settings, role, step, clock, metrics)
    )
    return await process.run()
