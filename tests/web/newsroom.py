"""A small newsroom for tests of the site, written for this project: a storm, copies, a rising name, hostile text."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipeline.alerts.ids import alert_id, search_id
from pipeline.alerts.store import AlertStore
from pipeline.clock import ManualClock
from pipeline.connections import samples_of
from pipeline.index.base import StoryFields
from pipeline.index.document import build_document
from pipeline.index.tantivy import TantivyIndex
from pipeline.log.sqlite import SqliteLog
from pipeline.settings import Settings
from pipeline.sources.registry import SourceRegistry
from pipeline.web.site import Site
from schemas.alert import Alert, AlertArticle, AlertKind, Delivery, FileSink
from schemas.annotations import (
    Entity,
    Image,
    Mention,
    Origin,
    OriginKind,
    Place,
    Quote,
    QuoteKind,
    Span,
    Zone,
    ZoneKind,
)
from schemas.article import EnrichedArticle, SourceFacts
from schemas.topics import TOPICS
from tests.index.making import NOW, article_id, days_ago, make_article

INGEST_TOKEN = "a-token-for-the-tests"  # noqa: S105 - of a server that lives for one test
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
BEACON = SourceFacts(
    id="associated-press", name="The Prairie Beacon", domain="beacon.example", country="US", kind="newspaper"
)
BOTE = SourceFacts(id="elbe", name="Elbe-Bote", domain="elbe.example", country="DE", language="de", kind="newspaper")
LINES = (
    (ZoneKind.TITLE, "Storm Odette cuts power in Rivermouth"),
    (ZoneKind.BYLINE, "By Tom Okafor"),
    (ZoneKind.DATELINE, "RIVERMOUTH (AP) —"),
    (ZoneKind.BODY, "Storm Odette tore across Rivermouth overnight. “We stayed in,” said Ida Lund, the mayor."),
    (ZoneKind.BODY, "Ferries were cancelled until Thursday. Nobody was hurt."),
    (ZoneKind.REPRINT_NOTICE, "This article was first published by The Associated Press."),
)


def lines(*parts: tuple[ZoneKind, str]) -> tuple[str, tuple[Zone, ...]]:
    """Return the text of the parts, one a line, and their zones."""
    text, zones = "", []
    for kind, part in parts:
        zones.append(Zone(start=len(text), end=len(text) + len(part), kind=kind, rule="written"))
        text += part + "\n"
    return text, tuple(zones)


def named(text: str, name: str, label: str, salience: float = 0.8) -> Entity:
    """Return the entity with a mention wherever its name stands in the text."""
    starts = [at for at in range(len(text)) if text.startswith(name, at)]
    mentions = tuple(Mention(start=at, end=at + len(name), text=name, zone=ZoneKind.BODY) for at in starts)
    kind = {"PERSON": "person", "GPE": "place"}.get(label, "org")
    return Entity(
        id=f"{kind}:{name.lower().replace(' ', '-')}", name=name, label=label, salience=salience, mentions=mentions
    )


def storm(name: str, title: str, parts: Sequence[tuple[ZoneKind, str]], hours: float, **other: Any) -> EnrichedArticle:  # noqa: ANN401
    """Return an article of the storm with its names and its quote."""
    text, zones = lines(*parts)
    start = text.find("“We stayed in,”")
    quotes = (
        (Quote(start=start, end=start + 15, text="We stayed in,", speaker="person:ida-lund", kind=QuoteKind.DIRECT),)
        if start >= 0
        else ()
    )
    at = text.find("RIVERMOUTH (AP) —")
    origin = Origin(
        name="The Associated Press",
        source_id="associated-press",
        kind=OriginKind.DATELINE,
        span=Span(start=at, end=at + 17) if at >= 0 else None,
        rule="dateline",
        confidence=0.9,
    )
    return make_article(
        name,
        title,
        text,
        published=days_ago(2) + timedelta(hours=hours),
        zones=zones,
        entities=[named(text, "Ida Lund", "PERSON"), named(text, "Rivermouth", "GPE", 0.6)],
        quotes=quotes,
        url=f"https://{name}.example/storm",
        summary="Ferries were cancelled.",
        authors=("Tom Okafor",),
        places=[Place(name="Rivermouth", country="GB", lat=50.1, lon=-4.2)],
        **other,
    ).model_copy(update={"origin": origin})


def hostile() -> EnrichedArticle:
    """Return an article that tries to break out wherever it can."""
    text = f"{HOSTILE}\n{HOSTILE} body\n"
    entity = Entity(
        id=HOSTILE,
        name=HOSTILE,
        label="PERSON",
        salience=1.0,
        mentions=(Mention(start=0, end=len(HOSTILE), text=HOSTILE, zone=ZoneKind.BODY),),
    )
    return make_article(
        "hostile",
        HOSTILE,
        text,
        published=days_ago(1),
        language='en" onload="alert(1)',
        source=SourceFacts(id=HOSTILE, name=HOSTILE, domain=HOSTILE, country=HOSTILE, kind=HOSTILE, owner=HOSTILE),
        entities=[entity],
        zones=(Zone(start=0, end=len(HOSTILE), kind=ZoneKind.PROMO, rule=HOSTILE),),
        quotes=(Quote(start=0, end=9, text=HOSTILE, speaker=HOSTILE, kind=QuoteKind.DIRECT),),
        url="javascript:alert(document.domain)",
        canonical_url="data:text/html,<script>alert(1)</script>",
        summary="=cmd|' /C calc'!A0",
        authors=(f"@{HOSTILE}",),
        section=HOSTILE,
        keywords=(HOSTILE,),
        rights=HOSTILE,
        received_from=HOSTILE,
        images=(Image(url="javascript:alert(1)", caption=HOSTILE, credit=HOSTILE),),
    ).model_copy(
        update={
            "origin": Origin(
                name=HOSTILE,
                kind=OriginKind.CREDIT,
                span=Span(start=0, end=9),
                rule=HOSTILE,
                confidence=1,
                rights=HOSTILE,
            )
        }
    )


def articles() -> list[EnrichedArticle]:
    """Return everything that the newsroom holds."""
    german, zones = lines((ZoneKind.BODY, "Der Sturm Odette zog über die Nordsee. Ida Lund dankte den Helfern."))
    quiet = [
        make_article(
            f"quiet {n}", f"Council meets for the {n}th time", "Nothing was decided.", published=days_ago(9 + n)
        )
        for n in range(20)
    ]
    return [
        storm("a", "Storm Odette cuts power in Rivermouth", LINES, 0, source=BEACON),
        storm("b", "Odette leaves Rivermouth dark", LINES[:-2], 2),
        storm("c", "Rivermouth: ferries cancelled", (*LINES[:-1], (ZoneKind.BODY, "Ours alone.")), 30),
        make_article(
            "d",
            "Sturm Odette erreicht die Küste",
            german,
            zones=zones,
            language="de",
            source=BOTE,
            published=days_ago(1),
            entities=[named(german, "Ida Lund", "PERSON")],
        ),
        make_article(
            "e", "Mayor opens bridge", "Ida Lund cut a ribbon.", published=days_ago(3),
            entities=[named("Ida Lund cut a ribbon.", "Ida Lund", "PERSON")],
        ),
        make_article("undated", "A note without a date", "Nobody knows when this was written."),
        hostile(),
        *quiet,
    ]  # fmt: skip


def open_site(folder: Path) -> Site:
    """Return a site over the newsroom in a new folder; close its index and log afterwards."""
    clock = ManualClock(NOW)
    index = TantivyIndex(folder / "index", clock, background=False)
    index.install()
    held = articles()
    index.write([build_document(make_article("quiet 1", HOSTILE, f"Everything was decided. {HOSTILE}", version=0))])
    index.write([build_document(article) for article in held])
    story = article_id("a")
    index.write_stories(
        [StoryFields(article_id(name), 1, story, story if name != "a" else None, name != "a") for name in "abc"]
        + [StoryFields(each.article_id, 1, each.article_id, None, False) for each in held[3:]]
    )
    index.refresh()
    _save_searches(AlertStore(index.records))
    log = SqliteLog(folder / "log.db", clock)
    log.create_topics(TOPICS)
    settings = Settings(data_dir=folder, ingest_token=INGEST_TOKEN, web_requests_per_minute=0, ingest_backlog=5)
    return Site(settings, clock, index, SourceRegistry.load(), lambda: log, lambda: samples_of(settings))


def _save_searches(store: AlertStore) -> None:
    """Save two searches, the second as hostile as can be, each with an alert."""
    for name, query, sinks in (("Storms", "odette", ()), (HOSTILE[:100], HOSTILE, (FileSink(),))):
        saved = store.add(name, NOW, query=query, filters={"language": ("en", HOSTILE)}, sinks=sinks)
        article = AlertArticle(article_id=article_id("a"), version=1, story_id=article_id("a"), title=query, url=query)
        alert = Alert(
            alert_id=alert_id(saved.search_id, AlertKind.STORY, article_id("a")),
            search_id=saved.search_id,
            search_name=saved.name,
            kind=AlertKind.STORY,
            subject=article_id("a"),
            raised_at=NOW,
            title=query,
            text=query,
            article=article,
            deliveries=tuple(Delivery(sink=sink, due_at=NOW, attempts=1, error=HOSTILE) for sink in sinks),
        )
        store.raise_alerts([alert])


def all_pages() -> list[str]:
    """Return the address of every page, among them those of hostile text, present and earlier."""
    from pipeline.web.links import article_link, entity_link, source_link, story_link

    return [
        "/",
        "/?q=odette&lang=en&since=2024-01-01&sort=newest",
        "/?q=zzzz",
        f"/?q=script&person={'x' * 100}",
        article_link(article_id("a")),
        article_link(article_id("hostile")),
        article_link(article_id("quiet 1")),
        story_link(article_id("a")),
        story_link(article_id("hostile")),
        entity_link("person", "Ida Lund"),
        entity_link("person", HOSTILE),
        entity_link("all", "Nobody At All"),
        "/sources",
        source_link("associated-press"),
        source_link(HOSTILE),
        "/trends",
        "/trends?window=24h",
        f"/trends?window=24h&until={days_ago(6).date()}",
        "/alerts",
        "/alerts?name=Storms&q=odette&lang=de",
        f"/alerts/{search_id('Storms', NOW.isoformat())}",
        f"/alerts/{search_id(HOSTILE[:100], NOW.isoformat())}",
        "/status",
        "/api",
        "/nothing-here",
    ]
