"""A file that is one article: a page or a plain text. File → one `RawArticle` or `BadInput`. Imports no client."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pipeline.clock import epoch_ms
from pipeline.producers.byte_lines import BROKEN, open_bytes
from pipeline.producers.decoding import decode_page, decode_text, is_binary
from pipeline.producers.html_head import PageIdentity, identify_page
from pipeline.producers.inputs import MAX_RECORD_BYTES, BadInput, Place, bad_file
from pipeline.producers.record_keys import clean
from pipeline.sources.urls import article_id, domain_of
from schemas.article import ContentType, RawArticle, SourceClaim


def read_html(path: Path, modified_at: datetime) -> Iterator[RawArticle | BadInput]:
    """Yield the page's article; its id comes from the address that the page gives of itself, else from its content."""
    value = _read_bytes(path)
    if isinstance(value, BadInput):
        yield value
        return
    page = clean(decode_page(value))
    yield _article(page, "html", identify_page(page), Place(path, None, modified_at))


def read_text(path: Path, modified_at: datetime) -> Iterator[RawArticle | BadInput]:
    """Yield the text's article; its id comes from its content, so that a moved file is the same article."""
    value = _read_bytes(path)
    if isinstance(value, BadInput):
        yield value
        return
    text = clean(decode_text(value)).replace("\r\n", "\n").replace("\r", "\n")
    yield _article(text, "text", PageIdentity(), Place(path, None, modified_at))


def _article(content: str, content_type: ContentType, page: PageIdentity, place: Place) -> RawArticle:
    return RawArticle(
        article_id=article_id(page.canonical, content=content),
        version=epoch_ms(place.modified_at),
        fetched_at=place.modified_at,
        url=page.url,
        canonical_url=page.canonical,
        source=SourceClaim(domain=domain_of(page.canonical), name=page.site_name),
        channel="file",
        content=content,
        content_type=content_type,
        received_from=place.received_from,
    )


def _read_bytes(path: Path) -> bytes | BadInput:
    try:
        with open_bytes(path) as stream:
            value = stream.read(MAX_RECORD_BYTES + 1)
    except BROKEN as error:
        return bad_file(path, f"The file is damaged or cannot be read: {error}")
    if len(value) > MAX_RECORD_BYTES:
        return bad_file(path, f"The file is larger than {MAX_RECORD_BYTES // 1024**2} MiB.", value)
    if not value.strip():
        return bad_file(path, "The file is empty.", value)
    if is_binary(value):
        return bad_file(path, "The file is binary, no text or page.", value)
    return value
