"""A story's page: who published it first, who copied it, and what each copy changed. Index in, record out."""

from typing import Final

from pipeline.web.article import find_members, read_stored
from pipeline.web.differences import Differences, compare_texts
from pipeline.web.errors import NotFound
from pipeline.web.site import Site
from schemas.base import Record
from schemas.errors import Rejected
from schemas.query import Hit

MAX_MEMBERS: Final = 100
MAX_COMPARED: Final = 12
"""Copies that are compared with what they copy; each has to be read whole."""


class StoryMember(Record):
    """An article of the story. `minutes_after` is counted from the first publication; None without both times.

    `copied` is the article of this story that it is a copy of, `differences` those from it; both None for a report of
    its own, and `differences` also where a text cannot be read.
    """

    hit: Hit
    minutes_after: int | None
    copied: Hit | None
    differences: Differences | None


class StoryAnswer(Record):
    """A story's articles, the earliest first. `copies` counts those that are copies of another."""

    story_id: str
    title: str
    articles: int
    copies: int
    sources: tuple[str, ...]
    origins: tuple[str, ...]
    members: tuple[StoryMember, ...]


def load_story(site: Site, story_id: str) -> StoryAnswer:
    """Return the story.

    Raises:
        NotFound: no article belongs to it.
        Unavailable: the index does not answer.
    """
    page = find_members(site, story_id, MAX_MEMBERS)
    if not page.hits:
        msg = "there is no such story; its articles may have been withdrawn"
        raise NotFound(msg)
    first = page.hits[0]
    members = {hit.article_id: hit for hit in page.hits}
    compared = [hit for hit in page.hits if hit.copy_of in members][:MAX_COMPARED]
    return StoryAnswer(
        story_id=story_id,
        title=first.title,
        articles=page.total,
        copies=sum(hit.is_copy for hit in page.hits),
        sources=tuple(dict.fromkeys(hit.source for hit in page.hits if hit.source)),
        origins=tuple(dict.fromkeys(hit.origin for hit in page.hits if hit.origin)),
        members=tuple(
            StoryMember(
                hit=hit,
                minutes_after=_minutes_after(first, hit),
                copied=members.get(hit.copy_of or ""),
                differences=_differences(site, members[hit.copy_of or ""], hit) if hit in compared else None,
            )
            for hit in page.hits
        ),
    )


def _minutes_after(first: Hit, hit: Hit) -> int | None:
    if first.published_at is None or hit.published_at is None:
        return None
    return int((hit.published_at - first.published_at).total_seconds() // 60)


def _differences(site: Site, copied: Hit, hit: Hit) -> Differences | None:
    original, text = _body(site, copied), _body(site, hit)
    return None if original is None or text is None else compare_texts(original, text)


def _body(site: Site, hit: Hit) -> str | None:
    stored = site.index.get(hit.article_id)
    if stored is None:
        return None
    try:
        article = read_stored(stored)
    except Rejected:
        return None
    zones = [zone for zone in article.zones if zone.kind.value == "body"]
    return "\n".join(article.text[zone.start : zone.end] for zone in zones) if zones else article.text
