"""A real server on loopback for the length of a test, in a thread of its own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from pipeline.web.app import create_site
from pipeline.web.site import Site


@contextmanager
def serve(site: Site, host: str = "127.0.0.1") -> Iterator[str]:
    """Yield the address of a server of the site; `host` is what it believes to listen on."""
    app = create_site(site, host)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # a client that is quicker than the server waits
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", server_header=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
