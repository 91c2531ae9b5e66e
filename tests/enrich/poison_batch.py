"""Batch functions for the pool's tests: they run inside its processes and do what the values say."""

import ctypes
import os
import signal
import time
from collections.abc import Sequence

from pipeline.enrich.pool_frames import Answer
from schemas.errors import ConfigurationError, NotAnArticle


def load(settings: str) -> str:
    """Return the settings as tools; refuse to load when they say so."""
    if settings == "missing model":
        msg = "the model is missing: install it"
        raise ConfigurationError(msg)
    if settings == "slow":
        time.sleep(60)
    if settings == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return settings


def run(values: Sequence[bytes], tools: str) -> list[Answer]:
    """Answer each value in capitals, with the process id, unless it is poison."""
    return [_answer(value, tools) for value in values]


def _answer(value: bytes, tools: str) -> Answer:
    if value == b"segfault":
        ctypes.string_at(0)
    elif value == b"kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif value == b"hang":
        time.sleep(60)
    elif value == b"hold":
        ctypes.PyDLL(None).sleep(60)  # native code that never lets go of the interpreter
    elif value == b"memory":
        return bytes(bytearray(1 << 42))
    elif value == b"raise":
        msg = "cannot read this"
        raise ValueError(msg)
    elif value == b"refuse":
        return NotAnArticle("a cookie wall")
    elif value == b"pid":
        return str(os.getpid()).encode()
    elif value == b"template":
        return str(os.getppid()).encode()
    elif value == b"noise":
        print("noise")
    return value.upper() + tools.encode()
