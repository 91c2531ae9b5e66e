"""Web archives → raw articles. File → the article of each page, and a `BadInput` for each broken place.

Names and addresses in an archive are data: nothing is ever written or opened by them.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pipeline.clock import epoch_ms
from pipeline.feeds.warc import WarcCounts, read_warc
from pipeline.feeds.warc_page import BadWarcRecord, WarcPage
from pipeline.producers.byte_lines import BROKEN
from pipeline.producers.decoding import decode_page, decode_text, is_binary
from pipeline.producers.html_head import identify_page
from pipeline.producers.inputs import BadInput, bad_file
from pipeline.producers.record_keys import clean
from pipeline.sources.urls import article_id, canonical_url, domain_of
from schemas.article import ContentType, HttpFacts, RawArticle, SourceClaim


def read_warc_file(path: Path, modified_at: datetime) -> Iterator[RawArticle | BadInput]:
    """Yield the articles of an archive in order; `fetched_at` is each record's date, else the file's.

    Only answers with status 200 that are pages or plain texts become articles; the id comes from the page's own
    canonical address if it lies on the same site, else from the address that was fetched.
    """
    counts = WarcCounts()
    try:
        with path.open("rb") as stream:
            for found in read_warc(stream, counts):
                if isinstance(found, BadWarcRecord):
                    yield BadInput(path, None, b"", f"At byte {found.offset:,}: {found.detail}")
                elif not is_binary(found.body):
                    yield _article(found, path, modified_at)
    except BROKEN as error:
        yield bad_file(path, f"The file is damaged or cannot be read: {error}")
        return
    if not counts.pages and not counts.broken:
        yield bad_file(path, f"The archive holds {counts.records:,} records and no page among them.")


def _article(page: WarcPage, path: Path, modified_at: datetime) -> RawArticle:
    is_text = (page.content_type or "").lower().startswith("text/plain")
    content_type: ContentType = "text" if is_text else "html"
    content = clean(decode_text(page.body) if is_text else decode_page(_declared(page)))
    fetched_at = page.fetched_at or modified_at
    identity = identify_page(content) if content_type == "html" else None
    own = canonical_url(page.url)
    said = identity.canonical if identity else None
    canonical = said if said and domain_of(said) == domain_of(own) else own
    return RawArticle(
        article_id=article_id(canonical, content=content),
        version=epoch_ms(fetched_at),
        fetched_at=fetched_at,
        url=page.url,
        canonical_url=canonical,
        source=SourceClaim(domain=domain_of(canonical), name=identity.site_name if identity else None),
        channel="warc",
        content=content,
        content_type=content_type,
        http=HttpFacts(
            status=page.status,
            final_url=page.url,
            etag=page.etag,
            last_modified=page.last_modified,
            content_language=page.content_language,
        ),
        received_from=f"{path}@{page.offset}",
    )


def _declared(page: WarcPage) -> bytes:
    """Return the page with the server's charset in front, where a page's own declaration would stand."""
    charset = (page.content_type or "").lower().partition("charset=")[2].strip(" \"';")
    if not charset or not charset.isascii() or len(charset) > 40:
        return page.body
    return f"<!-- charset={charset} -->".encode() + page.body if _is_undeclared(page.body) else page.body


def _is_undeclared(body: bytes) -> bool:
    return b"charset" not in body[:4096].lower() and not body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
