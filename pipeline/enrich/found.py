"""A name found in an article's text, before it belongs to an entity; and the labels that make entities. Pure."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from pipeline.enrich.paragraphs import Paragraph
from pipeline.enrich.recognizer import Mentions
from schemas.annotations import ZoneKind

EVENT: Final = "EVENT"
PERSON: Final = "PERSON"
ORG: Final = "ORG"
NUMBERS: Final = frozenset({"CARDINAL", "ORDINAL", "QUANTITY"})

LABEL_GROUPS: Final = {
    "PERSON": "person",
    "ORG": "org",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "NORP": "people",
    "EVENT": "event",
    "PRODUCT": "product",
    "WORK_OF_ART": "work",
    "LAW": "law",
}
"""OntoNotes labels that make entities → first part of the entity's id. Times, amounts and languages make none."""

_OTHER_SCHEMES: Final = {"PER": "PERSON", "MISC": "EVENT", "FACILITY": "FAC"}
"""Labels of pipelines trained on other corpora (WikiNER: PER, LOC, ORG, MISC) in the terms used here."""


# Storms bear people's names; weather services write them so (WMO naming lists).
STORM: Final = re.compile(
    r"(?:(?:Tropical |Winter )?Storm|Hurricane|Typhoon|Cyclone|Sturm(?:tief)?|Orkan|Tempête|Ouragan|Borrasca|Huracán)"
    r" (\w+)"
)


class Found(NamedTuple):
    """A name; half-open code points of the article's text. `paragraph` is the number of the paragraph around it."""

    start: int
    end: int
    label: str
    zone: ZoneKind
    paragraph: int


def place_mentions(paragraphs: Sequence[Paragraph], recognised: Sequence[Mentions]) -> list[Found]:
    """Return the mentions of all paragraphs, in text order, with offsets into the article's text."""
    return [
        Found(
            paragraph.start + mention.start,
            paragraph.start + mention.end,
            _OTHER_SCHEMES.get(mention.label, mention.label),
            paragraph.zone,
            number,
        )
        for number, (paragraph, mentions) in enumerate(zip(paragraphs, recognised, strict=True))
        for mention in mentions
        if mention.end <= paragraph.end - paragraph.start
    ]
