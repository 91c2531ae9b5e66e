"""Keeps one document per story in the index, as articles find, change and leave theirs. Index and clock in.

Written after the articles' own fields, from what is then in memory and what is stored: whatever a crash leaves behind,
the next batch that touches the story repairs. The stories written last are not read again, as nobody else writes any.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from pipeline.clock import Clock
from pipeline.index.base import ArticleIndex, StoryFields
from pipeline.stories.grouping import Grouping
from pipeline.stories.story import Story, build_joined, build_story, from_document, to_document

CAPACITY: Final = 10_000
"""Articles in the lists of the stories that are held; some 12 MB."""
HOLD_S: Final = 10.0
"""Without a write for longer, all are read anew: a grouper that stood still loses its place after 30 s, and another one
has written then. Much less than that, for its last sign of life may be older than its last write."""


class StoryRecords:
    """Writes the documents of the stories that a batch touched, and holds those that were written last."""

    def __init__(self, index: ArticleIndex, clock: Clock, *, capacity: int = CAPACITY) -> None:
        self._index = index
        self._clock = clock
        self._capacity = capacity
        self._held: dict[str, Story] = {}
        self._size = 0
        self._written_s = clock.monotonic_s()

    @property
    def is_trusted(self) -> bool:
        """Whether so little time went by since the last write that nobody else can have written since."""
        return self._clock.monotonic_s() - self._written_s <= HOLD_S

    def forget(self) -> None:
        """Hold nothing, since another process may have written stories; all are read anew."""
        self._held.clear()
        self._size = 0

    def write(self, grouping: Grouping, written: Iterable[StoryFields]) -> None:
        """Store the stories of these articles, those that they left included.

        Raises:
            Unavailable: not all were stored; the caller has to forget what is held.
        """
        articles = {story.article_id for story in written}
        touched = sorted(grouping.take_touched())
        if not touched:
            return
        if not self.is_trusted:
            self.forget()
        held = self._read(touched)
        now = self._clock.now()
        built = [self._story(key, grouping, held.get(key), articles) for key in touched]
        stories = [story for story in built if story is not None]
        self._index.write_story_documents([to_document(story, now) for story in stories])
        self._hold(stories)
        self._written_s = self._clock.monotonic_s()

    def _read(self, story_ids: Iterable[str]) -> Mapping[str, Story]:
        """Return those of the stories that there are, from the index where they are not held."""
        missing = [key for key in story_ids if key not in self._held]
        read = self._index.story_documents(missing) if missing else {}
        return self._held | {key: from_document(one) for key, one in read.items()}

    def _hold(self, stories: Iterable[Story]) -> None:
        """Hold these stories, and those before them as far as there is room."""
        for story in stories:
            self._drop(story.story_id)
            self._held[story.story_id] = story
            self._size += _size(story)
        while self._size > self._capacity:
            self._drop(next(iter(self._held)))

    def _drop(self, story_id: str) -> None:
        story = self._held.pop(story_id, None)
        self._size -= _size(story) if story is not None else 0

    def _story(self, key: str, grouping: Grouping, held: Story | None, articles: set[str]) -> Story | None:
        members = grouping.story(key)
        here = {member.article_id for member in members}
        gone = set(articles)
        for one in held.articles if held else ():
            member = grouping.get(one.article_id)
            if member is not None and member.story_id != key:
                gone.add(one.article_id)
        story = build_story(key, held, members, gone - here)
        if story.articles:
            return story
        founder = grouping.get(key)
        if founder is not None and founder.story_id not in {None, key}:
            return build_joined(key, founder.story_id or key)
        return None


def _size(story: Story) -> int:
    """Return how many articles the story lists, and one for itself."""
    return len(story.articles) + 1
