"""Keeps one document per story in the index, as articles find, change and leave theirs. Index and clock in.

Written after the articles' own fields, from what is then in memory and what is stored: whatever a crash leaves behind,
the next batch that touches the story repairs.
"""

from collections.abc import Iterable

from pipeline.clock import Clock
from pipeline.index.base import ArticleIndex, StoryFields
from pipeline.stories.grouping import Grouping
from pipeline.stories.story import Story, build_joined, build_story, from_document, to_document


class StoryRecords:
    """Writes the documents of the stories that a batch touched."""

    def __init__(self, index: ArticleIndex, clock: Clock) -> None:
        self._index = index
        self._clock = clock

    def write(self, grouping: Grouping, written: Iterable[StoryFields]) -> None:
        """Store the stories of these articles, those that they left included.

        Raises:
            Unavailable: not all were stored.
        """
        articles = {story.article_id for story in written}
        touched = grouping.take_touched()
        if not touched:
            return
        held = {key: from_document(one) for key, one in self._index.story_documents(sorted(touched)).items()}
        now = self._clock.now()
        stories = [self._story(key, grouping, held.get(key), articles) for key in sorted(touched)]
        self._index.write_story_documents([to_document(story, now) for story in stories if story is not None])

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
