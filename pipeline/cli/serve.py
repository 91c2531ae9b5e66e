"""`newswire serve`: the search pages and the JSON API."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import note
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    import uvicorn

    from pipeline.cli.workspace import Workspace

CONNECTIONS = 256
KEEP_ALIVE_S = 15
GRACE_S = 5


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; beyond loopback a token is needed.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = None,
) -> None:
    """Show the articles as search pages, and answer programs as JSON, until interrupted.

    Pages: / (search), /trends, /sources, /alerts, /status; put .json behind a path for its JSON twin, described in
    /openapi.json, and /metrics for Prometheus. With NEWSWIRE_INGEST_TOKEN set, programs push articles to POST /ingest.

    Example: newswire serve --port 8720
    """
    with open_workspace() as workspace:
        settings = workspace.settings
        listen(workspace, host or settings.web_host, settings.web_port if port is None else port)


def listen(workspace: "Workspace", host: str, port: int) -> None:
    """Serve until interrupted.

    Raises:
        ConfigurationError: the address is taken, or would let others in without a token.
    """
    listener = _open_listener(host, port)
    server = _build_server(workspace, host)
    _announce(workspace, host, listener)
    note("stop with Ctrl+C")
    server.run(sockets=[listener])


@contextmanager
def serving_beside(workspace: "Workspace", port: int | None) -> "Iterator[None]":
    """Serve from a thread while the block runs.

    Where the settings' port is taken, most likely by `newswire serve`, nothing is served, and that is said.

    Raises:
        ConfigurationError: the port that was asked for is taken, or the address would let others in without a token.
    """
    import threading

    from schemas.errors import ConfigurationError

    settings = workspace.settings
    try:
        listener = _open_listener(settings.web_host, settings.web_port if port is None else port)
    except ConfigurationError as error:
        if port is not None:
            raise
        note(f"no pages are served: {error}")
        yield
        return
    server = _build_server(workspace, settings.web_host)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="pages", daemon=True)
    thread.start()
    _announce(workspace, settings.web_host, listener)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(GRACE_S + 2)


def _build_server(workspace: "Workspace", host: str) -> "uvicorn.Server":
    import gc

    import uvicorn

    from pipeline.connections import samples_of
    from pipeline.web.app import create_site
    from pipeline.web.patience import PatientProtocol
    from pipeline.web.site import Site

    log = workspace.log  # opened here: the pages' threads may not open it twice
    site = Site(
        settings=workspace.settings,
        clock=workspace.clock,
        index=workspace.index,
        registry=workspace.registry,
        open_log=lambda: log,
        open_samples=lambda: samples_of(workspace.settings),
    )
    config = uvicorn.Config(
        create_site(site, host),
        http=PatientProtocol,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = uvicorn.Server(config)
    # What is loaded by now stays; looking through its 150,000 objects for garbage holds all pages up, for some 80 ms.
    gc.collect()
    gc.freeze()
    return server


def _open_listener(host: str, port: int) -> "socket.socket":
    import socket

    from schemas.errors import ConfigurationError

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # from here on a client that is quicker than the server waits
    except OSError as error:
        listener.close()
        msg = f"cannot listen on {host}, port {port}: {error.strerror or error}; choose another with --port"
        raise ConfigurationError(msg) from error
    return listener


def _announce(workspace: "Workspace", host: str, listener: "socket.socket") -> None:
    shown = f"[{host}]" if ":" in host else host
    note(f"newswire serves {workspace.index.count():,} articles on http://{shown}:{listener.getsockname()[1]}/")
