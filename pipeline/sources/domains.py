"""The registered domain of a host: who owns it, in the sense of the Public Suffix List.

Host → registered domain. Uses the list bundled with tldextract and never fetches a newer one, so that the same
release always gives the same answer. Imports nothing of ours.
"""

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tldextract import TLDExtract


@lru_cache(maxsize=8192)
def registered_domain(host: str) -> str | None:
    """Return the registered domain of a lower-case ASCII host, or None for an address or a bare label.

    A suffix that the list does not know (`.example`, an intranet) counts as one label.

    >>> registered_domain("news.bbc.co.uk"), registered_domain("www.harbour.example"), registered_domain("10.0.0.1")
    ('bbc.co.uk', 'harbour.example', None)
    """
    found = _load_list()(host)
    if found.suffix:
        return f"{found.domain}.{found.suffix}" if found.domain else None
    labels = host.split(".")
    if len(labels) < 2 or not all(labels) or labels[-1].isdigit() or ":" in host:
        return None
    return ".".join(labels[-2:])


@cache
def _load_list() -> "TLDExtract":
    """Return the reader of the list; imported at first use, because it brings a client for HTTP with it."""
    import tldextract

    # Private suffixes count (blogspot.com, github.io): what stands before them is a publisher of its own.
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def parent_hosts(host: str) -> list[str]:
    """Return the host and its parents down to the registered domain, longest first; empty when there is none.

    Where the public suffix has a site itself (www.gov.uk), the suffix stands last.

    >>> parent_hosts("m.news.bbc.co.uk")
    ['m.news.bbc.co.uk', 'news.bbc.co.uk', 'bbc.co.uk']
    """
    registered = registered_domain(host)
    if registered is None:
        return []
    labels = host.split(".")
    kept = len(registered.split("."))
    hosts = [".".join(labels[start:]) for start in range(len(labels) - kept + 1)]
    return [*hosts, registered.removeprefix("www.")] if registered.startswith("www.") else hosts
