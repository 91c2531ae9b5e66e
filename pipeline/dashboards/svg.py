"""The few shapes that drawings are made of, as SVG text; every text is escaped here. Pure. Sizes in pixels."""

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup

COLOURS: Final = (
    *("#4477aa", "#ee8866", "#44aa77", "#aa4466", "#ccaa33", "#66b5d8", "#8866aa", "#997755", "#5f9e8f", "#d4699e"),
)
"""For up to ten values; told apart by the colour-blind too, and each is named in a legend or label."""
CHAR_WIDTH: Final = 6.4
"""Mean width of a character at 12 pixels; texts are cut by it, since nothing is measured here."""


def cut(text: str, width: float) -> str:
    """Return a text that fits into a width, shortened with an ellipsis.

    >>> cut("European Commission", 64)
    'European …'
    """
    room = max(2, int(width / CHAR_WIDTH))
    return text if len(text) <= room else text[: room - 1].rstrip() + " …"[-1 if text[room - 2] != " " else 0 :]


def rect(x: float, y: float, width: float, height: float, colour: str, title: str, opacity: float = 1) -> Markup:
    """Return a bar or a cell with what it says when pointed at."""
    shade = Markup("") if opacity == 1 else Markup(' fill-opacity="{}"').format(round(opacity, 3))
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"{}><title>{}</title></rect>').format(
        *(round(each, 1) for each in (x, y, max(width, 0), max(height, 0))), colour, shade, title
    )


def text(x: float, y: float, content: str, anchor: str = "start", kind: str = "") -> Markup:
    """Return a line of text; `anchor` is start, middle or end."""
    name = Markup(' class="{}"').format(kind) if kind else Markup("")
    return Markup('<text x="{}" y="{}" text-anchor="{}"{}>{}</text>').format(
        round(x, 1), round(y, 1), anchor, name, content
    )


def line(x1: float, y1: float, x2: float, y2: float) -> Markup:
    """Return a grid line."""
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}"/>').format(*(round(each, 1) for each in (x1, y1, x2, y2)))


def shape(path: str, colour: str, title: str, *, filled: bool = True) -> Markup:
    """Return an area or a line along a path."""
    paint = Markup('fill="{}"') if filled else Markup('fill="none" stroke-width="2" stroke-linecap="round" stroke="{}"')
    return Markup('<path d="{}" {}><title>{}</title></path>').format(path, paint.format(colour), title)


def picture(width: float, height: float, parts: Iterable[Markup]) -> Markup:
    """Return the whole drawing; what it says stands in the numbers beside it, so it is hidden from screen readers."""
    return Markup('<svg width="{0}" height="{1}" viewBox="0 0 {0} {1}" aria-hidden="true">{2}</svg>').format(
        round(width), round(height), Markup("").join(parts)
    )


def legend(entries: Iterable[tuple[str, str]], kind: str = "below") -> Markup:
    """Return what colours stand for: (colour, name)."""
    items = (Markup('<li><span style="background:{}"></span>{}</li>').format(*entry) for entry in entries)
    return Markup('<ul class="legend {}">{}</ul>').format(kind, Markup("").join(items))


def nice_ceiling(value: float) -> float:
    """Return the next round number at which an axis can end, and half of which is round too.

    >>> nice_ceiling(37), nice_ceiling(0), nice_ceiling(1200)
    (40.0, 2.0, 2000.0)
    """
    if value <= 1:
        return 2.0 if value <= 0 or value == 1 else value
    unit = 10 ** (len(str(int(value))) - 1)
    return next(float(step * unit) for step in (2, 4, 6, 8, 10) if step * unit >= value)


def slanted(x: float, y: float, content: str) -> Markup:
    """Return a line of text that ends at a point and rises to it."""
    return Markup('<text x="{0}" y="{1}" text-anchor="end" transform="rotate(-38 {0} {1})">{2}</text>').format(
        round(x, 1), round(y, 1), content
    )
