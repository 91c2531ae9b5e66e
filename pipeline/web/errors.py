"""Errors → responses: JSON for programs, a page for people. Imports starlette and this package's templates."""

from http import HTTPStatus

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pipeline.web.guard import MAX_BODY_BYTES, TooLarge, TooSlow
from pipeline.web.rendering import render
from schemas.errors import ConfigurationError, Rejected, Unavailable

log = structlog.get_logger(__name__)

RETRY_S = 5
_PROGRAMS = (".json", ".rss", ".atom", ".csv", ".jsonl", "/ingest")


class NotFound(Exception):
    """There is no such page; the message says what was looked for."""


def install_errors(app: FastAPI) -> None:
    """Make the application answer every error in a form that the reader understands."""

    @app.exception_handler(NotFound)
    def not_found(request: Request, error: NotFound) -> Response:
        return respond_error(request, 404, "not-found", str(error))

    @app.exception_handler(Rejected)
    def rejected(request: Request, error: Rejected) -> Response:
        return respond_error(request, 400, error.reason, error.detail)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:]) or "the request"
        return respond_error(request, 422, "bad-input", f"{place}: {first['msg']}")

    @app.exception_handler(Unavailable)
    @app.exception_handler(ConfigurationError)
    def unavailable(request: Request, error: Exception) -> Response:
        log.warning("page-unavailable", path=request.url.path, error=str(error)[:500])
        response = respond_error(request, 503, "unavailable", "the index or the log does not answer; try again soon")
        response.headers["Retry-After"] = str(RETRY_S)
        return response

    @app.exception_handler(TooLarge)
    def too_large(request: Request, _error: TooLarge) -> Response:
        return respond_error(request, 413, "too-large", f"a request may hold {MAX_BODY_BYTES // 1024**2} MiB")

    @app.exception_handler(TooSlow)
    def too_slow(request: Request, _error: TooSlow) -> Response:
        response = respond_error(request, 408, "too-slow", "the request took too long to arrive")
        response.headers["Connection"] = "close"
        return response

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        reason = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        response = respond_error(request, error.status_code, reason, str(error.detail))
        response.headers.update(error.headers or {})
        return response


def respond_error(request: Request, status: int, reason: str, message: str) -> Response:
    """Return the error as the path's kind of reader wants it."""
    if request.url.path.endswith(_PROGRAMS):
        return JSONResponse({"error": {"reason": reason, "message": message}}, status)
    phrase = HTTPStatus(status).phrase
    return render(request, "error.html", {"title": phrase, "message": message, "status": status}, status=status)
