"""The opinion of trafilatura on what the body of a page is; the only module that imports it.

HTML tree → lines of body text. https://trafilatura.readthedocs.io; no network, no state between calls.
"""

import logging
from typing import Final, Literal

import trafilatura
from lxml.html import HtmlElement

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it warns of every page that it gives up on

Mode = Literal["fast", "default", "precision"]
MODES: Final[tuple[Mode, ...]] = ("fast", "default", "precision")


def find_body_lines(tree: HtmlElement) -> list[str]:
    """Return the lines that trafilatura takes for the body, in order; empty when it finds none or gives up.

    The tree (lxml.html) is copied, not changed. Fast mode: the comparison with two other extractors costs a third more
    and gains nothing, because `body.py` repairs the gaps.
    """
    try:
        found = trafilatura.bare_extraction(tree, fast=True, include_comments=False)
    except Exception:  # noqa: BLE001 - hostile markup must cost us its opinion only, whatever it raises
        return []
    text = getattr(found, "text", None)
    return [line for line in text.split("\n") if line.strip()] if text else []


def baseline_text(html: str, mode: Mode) -> str:
    """Return what trafilatura alone makes of a page in one of `MODES`: the figure that ours is compared with."""
    found = trafilatura.extract(html, include_comments=False, fast=mode == "fast", favor_precision=mode == "precision")
    return found or ""


def baseline_title(html: str) -> str:
    """Return the headline that trafilatura alone finds; empty when it finds none."""
    found = trafilatura.extract_metadata(html)
    return str(getattr(found, "title", None) or "")
