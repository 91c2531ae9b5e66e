"""robots.txt → what may be fetched, how fast, which sitemaps, which AI opt-outs. Protego behind limits; pure.

RFC 9309 with what sites write beyond it: crawl-delay, request-rate, sitemaps, misspelt directives.
"""

import re
from typing import Final

from protego import Protego

from pipeline.feeds.ai_signals import TRAINING_AGENTS, AiSignals, signals_of_robots
from pipeline.feeds.characters import decode_document
from pipeline.feeds.links import resolve_url
from pipeline.feeds.robots_lines import MAX_LINE_CHARS, order_lines

MAX_ROBOTS_BYTES: Final = 512 * 1024
"""RFC 9309 section 2.5: at least 500 KiB are to be read; what follows may be passed over."""
MAX_DELAY_S: Final = 3600.0
MAX_SITEMAPS: Final = 1000
_LINE_END = re.compile(r"\r\n|[\r\n\x85\u2028\u2029\f\v]")
_USAGE = re.compile(r"\s{0,20}content-(?:signal|usage)s?\s{0,20}:", re.IGNORECASE)
# A page that a server sends instead of robots.txt holds rules for nobody.
_PAGE = re.compile(r"\s{0,200}<(?:!doctype|html|head|body)\b", re.IGNORECASE)


class Robots:
    """The rules of one robots.txt. Answers are linear in the length of rule and address.

    Args:
        value: the file, as served; anything is allowed, garbage allows everything.
        url: its address, the base of relative sitemap addresses.
    """

    def __init__(self, value: bytes, url: str | None = None) -> None:
        text = decode_document(value[:MAX_ROBOTS_BYTES], "text/plain; charset=utf-8")
        lines = [] if _PAGE.match(text) else [line[:MAX_LINE_CHARS] for line in _LINE_END.split(text)]
        self._usage = tuple(line.strip() for line in lines if _USAGE.match(line))[:20]
        self._url = url
        self._rules = Protego.parse("\n".join(order_lines(lines)))

    def is_allowed(self, url: str, agent: str) -> bool:
        """Return whether a crawler with this product token may fetch the address; the longest rule decides."""
        return self._rules.can_fetch(url, agent)

    def delay_s(self, agent: str) -> float | None:
        """Return the seconds to leave between two requests (crawl-delay, else request-rate), at most an hour."""
        delay = self._rules.crawl_delay(agent)
        if delay is None:
            rate = self._rules.request_rate(agent)
            delay = rate.seconds / rate.requests if rate and rate.requests > 0 else None
        return min(float(delay), MAX_DELAY_S) if delay is not None and delay >= 0 else None

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The addresses of all sitemaps, absolute, each once, in order."""
        found = (resolve_url(url, self._url) for url in self._rules.sitemaps)
        return tuple(dict.fromkeys(url for url in found if url))[:MAX_SITEMAPS]

    @property
    def ai_signals(self) -> AiSignals:
        """What the file asks of those who gather texts for training."""
        shut_out = tuple(agent for agent in TRAINING_AGENTS if self._shuts_out(agent))
        return signals_of_robots(self._usage, shut_out)

    def _shuts_out(self, agent: str) -> bool:
        """Whether the home page is closed to this crawler while it is open to others: an opt-out, no closed site."""
        home = self._url or "https://site.invalid/"
        home = resolve_url("/", home) or home
        return not self.is_allowed(home, agent) and self.is_allowed(home, "newswire-unnamed")
