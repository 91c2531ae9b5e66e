"""Titles of an outlet's feeds → the outlet's name ("Sport » Harbour Post", "World » Harbour Post"). Pure."""

import re
from collections.abc import Sequence

from pipeline.sources.names import normalise_name

_BETWEEN = re.compile(r"\s+[-–—|»«:·•/>]+\s+|\s*[|»«•]\s*|:\s+")
_GENERIC = re.compile(
    r"(?i)(?:the )?(?:rss|atom|feeds?|(?:rss )?feeds?|news|latest(?: news)?|latest (?:articles|posts|stories)|home|"
    r"homepage|front page|index|top stories|all (?:news|articles|stories)|blog|posts|articles|comments|untitled)"
)


def outlet_name(titles: Sequence[str], domain: str) -> str:
    """Return the part that all titles share, else the part that the domain spells, else the shortest title.

    A part that names nothing ("RSS", "Latest news") is passed over; where nothing else is left, the domain is the name.

    >>> outlet_name(["Sport | Harbour Post", "Harbour Post"], "hpost.example")
    'Harbour Post'
    >>> outlet_name(["World news - Harbour Post"], "harbourpost.example"), outlet_name(["RSS"], "dorfbote.example")
    ('Harbour Post', 'dorfbote.example')
    """
    parts = [[part.strip() for part in _BETWEEN.split(title) if part and part.strip()] for title in titles]
    kept = [[part for part in each if not _GENERIC.fullmatch(part)] for each in parts]
    kept = [each for each in kept if each]
    if not kept:
        return domain
    shared = set.intersection(*({normalise_name(part) for part in each} for each in kept))
    label = _squeeze(domain.partition(".")[0])
    for part in kept[0]:
        if len(kept) > 1 and normalise_name(part) in shared:
            return part
    for each in kept:
        for part in each:
            squeezed = _squeeze(part)
            if len(squeezed) > 2 and (squeezed in label or label in squeezed):
                return part
    return min((" - ".join(each) for each in kept), key=len)


def _squeeze(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
