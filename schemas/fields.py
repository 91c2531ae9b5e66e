"""The index fields: the one table from which mappings, documents, queries, facets and dashboards are checked.

A field name is its path in a document (`source.id`). Imports nothing of ours.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    KEYWORD = "keyword"
    DATE = "date"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    GEO_POINT = "geo_point"
    STORED = "stored"


class Owner(StrEnum):
    """Which role writes a field; a write by another role carries it over."""

    INDEX = "index"
    GROUP = "group"
    SYSTEM = "system"


class Match(StrEnum):
    """How a value typed by a person finds a keyword field. Facet filters always compare the exact value."""

    EXACT = "exact"
    """Ids and digests: every character counts."""
    FOLDED = "folded"
    """Codes: the whole value, without case and accents."""
    WORDS = "words"
    """Names: consecutive words anywhere in the value, without case and accents."""


@dataclass(frozen=True, slots=True)
class IndexField:
    """One field. `many`: a list of values. `facet`: may be counted. `sort`: may be sorted and ranged by."""

    name: str
    kind: Kind
    about: str
    many: bool = False
    owner: Owner = Owner.INDEX
    match: Match = Match.EXACT
    facet: bool = False
    sort: bool = False


def _text(name: str, about: str) -> IndexField:
    return IndexField(name, Kind.TEXT, about)


def _date(name: str, about: str, owner: Owner = Owner.INDEX) -> IndexField:
    return IndexField(name, Kind.DATE, about, owner=owner, sort=True)


def _code(name: str, about: str, *, many: bool = False, owner: Owner = Owner.INDEX) -> IndexField:
    return IndexField(name, Kind.KEYWORD, about, many=many, owner=owner, match=Match.FOLDED, facet=True)


def _name(name: str, about: str, *, many: bool = False, facet: bool = True) -> IndexField:
    return IndexField(name, Kind.KEYWORD, about, many=many, match=Match.WORDS, facet=facet)


def _id(name: str, about: str, *, many: bool = False, owner: Owner = Owner.INDEX, facet: bool = False) -> IndexField:
    return IndexField(name, Kind.KEYWORD, about, many=many, owner=owner, facet=facet)


def _number(name: str, about: str) -> IndexField:
    return IndexField(name, Kind.INTEGER, about, sort=True)


FIELDS: Final = (
    _id("article_id", "the document's id", owner=Owner.SYSTEM),
    _number("version", "version of the article: time of the fetch, milliseconds"),
    _text("title", "headline"),
    _text("summary", "standfirst or the feed's summary"),
    _text("body", "the story's own text: body, captions and corrections; an excerpt where rights allow no more"),
    _date("published_at", "when the publisher says it was published; absent when unknown"),
    _date("modified_at", "when the publisher says it was changed"),
    _date("first_seen_at", "when this program fetched it first; never changes"),
    _date("fetched_at", "when this version was fetched"),
    _date("indexed_at", "when this version was written", owner=Owner.SYSTEM),
    _code("published_precision", "second, minute, day, month, year or unknown"),
    _code("published_signal", "where the publication time was found"),
    _number("published_hour", "hour of publication, 0 to 23, UTC; where the time is exact to the minute"),
    _number("published_weekday", "weekday of publication, 1 Monday to 7 Sunday, UTC; as the hour"),
    _id("source.id", "publisher, as the registry calls it", facet=True),
    _name("source.name", "publisher's name"),
    _code("source.domain", "publisher's domain"),
    _code("source.country", "publisher's country, ISO 3166 alpha-2"),
    _code("source.language", "publisher's main language, ISO 639-1"),
    _code("source.kind", "agency, newspaper, broadcaster, …"),
    _name("source.owner", "who owns the publisher"),
    _id("origin.id", "who made the article first, as the registry calls it", facet=True),
    _name("origin.name", "who made the article first"),
    _code("origin.kind", "by which evidence the origin is known"),
    _code("channel", "how the article came in: feed, sitemap, file, warc, http"),
    _code("language", "language of the text, ISO 639-1"),
    _name("authors", "bylines", many=True),
    _name("section", "section of the publication"),
    _name("keywords", "what the text is about", many=True),
    _name("url", "address", facet=False),
    _name("canonical_url", "address that the publisher prefers", facet=False),
    _name("entities.person", "people of the story", many=True),
    _name("entities.org", "organisations of the story", many=True),
    _name("entities.place", "places of the story", many=True),
    _name("entities.event", "named events of the story", many=True),
    _name("entities.other", "other named things of the story", many=True),
    _name("entities.all", "everything named in the story", many=True),
    _id("entity_ids", "stable ids of the entities", many=True),
    _id("corrected_entity_ids", "entities as found that people have corrected since", many=True),
    _number("correction_revision", "the newest correction that speaks of the entities: time of its message, ms"),
    IndexField("as_found", Kind.STORED, "what people have corrected, as JSON of before"),
    _name("quote_speakers", "who is quoted", many=True),
    _number("quote_count", "number of quotes"),
    _name("cited_outlets", "outlets named as the source of a statement", many=True),
    IndexField("place_points", Kind.GEO_POINT, "where the places are, degrees", many=True),
    _code("place_countries", "countries that the story speaks of, ISO 3166 alpha-2", many=True),
    _id("story_id", "the story that the article belongs to", owner=Owner.GROUP, facet=True),
    _id("copy_of", "the earliest known copy", owner=Owner.GROUP),
    IndexField("is_copy", Kind.BOOLEAN, "a copy of another article", owner=Owner.GROUP, facet=True),
    _id("fingerprint_bands", "digests for finding copies", many=True),
    IndexField("fingerprint", Kind.STORED, "sketches of the text, its figures and its names", many=True),
    IndexField("terms", Kind.STORED, "what the text is about: hashed words with their weight", many=True),
    _number("word_count", "words of the body"),
    _number("lag_seconds", "from publication to fetch, where the publication time is exact to the minute"),
    _number("enrichment.version", "version of the enriching program"),
    _code("enrichment.models", "task:model of the enriching program", many=True),
    _code("enrichment.problems", "step:reason of steps that failed", many=True),
    _code("revision", "what the last change of the text was: updated, corrected or withdrawn", owner=Owner.SYSTEM),
    IndexField("withdrawn", Kind.BOOLEAN, "taken back; kept so that it is not fetched again", owner=Owner.SYSTEM),
    _code("withdrawn_by", "who took it back: publisher or operator", owner=Owner.SYSTEM),
    IndexField("stored", Kind.STORED, "the whole enriched article, with zones, mentions, quotes and times"),
)
BY_NAME: Final = {field.name: field for field in FIELDS}
INDEX_OWNED: Final = frozenset(field.name for field in FIELDS if field.owner is Owner.INDEX and field.name != "stored")
"""What an `IndexDocument` may set in its `fields`."""

TEXT_LANGUAGES: Final = {
    "ar": "Arabic",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "hu": "Hungarian",
    "it": "Italian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "ta": "Tamil",
    "tr": "Turkish",
}
"""ISO 639-1 code → Snowball stemmer that both engines have. Each text field has a sub-field per language."""
LANGUAGE_ALIASES: Final = {"nb": "no", "nn": "no"}
UNSTEMMED: Final = "other"
"""The sub-field, without stemming, of articles in any other language, or in an unknown one."""
NEUTRAL: Final = "neutral"
"""The sub-field without stemming, filled for every article: phrases, prefixes and names are found as written."""

QUERY_FIELDS: Final = {
    "source": ("source.id", "source.name", "source.domain"),
    "country": ("source.country",),
    "lang": ("language",),
    "kind": ("source.kind",),
    "person": ("entities.person",),
    "org": ("entities.org",),
    "place": ("entities.place",),
    "entity": ("entities.all",),
    "speaker": ("quote_speakers",),
    "cites": ("cited_outlets",),
    "origin": ("origin.id", "origin.name"),
    "author": ("authors",),
    "section": ("section",),
    "keyword": ("keywords",),
    "story": ("story_id",),
    "url": ("url", "canonical_url"),
}
"""Names of the query language that compare a value → the fields it is looked for in."""
QUERY_TEXT_FIELDS: Final = {"title": "title", "summary": "summary", "body": "body"}
"""Names of the query language that search one text field."""
QUERY_RANGES: Final = {
    "published": "published_at",
    "seen": "first_seen_at",
    "words": "word_count",
    "lag": "lag_seconds",
    "quotes": "quote_count",
}
"""Names of the query language that take a range, `a..b` or `>a`."""
QUERY_SPECIAL: Final = ("is", "has", "since", "until", "near")


def text_language(language: str | None) -> str | None:
    """Return the language whose sub-field takes this article's text, None when only the neutral one does.

    >>> text_language("nb"), text_language("pt-BR"), text_language("ja")
    ('no', 'pt', None)
    """
    if language is None:
        return None
    code = language.lower().partition("-")[0]
    code = LANGUAGE_ALIASES.get(code, code)
    return code if code in TEXT_LANGUAGES else None
