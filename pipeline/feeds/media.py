"""Pictures of an entry with their credits: Media RSS, enclosures, iTunes. feedparser's fields → images. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pipeline.feeds.characters import one_line
from pipeline.feeds.links import first_url, resolve_url
from schemas.annotations import Image

MAX_IMAGES: Final = 20
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#]|$)", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")


def read_images(fields: Mapping[str, Any], links: Sequence[Mapping[str, Any]], base: str | None) -> tuple[Image, ...]:
    """Return the pictures, each address once, in order; credit and caption of Media RSS go to all that have none.

    feedparser keeps the last `media:credit` of an entry only, and none of which picture it belongs to.
    """
    credit = _read_credit(fields)
    caption = _plain(fields.get("media_description") or fields.get("media_text"))
    urls = dict.fromkeys(_urls(fields, links, base))
    return tuple(Image(url=url, caption=caption, credit=credit) for url in urls)[:MAX_IMAGES]


def _urls(fields: Mapping[str, Any], links: Sequence[Mapping[str, Any]], base: str | None) -> Iterator[str]:
    for media in fields.get("media_content") or ():
        if _is_picture(media, media.get("url")) and (url := resolve_url(media.get("url"), base)):
            yield url
    for link in links:
        if link.get("rel") == "enclosure" and _is_picture(link, link.get("href")):
            url = resolve_url(link.get("href"), base)
            if url:
                yield url
    for thumbnail in fields.get("media_thumbnail") or ():
        if url := resolve_url(thumbnail.get("url"), base):
            yield url
    image = fields.get("image")
    if isinstance(image, dict) and (url := first_url(image.get("href"), image.get("url"), base=base)):
        yield url


def _is_picture(media: Mapping[str, Any], url: object) -> bool:
    kind = str(media.get("type") or media.get("medium") or "").lower()
    return kind.startswith("image") if kind else isinstance(url, str) and _PICTURE.search(url) is not None


def _read_credit(fields: Mapping[str, Any]) -> str | None:
    named = fields.get("media_credit")
    if isinstance(named, list):
        names = (_plain(credit.get("content")) for credit in named if isinstance(credit, dict))
        return ", ".join(dict.fromkeys(name for name in names if name)) or None
    return _plain(named) or _plain(fields.get("credit"))


def _plain(text: object) -> str | None:
    return one_line(_TAG.sub(" ", text[:8000])) if isinstance(text, str) else None
