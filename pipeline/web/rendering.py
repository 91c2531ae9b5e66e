"""Templates → HTML responses: the one place that knows Jinja. Everything is escaped unless a module here marked it up.

Marked as HTML are only highlights, which the index escapes itself, and nothing that an article says.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pipeline.web import links
from pipeline.web.names import country_name, is_language, kind_name, language_name, signal_name

STATIC: Final = Path(__file__).parent / "static"
_DATE_FORMATS: Final = {"year": "%Y", "month": "%B %Y", "day": "%-d %B %Y"}


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pipeline.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "thousands": lambda number: f"{number:,}",
        "date": show_date,
        "iso": lambda moment: moment.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "marked": Markup,  # highlights are escaped before they are marked, by pipeline.search.highlight
        "fragments": join_fragments,
        "web_address": links.web_address,
        "host": links.host_shown,
        "language": language_name,
        "country": country_name,
        "is_language": is_language,
        "kind": kind_name,
        "signal": signal_name,
        "plural": lambda number, one, many=None: f"{number:,} {one if number == 1 else many or one + 's'}",
    }
    environment.globals |= {
        "article_link": links.article_link,
        "entity_link": links.entity_link,
        "source_link": links.source_link,
        "story_link": links.story_link,
        "link": links.link,
        "asset": asset_path,
        "program": version("newswire"),
    }
    return environment


@lru_cache(maxsize=16)
def asset_path(name: str) -> str:
    """Return the address of a file of ours, which changes with its content so that browsers may keep it for ever."""
    digest = blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()
    return f"/static/{digest}/{name}"


def show_date(moment: datetime | None, precision: str | None = "minute") -> str:
    """Return a time for people, in UTC, not more exact than it is known.

    >>> show_date(datetime(2020, 1, 2, 3, 4, tzinfo=UTC)), show_date(datetime(2020, 1, 2, tzinfo=UTC), "day")
    ('2 January 2020, 03:04 UTC', '2 January 2020')
    """
    if moment is None:
        return "date unknown"
    return moment.astimezone(UTC).strftime(_DATE_FORMATS.get(precision or "", "%-d %B %Y, %H:%M UTC"))


def join_fragments(fragments: Sequence[str]) -> Markup:
    """Return highlights, which are HTML already, as one text: one ellipsis between two of them.

    >>> join_fragments(["the <mark>sea</mark> …", "… calm"])
    Markup('the <mark>sea</mark> … calm')
    """
    joined = " ".join(fragments).replace("… …", "…")
    return Markup(joined)  # noqa: S704 - escaped before it was marked, by pipeline.search.highlight


def render(request: Request, template: str, content: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """Return the page; every template gets the path, to say where the reader is."""
    html = _environment().get_template(template).render(path=request.url.path, **content)
    return HTMLResponse(html, status)
