"""What of an article's text tells its story: zones → text. Pure."""

from pipeline.extract.extracted import ExtractedArticle
from schemas.annotations import STORY_ZONES, ZoneKind
from schemas.article import EnrichedArticle


def body_text(article: EnrichedArticle | ExtractedArticle) -> str:
    """Return what tells the story, without promo lines, credits and notices; the whole text when it has no zones."""
    if not article.zones:
        return article.text.strip()
    kinds = STORY_ZONES - {ZoneKind.TITLE}
    parts = (article.text[zone.start : zone.end].strip() for zone in article.zones if zone.kind in kinds)
    return "\n\n".join(part for part in parts if part)
