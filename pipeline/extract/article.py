"""The entrance to extraction: a raw article → its parts, by what its content is. Pure, no network, no clock."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from pipeline.extract.characters import clean_line
from pipeline.extract.extracted import ExtractedArticle
from pipeline.extract.mojibake import repair_encoding
from pipeline.extract.page import extract_page, read_page
from pipeline.extract.plain import extract_text, read_text
from schemas.article import RawArticle

MAX_RECORD_TITLE_CHARS: Final = 2000
R = TypeVar("R")


class Once(Protocol):
    """Calls a pure function of texts, or answers from memory what it would return."""

    def __call__(self, function: Callable[..., R], *texts: str) -> R:
        """Return what the function makes of the texts; raise what it raises."""


def _work_out(function: Callable[..., R], *texts: str) -> R:
    return function(*texts)


def extract_article(raw: RawArticle, once: Once = _work_out) -> ExtractedArticle:
    """Return title, zoned text, times, authors and the other parts of an article.

    Needs `content`, `content_type` and `fetched_at`; uses `url`, `source`, `channel`, `feed_entry` and `http` as
    evidence. The same input always gives the same parts. What reads the content goes through `once`: it is nearly all
    of the work, and the same for every copy of the content, whatever its address.

    Raises:
        NotAnArticle: permanent; a home or index page, an error page, a cookie wall, an empty page, too little text.
        Rejected: permanent, `bad-input`; the content cannot be read at all.
    """
    raw = _with_right_characters(raw)
    if raw.content_type == "html":
        return extract_page(raw, once(read_page, raw.content))
    title = clean_line((raw.feed_entry.title or "")[:MAX_RECORD_TITLE_CHARS])
    return extract_text(raw, once(read_text, raw.content, title))


def _with_right_characters(raw: RawArticle) -> RawArticle:
    """Return the article with content, title and summary decoded rightly; itself in nearly all cases."""
    entry = raw.feed_entry
    content, title, summary = (repair_encoding(text or "") for text in (raw.content, entry.title, entry.summary))
    if (content, title, summary) == (raw.content, entry.title or "", entry.summary or ""):
        return raw
    entry = entry.model_copy(update={"title": title or entry.title, "summary": summary or entry.summary})
    return raw.model_copy(update={"content": content, "feed_entry": entry})
