"""`newswire serve`: the search pages and the JSON API."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import note
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pipeline.cli.workspace import Workspace

CONNECTIONS = 256
KEEP_ALIVE_S = 15


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; beyond loopback a token is needed.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = None,
) -> None:
    """Show the articles as search pages, and answer programs as JSON, until interrupted.

    Pages: / (search), /trends, /sources, /status; put .json behind a path for its JSON twin, described in
    /openapi.json. With NEWSWIRE_INGEST_TOKEN set, programs push articles to POST /ingest.

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
    import socket

    import uvicorn

    from pipeline.web.app import create_site
    from pipeline.web.site import Site
    from schemas.errors import ConfigurationError

    site = Site(
        settings=workspace.settings,
        clock=workspace.clock,
        index=workspace.index,
        registry=workspace.registry,
        open_log=lambda: workspace.log,
    )
    app = create_site(site, host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        msg = f"cannot listen on {host}, port {port}: {error.strerror or error}; choose another with --port"
        raise ConfigurationError(msg) from error
    shown = f"[{host}]" if ":" in host else host
    note(f"newswire serves {workspace.index.count():,} articles on http://{shown}:{listener.getsockname()[1]}/")
    note("stop with Ctrl+C")
    config = uvicorn.Config(
        app,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run(sockets=[listener])
