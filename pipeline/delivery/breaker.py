"""Tells a bad deploy from poison: too many dead letters stop the worker. Pure; imports only `schemas`."""

from collections import deque
from typing import Final

from schemas.errors import NewswireError, NotAnArticle, Rejected

MAX_IN_A_ROW: Final = 50
WINDOW: Final = 1000
MAX_SHARE: Final = 0.2


class BreakerTripped(NewswireError):
    """So many messages were refused that the program is at fault, not the messages; a person has to look."""


class Breaker:
    """Watches what becomes of messages: more than 50 dead letters in a row, or 20 % of the last 1,000, trip it.

    The share is counted over a full window, so a worker that starts with a few bad messages goes on: 200 refused among
    the first 300 make 20 % of any 1,000 and trip it, 20 among the first 100 do not.
    """

    def __init__(self) -> None:
        self._in_a_row = 0
        self._window: deque[bool] = deque(maxlen=WINDOW)
        self._refused = 0

    def accept(self) -> None:
        """Count a message that succeeded or was dropped for a counted reason."""
        self._in_a_row = 0
        self._record(refused=False)

    def refuse(self, error: Rejected) -> None:
        """Count a message that is to be dead-lettered; pages that are no articles count neither for nor against.

        Raises:
            BreakerTripped: this one is too many; it must not be dead-lettered.
        """
        if isinstance(error, NotAnArticle):
            return
        self._in_a_row += 1
        self._record(refused=True)
        if self._in_a_row > MAX_IN_A_ROW:
            msg = f"{self._in_a_row} messages in a row were refused, the last one as {error}"
            raise BreakerTripped(msg)
        if self._refused >= WINDOW * MAX_SHARE:
            msg = f"{self._refused} of the last {len(self._window)} messages were refused, the last one as {error}"
            raise BreakerTripped(msg)

    def _record(self, *, refused: bool) -> None:
        if len(self._window) == WINDOW:
            self._refused -= self._window[0]
        self._window.append(refused)
        self._refused += refused
