"""A server that answers each path with raw bytes, for what no well-behaved library would send."""

import asyncio
import gzip
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import brotli

Answer = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]

ZEROS = b"\x00" * 30_000_000


def ok(body: bytes, *headers: str, length: int | None = None) -> bytes:
    """Return a whole answer with status 200."""
    lines = [f"Content-Length: {len(body) if length is None else length}", *headers]
    return b"HTTP/1.1 200 OK\r\n" + "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body


def redirect(location: str, status: int = 302) -> bytes:
    """Return a redirect."""
    return f"HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def status(code: int, *headers: str) -> bytes:
    """Return an empty answer with this status."""
    return (
        f"HTTP/1.1 {code} X\r\n".encode()
        + "".join(f"{line}\r\n" for line in headers).encode()
        + (b"Content-Length: 0\r\n\r\n")
    )


def _members(count: int) -> bytes:
    return gzip.compress(b"") * count


def _brotli_of(raw: bytes) -> bytes:
    return bytes(brotli.compress(raw, quality=1))


ANSWERS: dict[str, Answer] = {
    "/ok": ok(b"hello"),
    "/gzip": ok(gzip.compress(b"hello" * 1000), "Content-Encoding: gzip"),
    "/brotli": ok(_brotli_of(b"hello" * 100_000), "Content-Encoding: br"),
    "/deflate": ok(zlib.compress(b"hello" * 1000), "Content-Encoding: deflate"),
    "/raw-deflate": ok(zlib.compress(b"hello" * 1000)[2:-4], "Content-Encoding: deflate"),
    "/not-gzip": ok(b"hello plain", "Content-Encoding: gzip"),
    "/bomb-gzip": ok(gzip.compress(ZEROS), "Content-Encoding: gzip"),
    "/bomb-x-gzip": ok(gzip.compress(ZEROS), "Content-Encoding: X-GZip"),
    "/bomb-deflate": ok(zlib.compress(ZEROS), "Content-Encoding: deflate"),
    "/bomb-raw-deflate": ok(zlib.compress(ZEROS)[2:-4], "Content-Encoding: deflate"),
    "/bomb-brotli": ok(_brotli_of(ZEROS), "Content-Encoding: br"),
    "/bomb-members": ok(gzip.compress(b"\x00" * 50_000) * 60, "Content-Encoding: gzip"),
    "/bomb-nested": ok(gzip.compress(gzip.compress(ZEROS)), "Content-Encoding: gzip, gzip"),
    "/many-members": ok(_members(5000), "Content-Encoding: gzip"),
    "/zstd": ok(b"hello", "Content-Encoding: zstd"),
    "/bad-gzip": ok(gzip.compress(b"hello" * 1000)[:20] + b"garbage" * 20, "Content-Encoding: gzip"),
    "/bad-brotli": ok(b"\xff" * 100, "Content-Encoding: br"),
    "/cut-gzip": ok(gzip.compress(bytes(range(256)) * 100)[:-30], "Content-Encoding: gzip"),
    "/cut-brotli": ok(_brotli_of(bytes(range(256)) * 100)[:-3], "Content-Encoding: br"),
    "/announced": ok(b"", length=10**12),
    "/large": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3_000_000,
    "/chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"4\r\naaaa\r\n" * 600_000,
    "/cut": ok(b"abc", length=100),
    "/long-header": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "/many-headers": b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: a\r\n" % i for i in range(20_000)) + b"\r\n",
    "/long-status": b"HTTP/1.1 200 " + b"O" * 100_000 + b"\r\n\r\n",
    "/no-http": b"SSH-2.0-OpenSSH_9.6\r\n",
    "/nothing": b"",
    "/to-self": redirect("/to-self"),
    "/to-file": redirect("file:///etc/passwd"),
    "/to-ftp": redirect("ftp://127.0.0.1/x"),
    "/to-data": redirect("data:text/xml,hello"),
    "/to-private": redirect("http://192.168.1.1/"),
    "/to-metadata": redirect("http://169.254.169.254/latest/meta-data/", 301),
    "/to-mapped": redirect("http://[::ffff:169.254.169.254]/", 307),
    "/to-decimal": redirect("http://2852039166/", 308),
    "/to-user": redirect("http://user:secret@127.0.0.1/"),
    "/to-port": redirect("http://one.test:22/"),
    "/to-name": redirect("http://private.test/"),
    "/to-nowhere": b"HTTP/1.1 302 Elsewhere\r\nContent-Length: 0\r\n\r\n",
    "/to-garbage": redirect("http://[::1"),
    "/moved": redirect("/ok", 301),
    "/moved-then-found": redirect("/found", 308),
    "/found": redirect("/ok", 302),
    "/gone": status(410),
    "/busy": status(429, "Retry-After: 120"),
    **{f"/hop{number}": redirect(f"/hop{number + 1}") for number in range(12)},
}


async def _drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _drip_headers(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: a\r\n")
        await writer.drain()
        await asyncio.sleep(0.2)


async def _hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


ANSWERS |= {"/drip": _drip, "/drip-headers": _drip_headers, "/hang": _hang}


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        answer = ANSWERS.get(head.split(b" ")[1].decode(), status(404))
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
        else:
            await answer(reader, writer)  # type: ignore[misc]  # those above are coroutines
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


@contextmanager
def hostile_server() -> Iterator[int]:
    """Serve from a thread on loopback; yield the port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(_serve, "127.0.0.1", 0), loop).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
