"""Pages that are no article: home and index pages, error pages, cookie walls, empty and nearly empty ones.

Facts about a page → the sentence that says why it is refused, or None. Pure.
"""

import re
from dataclasses import dataclass
from typing import Final

MIN_PAGE_WEIGHT: Final = 140
"""Letters of body that a page must have: about 25 words. The shortest of 181 real articles has 190."""
MIN_MARKED_WEIGHT: Final = 40
"""The same where structured data calls the page an article: a news flash is one sentence."""
MIN_TEXT_WEIGHT: Final = 10
"""The same for a text that came as an article already: 1987 wires have bodies of five words."""
MAX_ERROR_WEIGHT: Final = 1500
"""A page with more text than this is an article about errors, not an error page."""
_ERROR_CODE: Final = re.compile(
    r"^\W{0,4}(?:error\s{0,3})?(?:40[0134]|410|429|451|50[0-4])\b\W{0,4}(?:$|(?:[a-z]+ ){0,4}"
    r"(?:not found|error|forbidden|unavailable|gone|nicht gefunden|introuvable)\b)",
    re.IGNORECASE,
)
_ERROR_WORDS: Final = re.compile(
    r"\b(?:page|article|story|content|file|url|seite|artikel|página|noticia) "
    r"(?:(?:was|is|cannot be|could not be|you requested|you are looking for|wurde|no|n['’]a pas été|konnte) ){0,3}"
    r"(?:not found|missing|unavailable|no longer available|nicht gefunden|trouvée?|encontrad[oa]|introuvable)\b"
    r"|^\W{0,4}(?:not found|access denied|forbidden|service unavailable|bad gateway|internal server error|oops|"
    r"just a moment|attention required|are you a robot|robot check|verify (?:that )?you are|security check|"
    r"request (?:blocked|rejected)|site (?:is )?(?:under )?maintenance|account suspended|"
    r"please enable (?:js|javascript|cookies))\b",
    re.IGNORECASE,
)
_CONSENT_TITLE: Final = re.compile(
    r"\b(?:cookies?|consent|datenschutz(?:einstellungen)?|privacy (?:settings|preferences|choices)|"
    r"before you continue|bevor sie fortfahren|avant de continuer|antes de continuar|zustimmung|consentement|"
    r"consentimiento)\b",
    re.IGNORECASE,
)
_CONSENT_WORD: Final = re.compile(
    r"\b(?:cookies?|consent|partners?|personal data|personenbezogene|vendors?|privacy|datenschutz|tracking|zustimm\w+|"
    r"einwillig\w+|consentement|données personnelles|finalités|consentimiento|datos personales|advertising|"
    r"preferences)\b",
    re.IGNORECASE,
)
_HOME_PATH: Final = re.compile(
    r"^/?(?:index\.\w{3,5}|home/?|(?:[a-z]{2}(?:-[a-z]{2})?)/?|default\.\w{3,5})?$", re.IGNORECASE
)
_INDEX_KINDS: Final = frozenset(
    ("collectionpage", "searchresultspage", "profilepage", "itemlist", "contactpage", "aboutpage")
)
MIN_CONSENT_WORDS: Final = 3
"""Different words of consent: an article about cookies that crumble has one."""
MIN_INDEX_LINKS: Final = 25
"""Links of headline length outside navigation; fewer stand under any article."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the decision needs. Weights are letters (see `characters.weight_of`), lines those of the body."""

    title: str
    body: str
    body_weight: int
    prose_lines: int
    headline_links: int
    headline_link_weight: int
    is_marked: bool
    kinds: tuple[str, ...]
    url: str | None
    status: int | None


def find_refusal(facts: PageFacts) -> str | None:
    """Return why a page is no article, one sentence for a person; None when it may be one."""
    if facts.status is not None and facts.status >= 400:
        return f"The server answered with status {facts.status}: an error page."
    if facts.body_weight <= MAX_ERROR_WEIGHT and not facts.is_marked and _is_error_title(facts.title):
        return f"The title says that this is an error page: {facts.title[:80]!r}."
    if _is_consent_wall(facts):
        return "The page only asks for consent to cookies; the article behind it was not delivered."
    if _is_front_page(facts):
        return "This is a home or section page: many headlines that lead elsewhere, and no story of its own."
    return _find_shortage(facts)


def _find_shortage(facts: PageFacts) -> str | None:
    least = MIN_MARKED_WEIGHT if facts.is_marked else MIN_PAGE_WEIGHT
    if facts.body_weight == 0:
        return "The page has no text that could be an article."
    if facts.body_weight < least:
        return f"Only {facts.body_weight} letters of body text: too little for an article, which needs {least}."
    return None


def _is_error_title(title: str) -> bool:
    return _ERROR_CODE.search(title) is not None or _ERROR_WORDS.search(title) is not None


def _is_consent_wall(facts: PageFacts) -> bool:
    words = len(facts.body.split())
    found = [word.casefold() for word in _CONSENT_WORD.findall(facts.body[:5000])]
    mentions = len(found) if len(set(found)) >= MIN_CONSENT_WORDS else 0
    if facts.is_marked and words > 120:
        return False
    if mentions and _CONSENT_TITLE.search(facts.title) and mentions * 25 >= words:
        return words < 400 or mentions * 12 >= words
    return 0 < words < 250 and mentions >= 4 and mentions * 15 >= words


def _is_front_page(facts: PageFacts) -> bool:
    kinds = {kind.casefold() for kind in facts.kinds}
    _, has_host, address = (facts.url or "").partition("//")
    is_home = (
        bool(has_host)
        and "?" not in address
        and _HOME_PATH.match(address.partition("#")[0].partition("/")[2]) is not None
    )
    links_weigh_more = facts.headline_link_weight > facts.body_weight
    if is_home and not facts.is_marked:
        return True
    if facts.is_marked and facts.prose_lines >= 3:
        return False
    if kinds & _INDEX_KINDS and not facts.is_marked:
        return links_weigh_more or facts.prose_lines < 3
    return (
        facts.headline_links >= MIN_INDEX_LINKS and links_weigh_more and facts.prose_lines < 4 and not facts.is_marked
    )
