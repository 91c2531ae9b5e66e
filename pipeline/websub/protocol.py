"""What hubs and subscribers say to each other (WebSub, W3C Recommendation of 23 January 2018). Pure.

Link headers → hub and topic; a subscription → the form to send; a signature header → whether it holds.
"""

import hmac
import re
from typing import Final

from pipeline.feeds.links import resolve_url

DIGESTS: Final = frozenset({"sha1", "sha256", "sha384", "sha512"})
"""The methods of section 8.1. SHA-1 is broken for collisions, not within an HMAC; many hubs know nothing else."""
MIN_LEASE_S: Final = 300
MAX_LEASE_S: Final = 30 * 86_400
WISHED_LEASE_S: Final = 10 * 86_400
_LINK = re.compile(
    r"<([^<>]{1,4096})>((?:\s{0,9};\s{0,9}[\w!#$&+.^`|~*-]{1,40}\s{0,9}=\s{0,9}(?:\"[^\"]{0,400}\"|[^\",;\s]{1,400}))*)"
)
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\",;\s]+))", re.IGNORECASE)


def find_links(header: str | None, base: str) -> tuple[tuple[str, ...], str | None]:
    """Return the hubs and the topic that a Link header names (RFC 8288), the hubs in order.

    >>> find_links('<https://hub.example/>; rel="hub", </feed>; rel=self', "https://harbour-post.example/rss")
    (('https://hub.example/',), 'https://harbour-post.example/feed')
    """
    hubs: dict[str, None] = {}
    topic = None
    for link in _LINK.finditer((header or "")[:20_000]):
        found = _REL.search(link[2])
        relations = (found[1] or found[2] or "").lower().split() if found else []
        url = resolve_url(link[1], base) if relations else None
        if url and "hub" in relations:
            hubs[url] = None
        elif url and "self" in relations:
            topic = topic or url
    return tuple(hubs)[:8], topic


def subscription_form(topic: str, callback: str, secret: str) -> dict[str, str]:
    """Return what is sent to the hub to subscribe (section 5.1), and to renew."""
    return {
        "hub.mode": "subscribe",
        "hub.topic": topic,
        "hub.callback": callback,
        "hub.secret": secret,
        "hub.lease_seconds": str(WISHED_LEASE_S),
    }


def read_lease(written: str | None) -> float:
    """Return the seconds of a lease, within reason: a hub that says none, or nonsense, is asked again in a day."""
    text = (written or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        return 86_400.0
    return float(min(max(int(text), MIN_LEASE_S), MAX_LEASE_S))


def is_signed(header: str | None, secret: str, body: bytes) -> bool:
    """Whether an X-Hub-Signature header (`sha256=…`) is that of the body (section 8).

    >>> is_signed("sha256=00", "secret", b"")
    False
    """
    method, _, signature = (header or "").strip().partition("=")
    if method.lower() not in DIGESTS:
        return False
    wanted = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.strip().lower().encode("utf-8", "replace"))
