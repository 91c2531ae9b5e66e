"""The inside of a pool's processes: a template that loads the tools once, and processes forked from it that use them.

The template is started by `pool_template` with a clean interpreter, so nothing of the parent is imported or copied. It
has one thread and no open file but its control socket, as a process that forks should; what the tools open, they open
at first use. The processes answer batches until the parent closes their socket. A second thread reads it, so that one
that hangs in a batch still ends when the parent dies. SIGINT and SIGTERM are the parent's business: it drains what is
under way and then closes the sockets.
"""

import gc
import os
import pickle
import resource
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Final, NoReturn

from pipeline.enrich.pool_frames import REQUEST, Answer, Ask, Kind, pack_answers, unpack_values
from schemas.errors import ConfigurationError

THREAD_SETTINGS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
"""One thread in each process: the pool is the parallelism, and more threads than cores make it slower."""

DETAIL_CHARS: Final = 500
LOWEST: Final = 19
"""The lowest priority that `nice` knows."""


Run = Callable[[Sequence[bytes]], list[Answer]]
Count = Callable[[], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Work:
    """What a pool has to run: dotted names, so that its processes and their parent share no objects.

    `load` is called once, in the template, with `settings` (any picklable value) and returns the tools; it leaves no
    file or thread open. `run` is called for each batch with the values and `tools=` the tools. `memory_bytes` limits
    the address space of each process: beyond it, allocation fails there instead of waking the machine's out-of-memory
    killer. `count` is called with the tools after each batch and returns what was counted during it, by name. Processes
    that `gives_way` compute only while nothing else wants to.
    """

    run: str
    load: str
    settings: Any
    memory_bytes: int | None = None
    count: str | None = None
    gives_way: bool = False


def main(descriptor: int) -> None:
    """Be the template: load, then fork a process whenever the parent asks for one; return when it closes the socket."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for name in THREAD_SETTINGS:
        os.putenv(name, "1")  # read by C libraries when they are loaded, which happens below
    connection = Connection(os.dup(descriptor))
    # The parent's own description of the work; nothing else ever writes to this end.
    work: Work = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the parent, over a private socket
    if work.gives_way:
        _give_way()
    try:
        if work.memory_bytes is not None:
            resource.setrlimit(resource.RLIMIT_AS, (work.memory_bytes, work.memory_bytes))
        tools = _load(work.load)(work.settings)
        run: Run = partial(_load(work.run), tools=tools)
        count: Count = partial(_load(work.count), tools) if work.count else dict
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to hear of it
        text = str(error) if isinstance(error, ConfigurationError) else f"{type(error).__name__}: {error}"
        connection.send_bytes(bytes((Kind.FAILED,)) + text.encode(errors="replace"))
        return
    connection.send_bytes(bytes((Kind.READY,)))
    connection.close()
    gc.collect()
    gc.freeze()  # a collection in one of the processes would copy every page with an object that it looks at
    with socket.socket(fileno=descriptor) as control:
        _fork_on_request(control, run, count)


def _fork_on_request(control: socket.socket, run: Run, count: Count) -> None:
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, REQUEST.size, 1)
        if not request:
            return
        ask, pid = REQUEST.unpack(request)
        if ask == Ask.END:
            # It is at its end already, or is to be: what has begun to exit keeps its exit code.
            os.kill(pid, signal.SIGKILL)
            answer = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        else:
            answer = os.fork()
            if not answer:
                control.close()
                _be_process(descriptors[0], run, count)
        for one in descriptors:
            os.close(one)
        control.sendall(REQUEST.pack(ask, answer))


def _be_process(descriptor: int, run: Run, count: Count) -> NoReturn:
    """Serve the parent at the other end of the socket until it closes it or this process should not go on."""
    code = 1
    try:
        connection = Connection(descriptor)
        batches: SimpleQueue[bytes] = SimpleQueue()
        threading.Thread(target=_read, args=(connection, batches), daemon=True).start()
        while _answer(connection, batches.get(), run, count):
            pass
        code = 0
    except BaseException:  # noqa: BLE001 - nothing may return into the template's loop
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


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
    run: Run,
    count: Count,
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
