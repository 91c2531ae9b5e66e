"""The inside of a pool process: loads the tools once, then answers batches until its parent closes the pipe.

Started by `pool_process` with a clean interpreter, so nothing of the parent is imported or copied. A second thread
reads the pipe, so that a child that hangs in a batch still ends when its parent dies. SIGINT and SIGTERM are the
parent's business: it drains what is under way and then closes the pipe.
"""

import os
import pickle
import resource
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Final

from pipeline.enrich.pool_frames import Answer, Kind, pack_answers, unpack_values
from schemas.errors import ConfigurationError

THREAD_SETTINGS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
"""One thread in each process: the pool is the parallelism, and more threads than cores make it slower."""

DETAIL_CHARS: Final = 500
LOWEST: Final = 19
"""The lowest priority that `nice` knows."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a child has to run: dotted names, so that parent and child share no objects.

    `load` is called once with `settings` (any picklable value) and returns the tools; `run` is called for each batch
    with the values and `tools=` the tools. `memory_bytes` limits the child's address space: beyond it, allocation fails
    there instead of waking the machine's out-of-memory killer. `count` is called with the tools after each batch and
    returns what was counted during it, by name. A child that `gives_way` computes only while nothing else wants to.
    """

    run: str
    load: str
    settings: Any
    memory_bytes: int | None = None
    count: str | None = None
    gives_way: bool = False


def main(descriptor: int) -> None:
    """Serve the parent at the other end of the socket `descriptor`; returns when it closes."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for name in THREAD_SETTINGS:
        os.putenv(name, "1")  # read by C libraries when they are loaded, which happens below
    connection = Connection(descriptor)
    # The parent's own description of the work; nothing else ever writes to this end.
    work: Work = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the parent, over a private socket
    if work.gives_way:
        _give_way()
    batches: SimpleQueue[bytes] = SimpleQueue()
    try:
        if work.memory_bytes is not None:
            resource.setrlimit(resource.RLIMIT_AS, (work.memory_bytes, work.memory_bytes))
        tools = _load(work.load)(work.settings)
        run, count = partial(_load(work.run), tools=tools), partial(_load(work.count), tools) if work.count else dict
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to hear of it
        text = str(error) if isinstance(error, ConfigurationError) else f"{type(error).__name__}: {error}"
        connection.send_bytes(bytes((Kind.FAILED,)) + text.encode(errors="replace"))
        return
    connection.send_bytes(bytes((Kind.READY,)))
    threading.Thread(target=_read, args=(connection, batches), daemon=True).start()
    while _answer(connection, batches.get(), run, count):
        pass


def _give_way() -> None:
    """Leave the processors to whatever else wants them: this thread, and those it starts.

    SCHED_IDLE gives its processor up at once when another process wakes up, `nice` only after a while (sched(7)).
    """
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):  # not on this system, or forbidden where it runs
        os.nice(LOWEST)


def _read(connection: Connection, batches: "SimpleQueue[bytes]") -> None:
    """Pass batches on; end the process at once when the parent is gone."""
    try:
        while True:
            batches.put(connection.recv_bytes())
    except (EOFError, OSError):
        os._exit(0)  # the main thread may hang in a batch, and nobody waits for its answer any more


def _answer(
    connection: Connection,
    frame: bytes,
    run: Callable[[Sequence[bytes]], list[Answer]],
    count: Callable[[], Mapping[str, int]],
) -> bool:
    """Answer one batch; return False when this process should not go on."""
    try:
        answer = pack_answers(run(unpack_values(frame)), count())
    except MemoryError:
        connection.send_bytes(bytes((Kind.FAILED_AND_ENDED,)) + b"out of memory")
        return False  # what was half allocated is given back most surely by ending
    except Exception as error:  # noqa: BLE001 - the pool finds the article that causes it
        connection.send_bytes(_failure(f"{type(error).__name__}: {error}"))
        return True
    connection.send_bytes(answer)
    return True


def _failure(text: str) -> bytes:
    return bytes((Kind.FAILED,)) + text[:DETAIL_CHARS].encode(errors="replace")


def _load(dotted: str) -> Callable[..., Any]:
    module, _, name = dotted.rpartition(".")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function
