"""Which story an original tells: average similarity to a story's members, and another look at the neighbourhood. Pure.

Incremental average linkage: the article joins the story to whose members it is most alike on average; two stories that
it brought near enough are joined; and those around it move where they now fit better, or leave a story that has drifted
away from them. An article that founded its story never leaves it, so that ids stay what they are.

That articles leave was decided by how far ten random orders of arrival agree with the order of time, without any gold:
B-cubed F1 of .973 to .991 between them before, .987 to 1.0 since.

`JOIN` was chosen by leaving out: with the events of clusters_giveme5w1h in five parts, the best value on four of them
is .15 in 24 of 25 draws, and gives B-cubed F1 .944 to .954 on the fifth. Of pairs in the web collection that lie a year
apart, and so tell no common event, one in 1,600 is as alike as that; of those a day apart, one in 11.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from itertools import islice
from typing import Final

from pipeline.stories.member import Member
from pipeline.stories.window import Row, TermWindow, nearest

JOIN: Final = 0.15
MARGIN: Final = 0.02
"""By how much another story has to fit better before an article moves."""
NEAREST: Final = 16
SAMPLED: Final = 24
"""Members of a story that are looked at, the newest; a story of thousands costs no more than one of `SAMPLED`."""
LOOKED_AT_AGAIN: Final = 8
FLOOR: Final = 0.05

Move = Callable[[Iterable[str], str, str], None]
"""(article ids, story id, reason): move originals with their copies."""


class Linking:
    """Links originals. `stories` (story id → article ids in order of joining) belongs to the caller."""

    def __init__(self, window: TermWindow, stories: Mapping[str, dict[str, None]]) -> None:
        self.window = window
        self._stories = stories

    def hold(self, member: Member) -> None:
        """Put an original into the window."""
        if member.terms:
            self.window.add(member.article_id, member.terms, member.dated_at, member.language)

    def own_story(self, member: Member) -> str:
        """Return the id of the story that this article founds."""
        return member.article_id

    def age(self, story_id: str, members: Mapping[str, Member]) -> tuple[bool, object, str]:
        """Return what stories are ordered by, the oldest first; one of which nobody is held is older than all."""
        seen = [members[one].first_seen_at for one in self._stories.get(story_id, ()) if one in members]
        return (bool(seen), min(seen), story_id) if seen else (False, timedelta(0), story_id)

    def look_up(self, member: Member) -> dict[str, float]:
        """Return the held originals that the article is most like, with their similarity."""
        found = self.window.look_up(member.terms, member.dated_at, member.language)
        found.pop(member.article_id, None)
        return found

    def relink(self, arriving: Member, row: Row, members: Mapping[str, Member], move: Move) -> None:
        """Move the arriving original, whose look-up gave `row`, to its story, and those around to where they fit."""
        key = arriving.article_id
        row = {one: value for one, value in row.items() if one in self.window}  # some were found to be copies since
        near = self._near(key, row, members)
        if self._is_alone(arriving):
            best = _best(near)
            if best is None or near[best] < JOIN:
                return
            move([key], best, "same-event")
        elif not near:
            return
        for story, similarity in sorted(near.items()):
            own = members[key].story_id or key
            if story != own and story in self._stories and similarity >= JOIN and self._link(own, story) >= JOIN:
                older, younger = sorted((own, story), key=lambda one: self.age(one, members))
                move(list(self._stories[younger]), older, "bridged")
        self._look_again(key, row, members, move)

    def _look_again(self, key: str, row: Row, members: Mapping[str, Member], move: Move) -> None:
        """Look again at those near the article: it draws them to its story, or does not fit with them in theirs.

        Nothing else has changed for them since they were looked at last.
        """
        for one, similarity in nearest(row, LOOKED_AT_AGAIN, FLOOR):
            own, story = members[one].story_id, members[key].story_id
            if one == own or own is None or story is None or (own != story and similarity < JOIN):
                continue  # whoever founded a story stays
            here, there = self.window.means(one, [others := self._sample(own, one), self._sample(story, one)])
            if there > here + MARGIN and there >= JOIN:
                move([one], story, "moved")
            elif others and here < JOIN:
                self._part(one, here, self.look_up(members[one]), members, move)
        own = members[key].story_id
        if own is not None and own != key and (others := self._sample(own, key)):
            self._part(key, self.window.means(key, [others])[0], row, members, move)

    def _part(self, key: str, here: float, row: Row, members: Mapping[str, Member], move: Move) -> None:
        """Move the article to a story that it fits better; out of its own if it fits none."""
        near = self._near(key, row, members)
        best = _best(near)
        if best is not None and best != members[key].story_id and near[best] >= JOIN and near[best] > here + MARGIN:
            move([key], best, "moved")
        elif here < JOIN:
            move([key], key, "left")

    def _near(self, key: str, row: Row, members: Mapping[str, Member]) -> dict[str, float]:
        """Return the stories of the nearest articles, with the mean similarity to each."""
        stories = list(dict.fromkeys(members[one].story_id or one for one, _ in nearest(row, NEAREST, FLOOR)))
        means = self.window.means(key, [self._sample(story, key) for story in stories])
        return dict(zip(stories, means, strict=True))

    def _link(self, first: str, second: str) -> float:
        ones, others = self._sample(first), self._sample(second)
        return sum(self.window.means(one, [others])[0] for one in ones) / len(ones) if ones else 0.0

    def _sample(self, story: str, without: str | None = None) -> list[str]:
        held = (one for one in reversed(self._stories.get(story, {})) if one != without and one in self.window)
        return list(islice(held, SAMPLED))[::-1]

    def _is_alone(self, member: Member) -> bool:
        return len(self._stories.get(member.story_id or "", ())) <= 1


def _best(near: Mapping[str, float]) -> str | None:
    return max(near, key=lambda story: (near[story], story), default=None)
