"""The entrance to extraction: a raw article → its parts, by what its content is. Pure, no network, no clock."""

from pipeline.extract.extracted import ExtractedArticle
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
    return extract_page(raw) if raw.content_type == "html" else extract_text(raw)
