"""The application: routes, errors and the guard around them, built from a `Site`. Nothing is opened here."""

from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from pipeline.web import alert_routes, api, assets, exports, ingest, measured, pages, websub
from pipeline.web.access import Access
from pipeline.web.errors import install_errors
from pipeline.web.guard import Guard
from pipeline.web.measured import Measured
from pipeline.web.rate import RateLimit
from pipeline.web.site import Site, page_turns
from pipeline.web.trends import TrendReader

_ABOUT: Final = """Search over everything that newswire has indexed. Each page of the site has its twin here: put
`.json` behind its path. Times are ISO 8601 in UTC; text offsets are half-open, in Unicode code points."""
_COMPRESSED_FROM_BYTES: Final = 1000


def create_site(site: Site, host: str = "127.0.0.1") -> ASGIApp:
    """Return the site as an ASGI application, ready to listen on `host`; even its failures leave through the guard.

    Raises:
        ConfigurationError: it would be open to others without a token or a proxy's header.
    """
    access = Access.build(site.settings, host)
    limit = RateLimit(site.settings.web_requests_per_minute, site.clock)
    return Measured(Guard(create_app(site), access, limit, site.counts), site.counts, site.clock)


def create_app(site: Site) -> FastAPI:
    """Return the routes and their errors, without the guard that every request has to pass."""
    app = FastAPI(
        title="newswire",
        version=version("newswire"),
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.site = site
    app.state.trends = TrendReader(site)
    app.state.page_turns = page_turns(site.settings)
    install_errors(app)
    for module in (api, exports, ingest, websub, assets, measured, pages):
        app.include_router(module.router)
    app.include_router(alert_routes.router)
    app.include_router(alert_routes.pages)
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM_BYTES, compresslevel=5)
    return app
