"""A story as people see it: its articles in order, from which all its numbers follow. Pure.

Held document and members → the document to store. The articles that are no longer in memory come from the document that
is there, so that a story that goes on for weeks keeps its beginning.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pipeline.index.story_document import StoryDocument
from pipeline.stories.member import Member
from schemas.base import Record, UtcDatetime

MAX_ARTICLES: Final = 1000
"""Articles that a story's document lists: its first half and its last; `size` counts all that it ever listed."""
TOP_ENTITIES: Final = 12
MAX_HEADLINE_CHARS: Final = 300
"""Of the headline by which dashboards list stories."""
DAY: Final = timedelta(days=1)


class StoryArticle(Record):
    """An article in the list of its story."""

    article_id: str
    title: str = ""
    source: str | None = None
    language: str | None = None
    dated_at: UtcDatetime
    first_seen_at: UtcDatetime
    copy_of: str | None = None
    reason: str = ""
    entity_ids: tuple[str, ...] = ()


class Story(Record):
    """What a story's document holds. `joined_into` is set when another story took over all of its articles."""

    story_id: str
    headline: str = ""
    articles: tuple[StoryArticle, ...] = ()
    left_out: int = 0
    joined_into: str | None = None

    @property
    def size(self) -> int:
        """Number of articles, copies included."""
        return len(self.articles) + self.left_out

    @property
    def originals(self) -> tuple[StoryArticle, ...]:
        """The articles that are no copies, in order of time."""
        return tuple(one for one in self.articles if one.copy_of is None)

    @property
    def sources(self) -> list[tuple[str, int]]:
        """Publishers with their number of articles, most first."""
        return Counter(one.source for one in self.articles if one.source).most_common()

    @property
    def entities(self) -> list[tuple[str, int]]:
        """Ids of what most of its articles speak of."""
        return Counter(each for one in self.articles for each in one.entity_ids).most_common(TOP_ENTITIES)

    def size_by_day(self) -> list[tuple[str, int]]:
        """Return how many articles it had at the end of each day (UTC) on which there were new ones."""
        sizes = {f"{one.dated_at:%Y-%m-%d}": total for total, one in enumerate(self.articles, start=1)}
        return list(sizes.items())


def build_story(story_id: str, held: Story | None, members: Iterable[Member], gone: Collection[str]) -> Story:
    """Return the story with these members; of the held one what is neither among them nor `gone` elsewhere."""
    listed = {one.article_id: one for one in (held.articles if held else ())}
    now = {member.article_id: _article(member, listed.get(member.article_id)) for member in members}
    kept = {key: one for key, one in listed.items() if key not in gone}
    articles = sorted((kept | now).values(), key=lambda one: (one.dated_at, one.first_seen_at, one.article_id))
    left_out = held.left_out if held else 0
    if len(articles) > MAX_ARTICLES:
        left_out += len(articles) - MAX_ARTICLES
        articles = articles[: MAX_ARTICLES // 2] + articles[-MAX_ARTICLES // 2 :]
    first = next((one for one in articles if one.copy_of is None and one.title), articles[0] if articles else None)
    return Story(story_id=story_id, headline=first.title if first else "", articles=tuple(articles), left_out=left_out)


def build_joined(story_id: str, into: str) -> Story:
    """Return what is left of a story whose articles are in another one."""
    return Story(story_id=story_id, joined_into=into)


def to_document(story: Story, now: datetime) -> StoryDocument:
    """Return the document to store; `now` stands for the times of a story without articles."""
    seen = [one.first_seen_at for one in story.articles] or [now]
    last = max(seen)
    return StoryDocument(
        story_id=story.story_id,
        size=story.size,
        day_count=sum(last - one.first_seen_at < DAY for one in story.articles),
        first_seen_at=min(seen),
        last_seen_at=last,
        content=story.model_dump_json(exclude_defaults=True),
        facts=_facts(story),
    )


def pickup_seconds(story: Story) -> int | None:
    """Return how long after its first article the first one of another publisher appeared; None when none did."""
    known = [one for one in story.articles if one.source]
    if not known:
        return None
    first = known[0]
    later = next((one for one in known if one.source != first.source), None)
    return None if later is None else int((later.dated_at - first.dated_at).total_seconds())


def _facts(story: Story) -> dict[str, Any]:
    """Return the fields of the story's document that only dashboards read; those without a value are left out."""
    facts = {
        "headline": story.headline[:MAX_HEADLINE_CHARS] or None,
        "source_count": len(story.sources),
        "copy_count": sum(one.copy_of is not None for one in story.articles),
        "languages": sorted({one.language for one in story.articles if one.language}),
        "pickup_seconds": pickup_seconds(story),
    }
    return {name: value for name, value in facts.items() if value is not None and value != []}


def from_document(document: StoryDocument) -> Story:
    """Return the story of a document."""
    return Story.model_validate_json(document.content)


def timeline(story: Story) -> Sequence[StoryArticle]:
    """Return its articles in the order in which they were published."""
    return sorted(story.articles, key=lambda one: (one.dated_at, one.first_seen_at, one.article_id))


def _article(member: Member, listed: StoryArticle | None) -> StoryArticle:
    """Return the member as it is listed; what its document does not say, since it came from the index, stays."""
    if (
        listed is not None
        and (listed.copy_of, listed.title, listed.dated_at) == (member.copy_of, member.title, member.dated_at)
        and member.reason in {"", listed.reason}
        and member.entity_ids in {(), listed.entity_ids}
    ):
        return listed
    # Checking what was checked already costs more than all else here, for each article of a story that grows.
    return StoryArticle.model_construct(
        article_id=member.article_id,
        title=member.title,
        source=member.source_id or member.source_domain,
        language=member.language,
        dated_at=member.dated_at,
        first_seen_at=member.first_seen_at,
        copy_of=member.copy_of,
        reason=member.reason,
        entity_ids=member.entity_ids,
    )
