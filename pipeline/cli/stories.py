"""`newswire stories`: which events are told, by whom, and who only reprints."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pipeline.cli.output import count, note, print_json, print_table
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pipeline.index.base import ArticleIndex
    from pipeline.index.story_document import StoryDocument
    from pipeline.stories.story import Story, StoryArticle

app = typer.Typer(help="Events, each with all articles that tell it.", no_args_is_help=True, rich_markup_mode=None)

HEADLINE_CHARS: Final = 70
MOST_SOURCES: Final = 6
MOST_CHANGES: Final = 12


@app.command("list")
def list_stories(
    by: Annotated[str, typer.Option(help="size, growth (most articles within a day) or newest.")] = "size",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List stories: how many articles, how many of them copies, how many sources, and the headline.

    Example: newswire stories list --by growth
    """
    from pipeline.index.story_document import StoryOrder
    from pipeline.stories.story import from_document
    from schemas.errors import ConfigurationError

    if by not in set(StoryOrder):
        msg = f"stories are not listed by {by!r}: one of {', '.join(StoryOrder)}"
        raise ConfigurationError(msg)
    with open_workspace() as workspace:
        documents = workspace.index.list_stories(StoryOrder(by), limit)
    stories = [from_document(document) for document in documents]
    if as_json:
        print_json([_summary(document, story) for document, story in zip(documents, stories, strict=True)])
        return
    rows = [
        (
            story.size,
            story.size - story.left_out - len(story.originals),
            len(story.sources),
            f"{document.last_seen_at:%Y-%m-%d %H:%M}",
            _cut(story.headline),
            story.story_id,
        )
        for document, story in zip(documents, stories, strict=True)
    ]
    print_table(rows, ("articles", "copies", "sources", "last seen", "headline", "id"))
    note(count(len(rows), "story", "stories"))


@app.command("show")
def show_story(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="A story's id, or the id of one of its articles.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show a story: who published when, what is its own reporting, and what each copy changed.

    Example: newswire stories show $(newswire stories list --limit 1 --json | jq -r '.[0].id')
    """
    with open_workspace() as workspace:
        document, story = _find(workspace.index, wanted)
        if as_json:
            print_json(
                {**_summary(document, story), "articles": [one.model_dump(mode="json") for one in story.articles]}
            )
            return
        for line in describe(story, workspace.index):
            typer.echo(line)


@app.command("compare")
def compare_articles(
    first: Annotated[str, typer.Argument(metavar="ID", help="An article.")],
    other: Annotated[str, typer.Argument(metavar="ID", help="The article to compare with it.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show what the second article has other than the first, by paragraph: two copies, or a report and its rewrite.

    Example: newswire stories compare $(newswire search Odette --copies --limit 2 --json | jq -r '.hits[].article_id')
    """
    from pipeline.index.revisions import texts_of
    from pipeline.stories.changes import compare_texts, describe_changes
    from schemas.errors import NewswireError

    with open_workspace() as workspace:
        before, after = (workspace.index.get(wanted.strip().lower()) for wanted in (first, other))
    if before is None or after is None:
        msg = f"no article {(other if before else first)!r} in the index; newswire stories show ID --json lists ids"
        raise NewswireError(msg)
    changes = compare_texts(*texts_of(before.fields), *texts_of(after.fields))
    if as_json:
        paragraphs = [{"before": each.before, "after": each.after} for each in changes.paragraphs]
        title = changes.title and {"before": changes.title.before, "after": changes.title.after}
        print_json({"title": title, "paragraphs": paragraphs})
        return
    for mark, fields in (("---", before.fields), ("+++", after.fields)):
        typer.echo(f"{mark} {fields.get('source.name') or fields.get('source.domain')}: {fields.get('title')}")
    if changes.is_empty:
        typer.echo("the same text")
    for line in describe_changes(changes):
        typer.echo(line)


def describe(story: "Story", index: "ArticleIndex") -> Iterator[str]:
    """Yield the story as lines for a person."""
    from pipeline.stories.story import timeline

    own = len(story.originals)
    yield story.headline
    yield "=" * min(len(story.headline), 100)
    yield f"articles    {story.size:,}: {own:,} of own reporting, {story.size - story.left_out - own:,} copies"
    yield "sources     " + ", ".join(f"{name} {number}" for name, number in story.sources[:MOST_SOURCES])
    if story.entities:
        yield "about       " + ", ".join(name for name, _ in story.entities[:MOST_SOURCES])
    yield "size        " + ", ".join(f"{day}: {size}" for day, size in story.size_by_day()[-MOST_CHANGES:])
    yield "time line"
    for one in timeline(story):
        source = one.source or "unknown"
        yield f"  {one.dated_at:%Y-%m-%d %H:%M}  {source:<24}  {_cut(one.title)}  [{one.reason or 'original'}]"
        if one.copy_of:
            yield from (f"      {line}" for line in _differences(index, one))


def _differences(index: "ArticleIndex", copy: "StoryArticle") -> Iterator[str]:
    """Yield what the copy has other than its original, as far as both are in the index."""
    from pipeline.index.revisions import texts_of
    from pipeline.stories.changes import compare_texts, describe_changes

    ours, original = index.get(copy.article_id), index.get(copy.copy_of or "")
    if ours is None or original is None:
        return
    changes = compare_texts(*texts_of(original.fields), *texts_of(ours.fields))
    yield from list(describe_changes(changes))[:MOST_CHANGES]


def _find(index: "ArticleIndex", wanted: str) -> "tuple[StoryDocument, Story]":
    from pipeline.stories.story import from_document
    from schemas.errors import NewswireError

    key = wanted.strip().lower()
    article = index.get(key)
    keys = [key, *([str(article.fields["story_id"])] if article and "story_id" in article.fields else [])]
    for one in reversed(keys):
        document = index.story_documents([one]).get(one)
        if document is None:
            continue
        story = from_document(document)
        if story.joined_into is None:
            return document, story
        note(f"story {one} was joined to {story.joined_into}")
        return _find(index, story.joined_into)
    msg = f"no story {wanted!r} in the index; `newswire stories list` prints the ids"
    raise NewswireError(msg)


def _summary(document: "StoryDocument", story: "Story") -> dict[str, object]:
    return {
        "id": story.story_id,
        "headline": story.headline,
        "size": story.size,
        "copies": story.size - story.left_out - len(story.originals),
        "day_count": document.day_count,
        "first_seen_at": document.first_seen_at,
        "last_seen_at": document.last_seen_at,
        "sources": dict(story.sources),
        "entities": dict(story.entities),
        "size_by_day": dict(story.size_by_day()),
    }


def _cut(text: str) -> str:
    return text if len(text) <= HEADLINE_CHARS else text[: HEADLINE_CHARS - 1] + "…"
