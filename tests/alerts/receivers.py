"""Receivers on loopback for tests: a webhook whose answers are set, and a mail server that keeps what it takes."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Hook:
    """A webhook: `answers` are the statuses of the next requests, then 200; `got` what came, headers in lower case."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def running_hook(port: int = 0) -> Iterator[Hook]:
    """Listen in a thread of its own, on this port or a free one."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = hook.answers.pop(0) if hook.answers else 200
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(b"said <b>so</b>\n")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    hook.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@dataclass
class Mailbox:
    """A mail server: `refuse` is the answer to every recipient, when set; `got` the messages taken.

    With `upgrade` it offers STARTTLS and takes no sender before. `heard` is what came outside of TLS.
    """

    port: int = 0
    refuse: str | None = None
    upgrade: ssl.SSLContext | None = None
    got: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak with a sender until it leaves, or breaks off."""
        transport = writer.transport
        try:
            await self._speak(reader, writer)
        except (ssl.SSLError, OSError):
            pass
        finally:
            transport.abort()
            writer.close()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak as much SMTP as a sender needs (RFC 5321)."""
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode().strip():
            command = line.upper()
            encrypted = writer.get_extra_info("ssl_object") is not None
            if not encrypted:
                self.heard.append(line)
            if command == "STARTTLS" and self.upgrade:
                writer.write(b"220 go ahead\r\n")
                await writer.start_tls(self.upgrade)
            elif command.startswith("EHLO") and self.upgrade and not encrypted:
                writer.write(b"250-here\r\n250 STARTTLS\r\n")
            elif command.startswith("MAIL") and self.upgrade and not encrypted:
                writer.write(b"530 Must issue a STARTTLS command first\r\n")
            elif command == "DATA":
                writer.write(b"354 go on\r\n")
                self.got.append((await reader.readuntil(b"\r\n.\r\n")).decode())
                writer.write(b"250 taken\r\n")
            elif command.startswith("RCPT") and self.refuse:
                writer.write(f"{self.refuse}\r\n".encode())
            elif command == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        await writer.drain()


@contextmanager
def running_mailbox(*, tls: ssl.SSLContext | None = None, upgrade: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """Listen in a thread of its own: with `tls` from the first byte, with `upgrade` after STARTTLS."""
    mailbox = Mailbox(upgrade=upgrade)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    starting = asyncio.start_server(mailbox.serve, "127.0.0.1", 0, ssl=tls)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result(10)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        asyncio.run_coroutine_threadsafe(_finish(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _finish(server: asyncio.Server) -> None:
    """Close, and let each connection come to its end."""
    server.close()
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)
    await asyncio.sleep(0)
