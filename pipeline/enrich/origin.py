"""Origin: who made an article first, when that is not who publishes it (ENRICHMENT.md section 3).

`ExtractedArticle`, registry and publisher → `Origin` with its evidence, or None. Pure; imports no client and no clock.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pipeline.enrich.origin_agency import Signed, find_byline, find_credit, find_dateline, find_sign_off
from pipeline.enrich.origin_lines import Layout, Line, read_layout
from pipeline.enrich.origin_names import read_name
from pipeline.enrich.origin_rules import NOTICE_MAX_CHARS, NOTICE_RULES, RIGHTS, TRIGGERS
from pipeline.extract.extracted import ExtractedArticle
from pipeline.sources.names import normalise_name
from pipeline.sources.registry import SourceRegistry
from pipeline.sources.urls import domain_of
from schemas.annotations import Origin, OriginKind, Span, ZoneKind
from schemas.source import Source

_SENTENCE_BREAK = re.compile(r"(?<=[.!?])[\"”’)]?\s+(?=[A-ZÀ-Ž“\"(©])")
_NOT_LETTERS = re.compile(r"[\W_]+")
_HINT_KINDS: Final = {
    "json-ld-source": (OriginKind.CREDIT, 0.8),
    "meta-source": (OriginKind.CREDIT, 0.75),
    "feed-source": (OriginKind.FEED_SOURCE, 0.7),
}


@dataclass(frozen=True, slots=True)
class _Publisher:
    """Everything by which the publisher may be named: its own name is no origin."""

    source: Source | None
    domain: str | None
    names: frozenset[str]

    @property
    def known(self) -> bool:
        return self.source is not None or self.domain is not None or bool(self.names)

    def owns(self, name: str, source: Source | None) -> bool:
        if self.source is not None and source is not None:
            return source.id == self.source.id
        # "TIME's Space newsletter" belongs to TIME.
        owner = re.split(r"['’]s\b", name, maxsplit=1)[0]
        if normalise_name(name) in self.names or (source is None and normalise_name(owner) in self.names):
            return True
        label = (self.domain or "").split(".")[0].replace("-", "")
        return bool(label) and _NOT_LETTERS.sub("", normalise_name(name)) == label


@dataclass(frozen=True, slots=True)
class _Case:
    """What every finder looks at."""

    extracted: ExtractedArticle
    layout: Layout
    registry: SourceRegistry
    own: _Publisher


def find_origin(
    extracted: ExtractedArticle,
    registry: SourceRegistry,
    publisher: Source | None,
    domain: str | None = None,
    name: str | None = None,
) -> Origin | None:
    """Return who made the article, if it says that somebody else than the publisher did.

    The strongest kind of evidence wins (order of `OriginKind`), within a kind the strongest rule, then the first in
    the text. The span covers the statement, not only the name. A name that is merely mentioned is no evidence.

    Args:
        extracted: needs `text`, `zones`, `title`, `source_hints`, `authors`, `site_name`.
        registry: resolves names.
        publisher: the registry's source for the article, if known.
        domain: registered domain where the article was published; for publishers that the registry does not know.
        name: the publisher's name as the producer or feed gives it; likewise.
    """
    own = _read_publisher(extracted, publisher, domain, name)
    case = _Case(extracted, read_layout(extracted), registry, own)
    for finder in (_notices, _canonical, _sign_offs, _datelines, _bylines, _credits):
        for origin in finder(case):
            source = registry.get(origin.source_id) if origin.source_id else None
            if not own.owns(origin.name, source):
                return origin
    return None


def _read_publisher(
    extracted: ExtractedArticle, publisher: Source | None, domain: str | None, name: str | None
) -> _Publisher:
    names = [extracted.site_name, name]
    if publisher is not None:
        names += [publisher.name, publisher.owner, *publisher.aliases]
    return _Publisher(publisher, domain, frozenset(normalise_name(one) for one in names if one))


def _notices(case: _Case) -> Iterator[Origin]:
    lines = [line for line in case.layout.notices if _may_be_notice(line.text)]
    for rule in NOTICE_RULES:
        for line in lines:
            match = rule.pattern.search(line.text)
            found = read_name(line.text, match.end(), case.registry, rule.language) if match else None
            if match is None or found is None or (rule.known_only and found.source is None):
                continue
            if rule.id == "xx-copyright" and not case.own.known and found.source and found.source.kind != "agency":
                continue  # nobody knows whose page it is: the copyright line may just be the publisher's own
            start, end = _sentence(line.text, match.start(), found.end)
            yield Origin(
                name=found.name,
                source_id=found.source.id if found.source else None,
                kind=OriginKind.REPRINT_NOTICE,
                span=Span(start=line.start + start, end=line.start + end),
                rule=rule.id,
                confidence=rule.confidence if found.source else round(rule.confidence - 0.15, 2),
                rights=_rights(line.text),
            )


def _may_be_notice(text: str) -> bool:
    if len(text) > NOTICE_MAX_CHARS:
        return False
    lowered = text.lower()
    return any(trigger in lowered for trigger in TRIGGERS)


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a match to the sentence around it."""
    begin = 0
    for gap in _SENTENCE_BREAK.finditer(text):
        if gap.end() <= start:
            begin = gap.end()
        elif gap.start() >= end:
            return begin, gap.start()
    return begin, len(text)


def _rights(text: str) -> str | None:
    for pattern in RIGHTS:
        found = pattern.search(text)
        if found:
            return found[0]
    return None


def _canonical(case: _Case) -> Iterator[Origin]:
    if case.own.source is None and case.own.domain is None:
        return  # without knowing where the article stood, a canonical link cannot point elsewhere
    for hint in case.extracted.source_hints:
        target = domain_of(hint.value) if hint.kind == "canonical-link" else None
        if target is None or target == case.own.domain:
            continue
        source = case.registry.publisher(domain=target)
        # The same outlet under another ending (harbour-post.example, harbour-post.test) is no other outlet.
        if source is None and case.own.domain and target.split(".")[0] == case.own.domain.split(".")[0]:
            continue
        yield Origin(
            name=source.name if source else target,
            source_id=source.id if source else None,
            kind=OriginKind.CANONICAL_LINK,
            rule="canonical-link",
            confidence=0.9 if source else 0.75,
        )


def _from_line(kind: OriginKind, line: Line, signed: Signed) -> Origin:
    return Origin(
        name=signed.source.name,
        source_id=signed.source.id,
        kind=kind,
        span=Span(start=line.start + signed.start, end=line.start + signed.end),
        rule=signed.rule,
        confidence=round(signed.confidence, 2),
    )


def _sign_offs(case: _Case) -> Iterator[Origin]:
    for line in case.layout.closing:
        signed = find_sign_off(line.text, case.registry) if line.signs else None
        if signed is not None:
            yield _from_line(OriginKind.SIGN_OFF, line, signed)


def _datelines(case: _Case) -> Iterator[Origin]:
    for line in case.layout.opening:
        signed = find_dateline(line.text, case.registry)
        if signed is not None:
            yield _from_line(OriginKind.DATELINE, line, signed)


def _bylines(case: _Case) -> Iterator[Origin]:
    for line in case.layout.bylines:
        signed = find_byline(line.text, case.registry, labelled=line.zone is ZoneKind.BYLINE)
        if signed is not None:
            yield _from_line(OriginKind.BYLINE, line, signed)
    written = [hint.value for hint in case.extracted.source_hints if hint.kind == "author"]
    for value in (*written, *case.extracted.authors):
        signed = find_byline(value[:300], case.registry, labelled=True)
        if signed is not None:
            yield _from_line(OriginKind.BYLINE, Line(0, value, ZoneKind.BYLINE), signed).model_copy(
                update={"span": None}
            )


def _credits(case: _Case) -> Iterator[Origin]:
    for line in case.layout.closing:
        signed = find_credit(line.text, case.registry)
        if signed is not None:
            yield _from_line(OriginKind.CREDIT, line, signed)
    for hint in case.extracted.source_hints:
        if hint.kind not in _HINT_KINDS:
            continue
        kind, confidence = _HINT_KINDS[hint.kind]
        source = case.registry.publisher(url=hint.value) or case.registry.publisher(name=hint.value)
        if source is not None:
            yield Origin(name=source.name, source_id=source.id, kind=kind, rule=hint.kind, confidence=confidence)
