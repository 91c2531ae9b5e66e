"""The few forms of Markdown that our panels use → HTML. Pure. Anything that looks like HTML is shown as text."""

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

_INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|\*(?P<soft>[^*]+)\*|\[(?P<words>[^\]]+)\]\((?P<href>https?://[^)\s]+)\)"
)


def render_markdown(content: str) -> Markup:
    r"""Return headings (`###`), paragraphs, code, bold, emphasis and links to http(s) as HTML.

    >>> str(render_markdown("### A\n\nb **c** [d](http://e/)"))
    '<h2>A</h2><p>b <strong>c</strong> <a href="http://e/">d</a></p>'
    """
    return Markup("").join(_blocks(content))


def _blocks(content: str) -> Iterator[Markup]:
    for block in re.split(r"\n\s*\n", content.strip()):
        if block.startswith("### "):
            yield Markup("<h2>{}</h2>").format(_inline(block[4:]))
        else:
            yield Markup("<p>{}</p>").format(_inline(block))


def _inline(words: str) -> Markup:
    parts, at = [], 0
    for found in _INLINE.finditer(words):
        parts.append(escape(words[at : found.start()]))
        if found["code"]:
            parts.append(Markup("<code>{}</code>").format(found["code"]))
        elif found["bold"]:
            parts.append(Markup("<strong>{}</strong>").format(found["bold"]))
        elif found["soft"]:
            parts.append(Markup("<em>{}</em>").format(found["soft"]))
        else:
            parts.append(Markup('<a href="{}">{}</a>').format(found["href"], found["words"]))
        at = found.end()
    return Markup("").join([*parts, escape(words[at:])])
