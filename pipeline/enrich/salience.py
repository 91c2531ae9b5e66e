"""How much an article is about an entity: mentions → 0 to 1; pure.

Frequency, first position and headline are the strongest simple signals of salience in news (Dunietz and Gillick 2014,
"A New Entity Salience Task with Millions of Training Examples").
"""

import math
from collections.abc import Sequence
from typing import Final

from pipeline.enrich.found import Found
from schemas.annotations import ZoneKind

FREQUENCY: Final = 0.5
POSITION: Final = 0.25
HEADLINE: Final = 0.25

CAPTION_ONLY: Final = 0.5
"""An entity that only a caption names stands beside the story."""

DEMONYM: Final = 0.6
"""'Russian' qualifies something else in most sentences."""


def compute_salience(mentions: Sequence[Found], most_mentions: int, text_chars: int) -> float:
    """Return the salience of the entity with these mentions.

    Args:
        mentions: its mentions in text order, at least one.
        most_mentions: how many mentions the article's most frequent entity has.
        text_chars: length of the article's text.
    """
    frequency = math.log1p(len(mentions)) / math.log1p(max(most_mentions, len(mentions)))
    position = 1 - mentions[0].start / max(text_chars, 1)
    headline = any(mention.zone is ZoneKind.TITLE for mention in mentions)
    value = FREQUENCY * frequency + POSITION * position + HEADLINE * headline
    if all(mention.zone is ZoneKind.CAPTION for mention in mentions):
        value *= CAPTION_ONLY
    if mentions[0].label == "NORP":
        value *= DEMONYM
    return round(min(max(value, 0.0), 1.0), 4)
