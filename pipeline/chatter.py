"""Keeps the log lines of client libraries few: warnings and worse only, and of a kind one a minute.

While a broker is away, its clients report every attempt to reach it, ten a second; the delivery loop says the same once
and with the reason. Imports only the clock.
"""

import logging
import re
from typing import Final

from pipeline.clock import Clock

LIBRARIES: Final = ("aiokafka", "asyncio", "elastic_transport", "elasticsearch", "faust", "kafka", "mode", "urllib3")
OURS: Final = frozenset({"agents", "pipeline", "schemas"})
INTERVAL_S: Final = 60.0
# Kinds remembered at once; a library that varies its messages without end is not worth more memory.
_MAX_KINDS: Final = 500
# A broker that has just started chooses its coordinators at the first request; only when it goes on is it news.
_PASSES_BY_ITSELF: Final = frozenset({"Group Coordinator Request failed: %s"})
_GRACE_S: Final = 15.0
# These report sleeps and steps that took a tenth of a second too long, which says only that the machine is busy.
_NOISE: Final = ("mode.timers",)
_BUSY: Final = re.compile(r"Task .* ran for [0-9.]+s ")
# Some libraries put addresses, ports and times into the message itself: what differs in those alone is one kind.
_VARIES: Final = re.compile(r"0x[0-9a-f]+|[0-9]+")


def quiet_libraries(clock: Clock) -> None:
    """Let libraries log from `warning` upwards, and through the handlers of the root logger at most one of a kind."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _NOISE:
        logging.getLogger(name).setLevel(logging.ERROR)
    for handler in logging.getLogger().handlers:
        handler.addFilter(OneOfAKind(clock))


class OneOfAKind(logging.Filter):
    """Passes a library's record when none like it (logger, level, message but for its numbers) did in the last minute.

    What usually passes by itself is held back for a few seconds. What passes says how many were left out before it. Our
    own records always pass.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._kinds: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record passes."""
        if record.name.partition(".")[0] in OURS:
            return True
        message = str(record.msg)[:300]
        if record.name == "kafka.net.selector" and _BUSY.match(message):
            return False
        kind = (record.name, record.levelno, _VARIES.sub("#", message))
        now_s = self._clock.monotonic_s()
        wait_s = _GRACE_S if record.msg in _PASSES_BY_ITSELF else 0.0
        passed_s, left_out = self._kinds.get(kind, (now_s - INTERVAL_S + wait_s, 0))
        if now_s - passed_s < INTERVAL_S:
            self._kinds[kind] = (passed_s, left_out + 1)
            return False
        if len(self._kinds) >= _MAX_KINDS:
            self._kinds.clear()
        self._kinds[kind] = (now_s, 0)
        if left_out:
            record.msg, record.args = f"{record.getMessage()} ({left_out} more like this were left out)", ()
        return True
