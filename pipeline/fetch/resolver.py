"""From a checked host to a socket of a checked address: twice, so that no answer of a name server gets around it.

Names are resolved here and unfit addresses dropped; and the socket for each connection is made here, from the very
address that is then connected to, whoever resolved it. Imports aiohttp.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

from pipeline.fetch.addresses import refuse_address
from pipeline.fetch.refusals import FetchRefused

Lookup = Callable[[str, int, int], Awaitable[Sequence[str]]]
"""Host, port and address family → addresses. Raises OSError when the name is not known."""
# Waiting for name servers costs no processor time, and one that is slow must not hold up the others.
_THREADS: Final = 24
_MAX_ADDRESSES: Final = 8


class SafeResolver(AbstractResolver):
    """Resolves names to those of their addresses that may be asked.

    Args:
        allow_loopback: for tests.
        lookup: asks the name servers; the system's way unless given.
    """

    def __init__(self, *, allow_loopback: bool = False, lookup: Lookup | None = None) -> None:
        self._allow_loopback = allow_loopback
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="dns")
        self._lookup = lookup or self._ask_system

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name that may be asked.

        Raises:
            FetchRefused: every address of the name is one that may not.
            OSError: the name is not known.
        """
        addresses = (await self._lookup(host, port, family))[:_MAX_ADDRESSES]
        refused = {address: refuse_address(address, allow_loopback=self._allow_loopback) for address in addresses}
        fit = [address for address in addresses if refused[address] is None]
        if fit:
            return [_result(host, port, address) for address in fit]
        for address, reason in refused.items():
            if reason:
                raise FetchRefused(reason, f"{host} resolves to {address}, which is not of the public internet")
        msg = f"{host} has no address"
        raise OSError(msg)

    async def close(self) -> None:
        """End the threads, without waiting for name servers."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _ask_system(self, host: str, port: int, family: int) -> Sequence[str]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._pool, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_sockets(*, allow_loopback: bool) -> Callable[[tuple[Any, ...]], socket.socket]:
    """Return what makes the socket for a connection: it refuses by the address that is about to be connected to."""

    def make(info: tuple[Any, ...]) -> socket.socket:
        family, kind, proto, _, address = info
        reason = refuse_address(str(address[0]), allow_loopback=allow_loopback)
        if reason:
            raise FetchRefused(reason, f"{address[0]} is not an address of the public internet")
        made = socket.socket(family, kind, proto)
        made.setblocking(False)
        return made

    return make


def _result(host: str, port: int, address: str) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
