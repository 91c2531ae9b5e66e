"""Name of a place → where it is, for `near:`; known are the places that articles of the index speak of.

Asks the index for articles on the place, and takes the coordinates that enrichment wrote down. Imports the protocol.
"""

from collections.abc import Callable
from datetime import datetime

from pipeline.index.base import ArticleIndex
from schemas.article import EnrichedArticle
from schemas.codec import decode
from schemas.errors import Rejected
from schemas.query import FieldTerm, SearchQuery, Sort

LOOKED_AT = 5
"""Articles read for one name: enrichment may have failed to place it in the first."""


def locate_in(index: ArticleIndex, now: datetime) -> Callable[[str], tuple[float, float] | None]:
    """Return a function that gives latitude and longitude, degrees, of a place, or None.

    The most frequently mentioned place of that name in the newest article decides between namesakes.
    """

    def locate(name: str) -> tuple[float, float] | None:
        wanted = name.casefold()
        found = index.search(
            SearchQuery(
                now=now,
                expression=FieldTerm("place", ("entities.place",), name),
                sort=Sort.NEWEST,
                limit=LOOKED_AT,
                highlight=False,
            )
        )
        for hit in found.hits:
            stored = index.get(hit.article_id)
            points = [] if stored is None else _points(stored.stored, wanted)
            if points:
                return points[0]
        return None

    return locate


def _points(stored: str, wanted: str) -> list[tuple[float, float]]:
    try:
        places = decode(EnrichedArticle, stored.encode()).places
    except Rejected:
        return []
    named = sorted(
        (place for place in places if place.name.casefold() == wanted), key=lambda place: -len(place.mentions)
    )
    return [(place.lat, place.lon) for place in named if place.lat is not None and place.lon is not None]
