"""The real enrichment of a batch, in a process that does what the text of an article asks for: T11."""

import ctypes
import time
from collections.abc import Sequence

from pipeline.enrich.batch import enrich_batch as enrich_well
from pipeline.enrich.pool_frames import Answer
from pipeline.enrich.tools import Tools

SEGFAULT, MEMORY, HANG, RAISE = (f"please {harm} while reading" for harm in ("crash", "burst", "sleep", "raise"))


def enrich_batch(values: Sequence[bytes], tools: Tools) -> list[Answer]:
    """Enrich, unless one of the articles strikes first."""
    for value in values:
        if SEGFAULT.encode() in value:
            ctypes.string_at(0)
        elif MEMORY.encode() in value:
            _ = bytearray(1 << 46)
        elif HANG.encode() in value:
            time.sleep(600)
        elif RAISE.encode() in value:
            msg = "a bug in a library"
            raise ValueError(msg)
    return enrich_well(values, tools)
