"""A pool of processes that tests open, and articles that it takes."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from pipeline.enrich.pool import ProcessPool
from pipeline.enrich.pool_child import Work

OpenPool = Callable[..., AbstractAsyncContextManager[ProcessPool]]


@asynccontextmanager
async def open_poison_pool(settings: str = "!", processes: int = 2, **options: Any) -> AsyncIterator[ProcessPool]:  # noqa: ANN401 - of several types
    """Open a pool that runs `poison_batch`, which stands beside this; in the end none of its processes may be left."""
    memory = options.pop("memory_bytes", None)
    gives_way = bool(options.pop("gives_way", False))
    work = Work("poison_batch.run", "poison_batch.load", settings, int(memory) if memory else None, gives_way=gives_way)
    pool = ProcessPool(work, processes, **options)
    try:
        yield pool
    finally:
        pids = pool.pids
        await pool.close()
        assert not [pid for pid in pids if is_running(pid)]


def is_running(pid: int) -> bool:
    """Return whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def good(count: int) -> list[bytes]:
    """Return values that the pool answers."""
    return [b"article %d" % number for number in range(count)]


def answers_to(count: int) -> list[bytes]:
    """Return its answers to them."""
    return [b"ARTICLE %d!" % number for number in range(count)]
