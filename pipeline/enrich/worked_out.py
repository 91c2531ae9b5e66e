"""What was worked out of a content or a text, kept for its next copy: results by digest, pickled, up to a size.

The same page comes under several addresses, the same report from several sources. Results are pickled, since objects
take several times the memory and could be changed by whoever gets them; they are not compressed, since most are never
asked for. In memory only, since the texts stand in them. Those not asked for the longest go first.
"""

import pickle
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final, TypeVar

KEPT_BYTES: Final = 16 * 1024 * 1024
"""Some hundreds of articles: what a process works on in a minute."""

KEY_BYTES: Final = 16

R = TypeVar("R")


def result_key(kind: str, *texts: str | None) -> bytes:
    """Return the key of a result: of what kind it is, and everything that it depends on, hashed."""
    digest = blake2b(kind.encode(), digest_size=KEY_BYTES)
    for text in texts:
        encoded = b"" if text is None else text.encode(errors="surrogatepass")
        digest.update(f"\n{-1 if text is None else len(encoded)}\n".encode())
        digest.update(encoded)
    return digest.digest()


class WorkedOut:
    """Results by key. One per process; not for several threads at once."""

    def __init__(self, limit_bytes: int = KEPT_BYTES) -> None:
        self._packed: OrderedDict[bytes, bytes] = OrderedDict()
        self._limit_bytes = limit_bytes
        self._bytes = 0

    def once(self, function: Callable[..., R], *texts: str | None) -> R:
        """Return what the function makes of the texts, without calling it when that is kept. Errors are not kept."""
        key = result_key(f"{function.__module__}.{function.__qualname__}", *texts)
        found: R | None = self.find(key)
        if found is None:
            found = function(*texts)
            self.keep(key, found)
        return found

    def find(self, key: bytes) -> Any:  # noqa: ANN401 - whatever was kept under the key
        """Return the result that is kept, a new object each time; None when there is none."""
        packed = self._packed.get(key)
        if packed is None:
            return None
        self._packed.move_to_end(key)
        return pickle.loads(packed)  # noqa: S301 - this process packed it, and nobody else can write it

    def keep(self, key: bytes, result: object) -> None:
        """Keep a result; what is too deep to be pickled is left out."""
        try:
            packed = pickle.dumps(result, pickle.HIGHEST_PROTOCOL)
        except RecursionError:
            return
        self._bytes += len(packed) - len(self._packed.pop(key, b""))
        self._packed[key] = packed
        while self._bytes > self._limit_bytes:
            self._bytes -= len(self._packed.popitem(last=False)[1])
