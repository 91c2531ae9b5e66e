"""The site's own files: style sheet, script, icon, and what robots and supervisors ask for."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import FileResponse, PlainTextResponse, Response

from pipeline.web.errors import NotFound
from pipeline.web.rendering import STATIC

_TYPES: Final = {"newswire.css": "text/css", "newswire.js": "text/javascript", "icon.svg": "image/svg+xml"}
"""The only files that can be asked for: no path from outside ever reaches the disk."""
router = APIRouter(include_in_schema=False)


@router.get("/static/{digest}/{name}")
def static(digest: str, name: str) -> Response:
    """Return a file of ours; its address holds its digest, so it may be kept for ever."""
    if name not in _TYPES:
        msg = f"there is no file {name[:40]!r}"
        raise NotFound(msg)
    kept = "public, max-age=31536000, immutable" if digest.isalnum() else "no-cache"
    return FileResponse(STATIC / name, media_type=_TYPES[name], headers={"Cache-Control": kept})


@router.get("/favicon.ico")
def icon() -> Response:
    """Return the icon where browsers look for one."""
    return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})


@router.get("/robots.txt")
def robots() -> Response:
    """Keep crawlers out: every search is a page."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


@router.get("/livez")
def livez() -> Response:
    """Say that the server answers."""
    return PlainTextResponse("ok\n")
