"""The recent articles and their groups: an article in, what changes out. Pure and in memory; the index is the truth.

Copies are settled over the graph of who is akin to whom (`pipeline.stories.copies`). Originals are linked to stories by
what they tell: an article joins the story to whose members it is most alike on average, and then the neighbourhood is
looked at again (`pipeline.stories.linking`). A copy is where its original is.

What is decided follows from the articles and the groups alone. An article that has a story keeps it when it comes
again, so that a replay ends where it began.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from pipeline.stories.bands import BandWindow
from pipeline.stories.copies import compare, settle
from pipeline.stories.linking import Linking
from pipeline.stories.member import Member
from pipeline.stories.window import Row, TermWindow

CAPACITY: Final = 20_000
"""Articles held unless a setting says otherwise; older ones are found through the index, as copies only.

Each takes some 8 KiB (`python -m benchmarks scale`).
"""
MAX_COMPARED: Final = 64
ALIKE: Final = 0.4
"""Similarity of terms from which texts are compared as well: that of copies which bands miss is .4 to .9."""
MAX_SETTLED: Final = 150
"""Articles of one graph of kin that are settled anew. Real reprints stay far below; a template that recurs for months
would otherwise be settled whole with each article. Beyond it, only the arriving article and its own kin change."""
MOVED: Final = "moved"
_EVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """An article whose place is new or other than before."""

    member: Member
    reason: str


class Grouping:
    """What grouping holds in memory. Not safe for threads."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._members: dict[str, Member] = {}
        self._kin: dict[str, dict[str, str]] = {}
        self._stories: dict[str, dict[str, None]] = {}
        self._touched: set[str] = set()
        self._linking = Linking(TermWindow(capacity), self._stories)
        self._bands = BandWindow()
        self._left_at = _EVER
        self._forgotten: dict[str, datetime] = {}

    def catch_up(self, recent: Sequence[Member]) -> None:
        """Take over the articles that were seen last, the oldest first; fewer than there is room for are all."""
        self.load(recent)
        if len(recent) >= self._capacity:
            self._left_at = recent[0].first_seen_at

    def load(self, members: Iterable[Member]) -> None:
        """Take over what the index holds, the oldest first; those without a story are passed over."""
        for member in members:
            if member.story_id is not None and member.article_id not in self._members:
                self._hold(member)
                self._find_kin_in_story(member)

    def get(self, article_id: str) -> Member | None:
        """Return an article that is held."""
        return self._members.get(article_id)

    def forget(self, article_id: str) -> None:
        """Hold an article no longer. Harmless when it is not held."""
        if article_id in self._members:
            self._forgotten[article_id] = self._members[article_id].first_seen_at
            self._drop(article_id)

    def holds_all(self, since: datetime) -> bool:
        """Whether all grouped articles that were first seen after that are held, if nobody else groups any."""
        return max((self._left_at, *self._forgotten.values())) <= since

    def find_kin(self, member: Member, since: datetime) -> list[Member]:
        """Return the held articles that share a band with this one, as `ArticleIndex.find_kin` does."""
        found = self._bands.look_up(member.article_id, member.bands, since, member.first_seen_at)
        return [self._members[one] for one in found]

    def story(self, story_id: str) -> Sequence[Member]:
        """Return the held members of a story."""
        return [self._members[one] for one in self._stories.get(story_id, ())]

    def take_touched(self) -> set[str]:
        """Return the stories whose articles changed since the last call."""
        touched, self._touched = self._touched, set()
        return touched

    def add(self, arriving: Member, candidates: Sequence[Member]) -> list[Change]:
        """Give the article its place, and return it first, then all others whose place changed.

        Args:
            arriving: with the story that it has in the index already, if it has one.
            candidates: articles that share a fingerprint band; those that are not held, as the index has them.
        """
        self.load(candidates)
        row = self._linking.look_up(arriving)
        akin = self._find_kin(arriving, {*(one.article_id for one in candidates), *self._alike(row)})
        known = self._members.get(arriving.article_id)
        if known is not None:
            arriving.story_id = known.story_id
            self._drop(arriving.article_id)
        before = {key: (one.story_id, one.copy_of) for key, one in self._around(akin).items()}
        before.setdefault(arriving.article_id, (None, None))
        self._place(arriving, akin)
        reasons = self._settle(arriving, akin)
        if not arriving.is_copy and arriving.article_id in self._linking.window:
            for member, old, why in self._relink(arriving, row):
                before.setdefault(member.article_id, old)
                if reasons.get(member.article_id, "alone") == "alone":
                    reasons[member.article_id] = why
                    member.reason = member.reason if member.is_copy else why
        changed = [
            self._members[key]
            for key, old in before.items()
            if key in self._members and (self._members[key].story_id, self._members[key].copy_of) != old
        ]
        self._touched.update(old[0] for old in before.values() if old[0] is not None)
        self._touched.update(one.story_id for one in (arriving, *changed) if one.story_id is not None)
        self._trim()
        others = [one for one in changed if one is not arriving]
        return [Change(one, reasons.get(one.article_id, MOVED)) for one in (arriving, *others)]

    def _find_kin_in_story(self, member: Member) -> None:
        """Compare an article from the index anew with those of its story: kinship is not stored, it follows."""
        others = list(self._stories[member.story_id or member.article_id])[-MAX_COMPARED:]
        for one in {*others, member.copy_of or member.article_id} - {member.article_id}:
            kind = compare(member, self._members[one]) if one in self._members else None
            if kind is not None:
                self._kin[member.article_id][one] = self._kin[one][member.article_id] = kind

    def _find_kin(self, arriving: Member, candidate_ids: Iterable[str]) -> dict[str, str]:
        """Return the arriving article's kin: among the candidates, and those it had, which bands may no longer show."""
        ids = {*candidate_ids, *self._kin.get(arriving.article_id, ())} - {arriving.article_id}
        held = sorted((self._members[one] for one in ids if one in self._members), key=_originals_first)
        found = ((one.article_id, compare(arriving, one)) for one in held[:MAX_COMPARED])
        return {one: kind for one, kind in found if kind is not None}

    def _alike(self, row: Row) -> set[str]:
        """Return articles that tell the same in the same words though no band may show it, and what is akin to them.

        A short cut of a table shares few 5-grams with the whole, and most of its terms.
        """
        near = {one for one, value in row if value >= ALIKE}
        return near.union(*(islice(self._kin[one], MAX_COMPARED) for one in near))

    def _place(self, arriving: Member, akin: Mapping[str, str]) -> None:
        """Hold the article in a story of its own, the one it had, or that of its kin: of several the oldest."""
        stories = {self._members[one].story_id or one for one in akin}
        if arriving.story_id is not None:
            stories.add(arriving.story_id)
        if not stories:
            arriving.story_id = self._linking.own_story(arriving)
        else:
            arriving.story_id = min(stories, key=self._age)
            for story in stories - {arriving.story_id}:
                self._join(story, arriving.story_id)
        self._keep(arriving)
        self._kin[arriving.article_id] = dict(akin)
        for one, kind in akin.items():
            self._kin[one][arriving.article_id] = kind

    def _settle(self, arriving: Member, akin: Mapping[str, str]) -> dict[str, str]:
        """Bring the copies around the article into order; return the reason of each that is there."""
        around = self._around(akin) | {arriving.article_id: arriving}
        is_whole = len(around) <= MAX_SETTLED
        reasons = {}
        for key, place in settle(around, self._kin).items():
            member = around[key]
            if not is_whole and key not in akin and member is not arriving:
                continue
            outside = member.copy_of is not None and member.copy_of not in around and place.copy_of is None
            if not outside:
                member.copy_of = place.copy_of if is_whole else self._end_of_chain(key, place.copy_of)
            member.reason = reasons[key] = place.reason
            if member.is_copy:
                self._linking.window.remove(key)
            elif key not in self._linking.window:
                self._linking.hold(member)
        return reasons

    def _relink(self, arriving: Member, row: Row) -> list[tuple[Member, tuple[str | None, str | None], str]]:
        """Link the article to the story of its event, and look again at those around it."""
        moved: list[tuple[Member, tuple[str | None, str | None], str]] = []

        def move(keys: Iterable[str], story_id: str, why: str) -> None:
            for key in list(keys):
                for one in self._with_copies(key):
                    if one.story_id == story_id:
                        continue
                    moved.append((one, (one.story_id, one.copy_of), why))
                    self._leave(one)
                    one.story_id = story_id
                    self._stories.setdefault(story_id, {})[one.article_id] = None

        self._linking.relink(arriving, row, self._members, move)
        return moved

    def _with_copies(self, key: str) -> list[Member]:
        member = self._members[key]
        held = (self._members[one] for one in self._stories.get(member.story_id or "", ()))
        return [member, *(one for one in held if one.copy_of == key)]

    def _around(self, akin: Iterable[str]) -> dict[str, Member]:
        """Return what kinship connects with these, the nearest first, up to a bit more than `MAX_SETTLED`."""
        found = {one: self._members[one] for one in akin if one in self._members}
        waiting = deque(found)
        while waiting:
            for one in self._kin.get(waiting.popleft(), ()):
                if len(found) > MAX_SETTLED:
                    return found
                if one in self._members and one not in found:
                    found[one] = self._members[one]
                    waiting.append(one)
        return found

    def _end_of_chain(self, key: str, original: str | None) -> str | None:
        """Return what the original itself was found to copy, since the graph was only settled in part."""
        held = self._members.get(original) if original is not None else None
        return held.copy_of if held is not None and held.copy_of not in {None, key} else original

    def _join(self, story: str, into: str) -> None:
        for key in list(self._stories.pop(story, ())):
            self._members[key].story_id = into
            self._stories.setdefault(into, {})[key] = None

    def _age(self, story_id: str) -> tuple[bool, object, str]:
        return self._linking.age(story_id, self._members)

    def _hold(self, member: Member) -> None:
        self._keep(member)
        if not member.is_copy:
            self._linking.hold(member)

    def _keep(self, member: Member) -> None:
        self._members[member.article_id] = member
        self._forgotten.pop(member.article_id, None)
        self._bands.add(member.article_id, member.bands, member.first_seen_at)
        self._kin.setdefault(member.article_id, {})
        self._stories.setdefault(member.story_id or member.article_id, {})[member.article_id] = None

    def _leave(self, member: Member) -> None:
        story = self._stories.get(member.story_id or "", {})
        story.pop(member.article_id, None)
        if not story:
            self._stories.pop(member.story_id or "", None)

    def _drop(self, article_id: str) -> None:
        self._leave(self._members.pop(article_id))
        for key in self._kin.pop(article_id, ()):
            self._kin.get(key, {}).pop(article_id, None)
        self._linking.window.remove(article_id)
        self._bands.remove(article_id)

    def _trim(self) -> None:
        while len(self._members) > self._capacity:
            first = next(iter(self._members))
            self._left_at = max(self._left_at, self._members[first].first_seen_at)
            self._drop(first)


def _originals_first(member: Member) -> tuple[bool, str]:
    return member.is_copy, member.article_id
