"""`newswire feeds`: which feeds are read, how they do, and what a poll would bring."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.feeds_check import check
from pipeline.cli.feeds_run import run
from pipeline.cli.feeds_text import ago, feed_facts, feed_row
from pipeline.cli.output import count, note, print_json, print_table
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pipeline.cli.workspace import Workspace
    from pipeline.fetch.feed_state import FeedState
    from pipeline.fetch.state import FeedStore

app = typer.Typer(help="Subscribe to feeds and poll them.", no_args_is_help=True, rich_markup_mode=None)
app.command("run")(run)
app.command("check")(check)
_FULL_TEXT = typer.Option("--full-text", help="auto, always or never; without it, as the setting feeds_full_text says.")


@app.command("import")
def import_feeds(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="OPML, JSON lines, CSV or one address a line.")],
    full_text: Annotated[str | None, _FULL_TEXT] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The counts as JSON.")] = False,
) -> None:
    """Subscribe to all feeds of a list. Those that are there already stay as they are.

    Example: newswire feeds import subscriptions.opml
    """
    from pipeline.cli.feeds_lists import read_list
    from pipeline.fetch.state import FeedStore

    _check_choice(full_text)
    with open_workspace() as workspace, FeedStore(workspace.settings.feeds_path) as store:
        rows, bad = read_list(source, workspace.settings, workspace.clock)
        added, known = store.add(rows, workspace.clock.now(), full_text=full_text)
    if as_json:
        print_json({"added": added, "known": known, "unreadable": len(bad)})
    else:
        typer.echo(f"{count(added, 'feed')} added, {known:,} already there, {len(bad):,} unreadable")
    for row in bad[:5]:
        note(f"line {row.line}: {row.detail}")
    if len(bad) > 5:
        note(f"and {len(bad) - 5:,} more")


@app.command("add")
def add(
    urls: Annotated[list[str], typer.Argument(metavar="URL…", help="Addresses of feeds or news sitemaps.")],
    title: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    full_text: Annotated[str | None, _FULL_TEXT] = None,
    sitemap: Annotated[bool, typer.Option("--sitemap", help="It is a sitemap, not a feed.")] = False,
) -> None:
    """Subscribe to feeds by their address.

    Example: newswire feeds add https://harbour-post.example/feed.rss --full-text always
    """
    from pipeline.fetch.refusals import FetchRefused
    from pipeline.fetch.state import FeedStore
    from pipeline.fetch.targets import check_target
    from pipeline.fetch.wiring import target_rules
    from schemas.errors import ConfigurationError
    from schemas.feed import FeedRow

    _check_choice(full_text)
    with open_workspace() as workspace:
        try:
            for url in urls:
                check_target(url, target_rules(workspace.settings))
        except FetchRefused as refused:
            raise ConfigurationError(refused.detail) from refused
        rows = [FeedRow(url=url.strip(), title=title, kind="sitemap" if sitemap else "feed") for url in urls]
        with FeedStore(workspace.settings.feeds_path) as store:
            added, known = store.add(rows, workspace.clock.now(), full_text=full_text)
    typer.echo(f"{count(added, 'feed')} added, {known:,} already there")


@app.command("remove")
def remove(urls: Annotated[list[str], typer.Argument(metavar="URL…", help="As they were added.")]) -> None:
    """Unsubscribe from feeds. Their articles stay.

    Example: newswire feeds remove https://harbour-post.example/feed.rss
    """
    from pipeline.websub.store import HubStore

    with (
        open_workspace() as workspace,
        _open_store(workspace) as store,
        HubStore(workspace.settings.hubs_path) as hubs,
    ):
        for feed in [_find(store, url) for url in urls]:
            store.remove(feed.id)
            hubs.drop(feed.given_url)
    typer.echo(f"{count(len(urls), 'feed')} removed")


@app.command("list")
def list_feeds(
    search: Annotated[str | None, typer.Argument(metavar="WORD", help="Only with this in title or address.")] = None,
    health: Annotated[str | None, typer.Option(help="Only new, good, silent or failing ones.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only those that failed for this reason, as http-404.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0: all.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the feeds with their health: last success, last article, rhythm, next poll, and why they fail.

    Example: newswire feeds list --health failing
    """
    with open_workspace() as workspace, _open_store(workspace) as store:
        now = workspace.clock.now()
        word = (search or "").casefold()
        chosen = [
            feed
            for feed in store.all()
            if (not word or word in f"{feed.title} {feed.given_url} {feed.url}".casefold())
            and (not health or feed.health(now) == health)
            and (not reason or (feed.failures and feed.reason == reason))
        ]
    shown = chosen[: limit or None]
    if as_json:
        print_json([feed_facts(feed, now) for feed in shown])
        return
    print_table(
        [feed_row(feed, now) for feed in shown], ("feed", "health", "success", "article", "every", "next", "sent")
    )
    cut = f", the first {len(shown):,} shown" if len(shown) < len(chosen) else ""
    note(count(len(chosen), "feed") + cut)
    if not chosen and not (search or health or reason):
        note("newswire feeds import FILE.opml or newswire feeds add URL subscribes to some")


@app.command("show")
def show_feed(
    url: Annotated[str, typer.Argument(metavar="URL", help="As it was added, or where it is now.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show all that is known of one feed.

    Example: newswire feeds show https://harbour-post.example/feed.rss
    """
    with open_workspace() as workspace, _open_store(workspace) as store:
        feed = _find(store, url)
        now = workspace.clock.now()
        facts: dict[str, Any] = {**feed_facts(feed, now), "items_known": store.items.count(feed.id)}
        facts |= _hub_facts(workspace, feed.given_url)
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        if value in (None, "", [], {}):
            continue
        if name.endswith("_at"):
            typer.echo(f"{name[:-3].replace('_', ' '):<14} {value} ({ago(value, now)})")
        else:
            shown = ", ".join(value) if isinstance(value, list) else value
            typer.echo(f"{name.replace('_', ' '):<14} {shown}")


@app.command("export")
def export() -> None:
    """Print all feeds as OPML, for another reader or for a copy.

    Example: newswire feeds export > feeds.opml
    """
    from pipeline.feeds.opml import write_opml
    from schemas.feed import FeedRow

    with open_workspace() as workspace, _open_store(workspace) as store:
        rows = [
            FeedRow(
                url=feed.url,
                title=feed.title,
                site_url=feed.site_url,
                source=feed.source,
                language=feed.language,
                country=feed.country,
                tags=feed.tags,
                kind="sitemap" if feed.kind == "sitemap" else "feed",
            )
            for feed in store.all()
        ]
    typer.echo(write_opml(rows, "newswire feeds").decode())


def _open_store(workspace: "Workspace") -> "FeedStore":
    from pipeline.fetch.state import FeedStore

    return FeedStore(workspace.settings.feeds_path)


def _find(store: "FeedStore", url: str) -> "FeedState":
    from schemas.errors import NewswireError

    feed = store.find(url)
    if feed is None:
        msg = f"there is no feed {url}; `newswire feeds list` prints all"
        raise NewswireError(msg)
    return feed


def _check_choice(full_text: str | None) -> None:
    from schemas.errors import ConfigurationError

    if full_text not in {None, "auto", "always", "never"}:
        msg = f"--full-text {full_text!r} is none of auto, always, never"
        raise ConfigurationError(msg)


def _hub_facts(workspace: "Workspace", url: str) -> dict[str, Any]:
    """Return how a feed stands with its hub; nothing when it names none, or nobody could reach us."""
    from pipeline.websub.store import HubStore

    if not workspace.settings.hubs_path.exists():
        return {}
    with HubStore(workspace.settings.hubs_path) as hubs:
        found = hubs.get(url)
    if found is None:
        return {}
    lease = found.lease_until.isoformat(timespec="seconds") if found.state == "live" else None
    return {"hub": found.hub, "hub_state": found.state, "hub_reason": found.reason, "hub_lease_until": lease}
