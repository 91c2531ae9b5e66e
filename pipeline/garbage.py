"""How often a worker looks for garbage."""

import gc
from typing import Final

# Objects made before Python looks for cycles among the young ones. A batch of records is some 100,000 that live until
# it is written: with Python's own 700, it went through them again and again and found nothing.
_COLLECT_AFTER: Final = 50_000


def collect_seldom() -> None:
    """Let this process look for cycles seldom enough for batches of records."""
    gc.set_threshold(_COLLECT_AFTER)
