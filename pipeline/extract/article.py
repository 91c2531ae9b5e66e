"""The entrance to extraction: a raw article → its parts, by what its content is. Pure, no network, no clock."""

from pipeline.extract.extracted import ExtractedArticle
from pipeline.extract.mojibake import repair_encoding
from pipeline.extract.page import extract_page
from pipeline.extract.plain import extract_text
from schemas.article import RawArticle


def extract_article(raw: RawArticle) -> ExtractedArticle:
    """Return title, zoned text, times, authors and the other parts of an article.

    Needs `content`, `content_type` and `fetched_at`; uses `url`, `source`, `channel`, `feed_entry` and `http` as
    evidence. The same input always gives the same parts.

    Raises:
        NotAnArticle: permanent; a home or index page, an error page, a cookie wall, an empty page, too little text.
        Rejected: permanent, `bad-input`; the content cannot be read at all.
    """
    raw = _with_right_characters(raw)
    return extract_page(raw) if raw.content_type == "html" else extract_text(raw)


def _with_right_characters(raw: RawArticle) -> RawArticle:
    """Return the article with content, title and summary decoded rightly; itself in nearly all cases."""
    entry = raw.feed_entry
    content, title, summary = (repair_encoding(text or "") for text in (raw.content, entry.title, entry.summary))
    if (content, title, summary) == (raw.content, entry.title or "", entry.summary or ""):
        return raw
    entry = entry.model_copy(update={"title": title or entry.title, "summary": summary or entry.summary})
    return raw.model_copy(update={"content": content, "feed_entry": entry})
