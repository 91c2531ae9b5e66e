"""A document in the index → the same with what people have said of its entities since; pure.

Works on what the index holds: the corrected article and, beside it, what it said before.
"""

from pipeline.corrections.article import correct_article, restore
from pipeline.corrections.table import Corrections
from pipeline.index.base import IndexDocument, StoredArticle
from pipeline.index.entity_fields import ENTITY_FIELDS, entity_fields
from schemas.article import EnrichedArticle
from schemas.codec import decode
from schemas.corrections import AsFound
from schemas.fields import INDEX_OWNED


def correct_stored(held: StoredArticle, corrections: Corrections) -> IndexDocument | None:
    """Return what to write so that the document agrees with the corrections, None when it does.

    Raises:
        Rejected: the stored article is of a version that this program does not read.
    """
    article = decode(EnrichedArticle, held.stored.encode())
    before = held.fields.get("as_found")
    found = restore(article, decode(AsFound, before.encode())) if before else article
    corrected = correct_article(found, corrections)
    if corrected.article == article:
        return None
    fields = {name: value for name, value in held.fields.items() if name in INDEX_OWNED - ENTITY_FIELDS}
    return IndexDocument(
        article_id=held.article_id,
        version=held.version,
        enrichment_version=held.enrichment_version,
        fields=fields | entity_fields(corrected),
        stored=corrected.article.model_dump_json(exclude_none=True),
    )
