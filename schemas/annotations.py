"""What enrichment says about a text: zones, times, entities, quotes, citations, places, origin.

Offsets are half-open, in Unicode code points of the article's `text`. Every statement about the text carries its span,
so that a reader can check it. Imports only the record base.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.base import Record, UtcDatetime

Offset = Annotated[int, Field(ge=0)]
Score = Annotated[float, Field(ge=0.0, le=1.0)]


class ZoneKind(StrEnum):
    """What a stretch of text is in the article; only `title` and `body` tell the story itself."""

    TITLE = "title"
    BODY = "body"
    PROMO = "promo"
    CAPTION = "caption"
    CREDIT = "credit"
    BYLINE = "byline"
    DATELINE = "dateline"
    REPRINT_NOTICE = "reprint-notice"
    CORRECTION = "correction"
    RELATED = "related"
    COPYRIGHT = "copyright"


STORY_ZONES = frozenset({ZoneKind.TITLE, ZoneKind.BODY, ZoneKind.CAPTION, ZoneKind.CORRECTION})
"""Zones whose entities belong to the story. A caption speaks of the story; a credit, promo or notice does not."""


class Span(Record):
    """A stretch of text, half-open, in code points."""

    start: Offset
    end: Offset


class Zone(Span):
    """A labelled stretch of text, and the rule that labelled it. Zones never overlap and stand in text order."""

    kind: ZoneKind
    rule: str


class Precision(StrEnum):
    """How exact a time is."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


class TimeSignal(StrEnum):
    """Where a publication time was found, strongest first."""

    FEED = "feed"
    JSON_LD = "json-ld"
    META = "meta"
    RECORD = "record"
    VISIBLE = "visible-text"
    DATELINE = "dateline"
    URL = "url"
    HTTP = "http-header"
    INFERRED = "inferred"
    NONE = "none"


class TimeConflict(Record):
    """Another signal's claim that differs from the one chosen."""

    signal: TimeSignal
    raw: str
    at: UtcDatetime | None = None


class ArticleTime(Record):
    """A publication or modification time with its evidence. `at` None means unknown: never invented, never today.

    `problems` holds kebab-case flags: `in-future`, `before-1990`, `zone-assumed`.
    """

    at: UtcDatetime | None = None
    zone_known: bool = False
    precision: Precision = Precision.UNKNOWN
    signal: TimeSignal = TimeSignal.NONE
    raw: str = ""
    conflicts: tuple[TimeConflict, ...] = ()
    problems: tuple[str, ...] = ()


class OriginKind(StrEnum):
    """How an article says that somebody else made it, strongest first."""

    REPRINT_NOTICE = "reprint-notice"
    CANONICAL_LINK = "canonical-link"
    SIGN_OFF = "agency-sign-off"
    DATELINE = "agency-dateline"
    BYLINE = "agency-byline"
    CREDIT = "credit-line"
    FEED_SOURCE = "feed-source"


class Origin(Record):
    """Who made the article first, with the evidence. `span` is None when the evidence is not in the text."""

    name: str
    source_id: str | None = None
    kind: OriginKind
    span: Span | None = None
    rule: str
    confidence: Score
    rights: str | None = None


class Mention(Span):
    """One place where an entity is named. `text` is as written; `zone` is the zone around it."""

    text: str
    zone: ZoneKind


class Entity(Record):
    """A person, organisation, place … of the story, each once, with all its mentions in text order.

    `label` is the spaCy OntoNotes label (PERSON, ORG, GPE, LOC, FAC, NORP, EVENT, …); `salience` 0 to 1.
    """

    id: str
    name: str
    label: str
    salience: Score
    mentions: tuple[Mention, ...]


class QuoteKind(StrEnum):
    """How speech is reported."""

    DIRECT = "direct"
    MIXED = "mixed"
    INDIRECT = "indirect"


class Quote(Span):
    """Reported speech. The source span is as written ("he"); `speaker` is the entity id it resolves to, or None."""

    text: str
    source_start: Offset | None = None
    source_end: Offset | None = None
    speaker: str | None = None
    cue: str | None = None
    kind: QuoteKind


class ChainLink(Span):
    """Somebody through whom a cited statement came, as written; `speaker` is the entity id, or None."""

    text: str
    speaker: str | None = None


class Citation(Record):
    """An outlet named as the source of a statement.

    `span` covers the name and the phrase that makes it a source. `chain` goes on from the outlet: whom it quotes, and
    to whom that one attributes what is said.
    """

    outlet: str
    source_id: str | None = None
    span: Span
    chain: tuple[ChainLink, ...] = ()


class TimeExpression(Span):
    """A time named in the text.

    `value` is ISO 8601, extended as in ISO-TimeML (`2010-W04-WE`, `2008-SP`, `2018-11-05TMO`, `P6Y`, `PAST_REF`); None
    when the text does not say enough. `anchor` is the date that it was told from, as exactly as that is known, with
    the signal that gave it; None when the value needs none. `certain` is False when the anchor was only inferred.
    """

    text: str
    value: str | None = None
    anchor: str | None = None
    anchor_signal: str | None = None
    certain: bool = False


class Place(Record):
    """A place the story speaks of. Coordinates in degrees; `country` ISO 3166 alpha-2."""

    name: str
    country: str | None = None
    lat: float | None = None
    lon: float | None = None
    mentions: tuple[Span, ...] = ()


class Image(Record):
    """A picture of the article."""

    url: str | None = None
    caption: str | None = None
    credit: str | None = None
