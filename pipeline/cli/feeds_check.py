"""`newswire feeds check`: what a poll of an address would find, with reasons, writing nothing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import count, note, print_json, print_table
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pipeline.cli.workspace import Workspace
    from pipeline.feeds.discovery import FoundFeed
    from pipeline.feeds.entry import Feed
    from pipeline.fetch.answers import Fetched

_SHOWN_ENTRIES = 10


@dataclass(frozen=True, slots=True)
class _Checked:
    """A feed that was found, or the feeds that a page names; and the poll's pace for it."""

    fetched: "Fetched"
    feed: "Feed | None"
    named: "list[FoundFeed]"
    why_not: str | None = None


def check(
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed, a sitemap, or a page that names feeds.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Fetch an address once and say what a poll would find; of a page, the feeds that it names. Stores nothing.

    Exit code 1 when there is no feed.

    Example: newswire feeds check https://harbour-post.example/feed.rss
    """
    import asyncio

    from pipeline.fetch.refusals import FetchRefused

    with open_workspace() as workspace:
        try:
            checked = asyncio.run(_check(workspace, url))
        except FetchRefused as refused:
            facts = {"url": url, "reason": refused.reason, "severity": refused.severity.value, "detail": refused.detail}
            if as_json:
                print_json(facts)
            else:
                note(f"newswire: {refused.detail} ({refused.reason}, {refused.severity.value})")
            raise typer.Exit(1) from None
    facts = _facts(url, checked)
    if as_json:
        print_json(facts)
    else:
        _print(checked, facts)
    if checked.feed is None:
        raise typer.Exit(1)


async def _check(workspace: "Workspace", url: str) -> _Checked:
    from pipeline.feeds.discovery import find_feeds
    from pipeline.fetch.answers import FetchRequest
    from pipeline.fetch.client import Fetcher
    from pipeline.fetch.poll import ACCEPT
    from pipeline.fetch.reading import parse_feed
    from pipeline.fetch.refusals import FetchRefused
    from pipeline.fetch.wiring import fetch_settings

    async with Fetcher(fetch_settings(workspace.settings), workspace.clock) as fetcher:
        fetched = await fetcher.fetch(FetchRequest(url, ACCEPT))
    try:
        return _Checked(fetched, parse_feed(fetched), [])
    except FetchRefused as refused:
        return _Checked(fetched, None, find_feeds(fetched.body, fetched.final_url), refused.detail)


def _facts(url: str, checked: _Checked) -> dict[str, Any]:
    fetched = checked.fetched
    facts: dict[str, Any] = {
        "url": url,
        "final_url": fetched.final_url if fetched.final_url != url else None,
        "moved_to": fetched.moved_to,
        "status": fetched.status,
        "content_type": fetched.content_type,
        "bytes": len(fetched.body),
        "etag": fetched.headers.get("etag"),
        "last_modified": fetched.headers.get("last-modified"),
    }
    if checked.feed is None:
        named = [{"url": one.url, "title": one.title, "how": one.how} for one in checked.named]
        return {**facts, "reason": "not-a-feed", "detail": checked.why_not, "feeds_named": named}
    feed = checked.feed
    entries = [
        {"title": one.title, "link": one.link, "published": one.published, "full_text": one.has_full_text}
        for one in feed.entries
    ]
    claim = feed.claim.model_dump(mode="json", exclude_defaults=True)
    return {
        **facts,
        "feed": claim,
        "problems": list(feed.problems),
        "well_formed": feed.is_well_formed,
        "entries": entries,
    }


def _print(checked: _Checked, facts: dict[str, Any]) -> None:
    for name in ("final_url", "moved_to", "status", "content_type", "bytes", "etag", "last_modified"):
        if facts[name] is not None:
            typer.echo(f"{name.replace('_', ' '):<14} {facts[name]}")
    feed = checked.feed
    if feed is None:
        note(f"newswire: no feed: {checked.why_not}")
        if checked.named:
            note("the page names these:")
            print_table([(one.url, one.title, one.how) for one in checked.named], ("feed", "title", "how"))
        return
    claim = feed.claim
    for name, value in (("form", claim.form), ("title", claim.title), ("site", claim.site_url), ("ttl s", claim.ttl_s)):
        if value:
            typer.echo(f"{name:<14} {value}")
    teasers = sum(not one.has_full_text for one in feed.entries)
    typer.echo(f"{'entries':<14} {len(feed.entries):,}, {teasers:,} of them teasers")
    for problem in feed.problems[:5]:
        note(f"problem: {problem}")
    typer.echo("")
    shown = feed.entries[:_SHOWN_ENTRIES]
    print_table(
        [((one.title or "")[:70], one.published, "full" if one.has_full_text else "teaser") for one in shown],
        ("title", "published", "text"),
    )
    if len(feed.entries) > len(shown):
        note(f"and {count(len(feed.entries) - len(shown), 'more entry', 'more entries')}")
