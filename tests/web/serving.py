"""A real server on loopback for the length of a test, in a thread of its own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from pipeline.web.app import create_site
from pipeline.web.patience import PatientProtocol
from pipeline.web.site import Site


@contextmanager
def serve(site: Site, host: str = "127.0.0.1") -> Iterator[str]:
    """Yield the address of a server of the site; `host` is what it believes to listen on."""
    with serve_app(create_site(site, host)) as address:
        yield address


@contextmanager
def serve_app(app: ASGIApp, protocol: type[H11Protocol] = PatientProtocol) -> Iterator[str]:
    """Yield the address of a server of the application, as `newswire serve` runs it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # a client that is quicker than the server waits
        server = uvicorn.Server(
            uvicorn.Config(app, http=protocol, log_level="critical", lifespan="off", server_header=False)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
