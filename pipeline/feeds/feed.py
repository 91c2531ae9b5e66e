"""The entrance to feeds: bytes of any form of feed → `Feed`. Pure: no network, no files, no clock."""

from typing import Final

from pipeline.feeds.entry import Feed
from pipeline.feeds.json_feed import read_json_feed
from pipeline.feeds.limits import MAX_FEED_BYTES, unpack
from pipeline.feeds.xml_feed import read_xml_feed
from schemas.errors import BAD_INPUT, Rejected

_BLANKS: Final = b"\xef\xbb\xbf \t\r\n\x00"


def read_feed(value: bytes, *, url: str | None = None, content_type: str | None = None) -> Feed:
    """Return what a feed holds: RSS 0.9 to 2.0, RDF, Atom 0.3 and 1.0, CDF, JSON Feed; also packed with gzip.

    `url` is where it came from (after redirects): the base of relative addresses. `content_type` is the HTTP header:
    its charset counts, its type does not, servers being what they are. Entries come in the order written; none are
    left out, not even empty ones (`Entry.is_empty`).

    Raises:
        Rejected: permanent; `bad-input`, it is no feed or hostile; `too-large`, over 8 MiB unpacked.
    """
    value = unpack(value, MAX_FEED_BYTES)
    start = value[:4096].lstrip(_BLANKS).replace(b"\x00", b"")
    if not start:
        raise Rejected(BAD_INPUT, "The feed is empty.")
    if start.startswith((b"{", b"[")):
        return read_json_feed(value, url=url, content_type=content_type)
    return read_xml_feed(value, url=url, content_type=content_type)
