"""What the record around a content says: the feed entry or file line, beside page and text alike.

RawArticle (and a page's claims) → time claims, summary, hints at who made the article first. Pure.
"""

import html
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from pipeline.extract.agencies import is_agency
from pipeline.extract.characters import clean_line, letters_of
from pipeline.extract.claims import Claims
from pipeline.extract.dates import TimeClaim
from pipeline.extract.extracted import SourceHint
from pipeline.extract.moments import parse_moment
from pipeline.sources.urls import domain_of
from schemas.annotations import TimeSignal
from schemas.article import RawArticle

MIN_SERVER_AGE: Final = timedelta(days=1)
"""A server that builds its pages on request answers with the time of the request."""
MAX_SUMMARY_CHARS: Final = 1000
MAX_RAW_SUMMARY_CHARS: Final = 20_000
_TAG: Final = re.compile(r"<[^<>]{0,2000}>")
_DAY_FIRST_ENGLISH: Final = frozenset(["gb", "uk", "au", "nz", "ie", "in", "za", "sg", "hk", "ng", "ke", "pk"])


def published_claims(raw: RawArticle) -> list[TimeClaim]:
    """Return what feed entry or file line say of the publication: a feed's word is the strongest signal."""
    return _claims(raw, raw.feed_entry.published)


def modified_claims(raw: RawArticle) -> list[TimeClaim]:
    """Return what feed entry, file line and server say of the last change."""
    claims = _claims(raw, raw.feed_entry.updated)
    written = parse_moment(raw.http.last_modified or "")
    if written and raw.fetched_at - written.at >= MIN_SERVER_AGE:
        claims.append(TimeClaim(TimeSignal.HTTP, raw.http.last_modified or ""))
    return claims


def _claims(raw: RawArticle, value: str | None) -> list[TimeClaim]:
    signal = TimeSignal.RECORD if raw.channel == "file" else TimeSignal.FEED
    return [TimeClaim(signal, value)] if value and value.strip() else []


def is_month_first(language: str | None) -> bool:
    """Whether 03/04/2026 means March 4 in texts of this language: in English but where it is known to be British.

    >>> is_month_first("en-US"), is_month_first("en-GB"), is_month_first("de")
    (True, False, False)
    """
    code, _, region = (language or "").lower().replace("_", "-").partition("-")
    return code == "en" and region not in _DAY_FIRST_ENGLISH


def clean_summary(summary: str | None) -> str:
    """Return a feed's summary as plain text, cut at a word; feeds put markup into it.

    >>> clean_summary("<p>Ferry <b>late</b> &amp; full</p>")
    'Ferry late & full'
    """
    text = (summary or "")[:MAX_RAW_SUMMARY_CHARS]
    text = clean_line(html.unescape(_TAG.sub(" ", html.unescape(text) if "&lt;" in text else text)))
    if len(text) <= MAX_SUMMARY_CHARS:
        return text
    return text[:MAX_SUMMARY_CHARS].rpartition(" ")[0] + " …"


def source_hints(
    raw: RawArticle, claims: Sequence[Claims], canonical: str | None, author_names: Sequence[str]
) -> Iterator[SourceHint]:
    """Yield what names another maker than the publisher, strongest kind first, each once."""
    own_names, own_domains = _own(raw, claims)
    seen: set[tuple[str, str]] = set()
    for kind, value in _named(raw, claims, canonical, author_names):
        domain = domain_of(value)
        is_own = domain in own_domains if domain else letters_of(value) in own_names
        key = (kind, value.casefold())
        if value and not is_own and key not in seen:
            seen.add(key)
            yield SourceHint(kind, value)


def _named(
    raw: RawArticle, claims: Sequence[Claims], canonical: str | None, author_names: Sequence[str]
) -> Iterator[tuple[str, str]]:
    if canonical and raw.url and domain_of(canonical):
        yield "canonical-link", canonical
    for claim in claims:
        for kind, value in claim.sources:
            if kind == "json-ld-publisher":
                if is_agency(value):
                    yield "json-ld-source", value
            else:
                yield kind, value
    for name in author_names:
        yield "author", name
    if raw.feed_entry.source:
        yield "feed-source", clean_line(raw.feed_entry.source)


def _own(raw: RawArticle, claims: Sequence[Claims]) -> tuple[set[str], set[str | None]]:
    names = {letters_of(name) for name in (raw.source.name, *(claim.site_name for claim in claims)) if name}
    names = {name for name in names if not is_agency(name)}
    domains = {domain_of(raw.url), domain_of(raw.http.final_url), domain_of(f"http://{raw.source.domain}")}
    return names, domains
