"""What the names in HTML markup say about a stretch of text: class, id, itemprop and the like → role flags.

A flag is a hint about one element. Whether it counts is decided where the body is known (`page.py`), because large
containers bear misleading names. Data and one function; imports nothing of ours.
"""

import re
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from typing import Final


class Role(IntEnum):
    """What an element seems to hold; values are bits, and a set of roles is a plain int of them."""

    BYLINE = 1 << 0
    DATE = 1 << 1
    CAPTION = 1 << 2
    CREDIT = 1 << 3
    STANDFIRST = 1 << 4
    HEADLINE = 1 << 5
    PROMO = 1 << 6
    RELATED = 1 << 7
    CORRECTION = 1 << 8
    COPYRIGHT = 1 << 9
    FIGURE = 1 << 10
    TAGS = 1 << 11
    KICKER = 1 << 12
    CHROME = 1 << 13
    COMMENTS = 1 << 14
    COOKIES = 1 << 15
    ADVERT = 1 << 16
    ASIDE = 1 << 17
    HIDDEN = 1 << 18
    BODY = 1 << 19
    EMBED = 1 << 20


_WORDS: Final[dict[Role, str]] = {
    Role.BYLINE: "byline bylines author authors autor autoren autores autore autoria auteur auteurs verfasser firma "
    "signature writer writers contributor contributors reporter reportero redactor bio authorbio authorbox",
    Role.DATE: "date dates datum fecha fechas datetime timestamp pubdate published publishdate datepublished posted "
    "datemodified updated lastmod dateline time",
    Role.CAPTION: "caption captions figcaption cutline bildtext bildunterschrift bildlegende legende legend pie "
    "piefoto didascalia imagecaption photocaption",
    Role.CREDIT: "credit credits photocredit imagecredit bildquelle bildnachweis bildrechte fotograf fotografo "
    "photographer photographe credito creditos",
    Role.STANDFIRST: "standfirst deck dek subtitle subtitulo subtitular vorspann chapo chapeau subheadline subheading "
    "entradilla bajada strapline sottotitolo subhed anreisser alternativeheadline",
    Role.HEADLINE: "headline headlines",
    Role.PROMO: "newsletter newsletters promo promos subscribe subscription signup cta paywall abo abonnement "
    "abonnieren donate donation membership upsell boletin infolettre regwall optin",
    Role.RELATED: "related relateds relacionadas relacionados recommended recommendations recommends recirc "
    "recirculation readmore mostread mostpopular trending seealso similar outbrain taboola zergnet teaser teasers "
    "upnext moreon morefrom weiterlesen verwandt aussi alire connexes",
    Role.CORRECTION: "correction corrections clarification korrektur erratum correccion rectificatif",
    Role.COPYRIGHT: "copyright copyrights",
    Role.FIGURE: "figure photo photos image images bild bilder foto fotos multimedia gallery slideshow carousel "
    "picture bildergalerie galerie diaporama galeria media video player",
    Role.TAGS: "tags etiquetas schlagworte tagcloud taglist hashtags motscles",
    Role.KICKER: "kicker dachzeile surtitre overline eyebrow rubrik rubrique antetitulo ocho",
    Role.CHROME: "nav navbar navigation menu breadcrumb breadcrumbs masthead topbar sitemap pagination pager skip "
    "share sharing shares sharedaddy social addthis teilen partager compartir toolbar print follow footer login",
    Role.COMMENTS: "comment comments disqus kommentare kommentar commentaires comentarios respond livefyre viafoura",
    Role.COOKIES: "cookie cookies consent gdpr onetrust cmp ccpa",
    Role.ADVERT: "ad ads advert adverts advertisement adslot sponsor sponsored promoted werbung anzeige publicite "
    "publicidad dfp",
    Role.ASIDE: "aside sidebar lateral rail widget widgets complementary",
    Role.BODY: "articlebody storybody entrybody",
    Role.EMBED: "tweet instagram-media fb-post",
}
# Whole names only: "hidden-xs" hides on small screens, "lead-image" is no lead.
_WHOLE_NAMES: Final = {
    **dict.fromkeys(("hidden", "visuallyhidden", "d-none", "is-hidden"), int(Role.HIDDEN)),
    **dict.fromkeys(("lead", "lede", "intro"), int(Role.STANDFIRST)),
}
# Two words of one name that mean more together than alone.
_PAIRS: Final[tuple[tuple[str, str, Role], ...]] = (
    *(
        (picture, maker, Role.CREDIT)
        for picture in ("image", "photo", "img", "media", "picture", "foto", "bild", "photos", "caption")
        for maker in ("source", "copyright", "author", "quelle", "autor", "nachweis", "firma", "by", "rights")
    ),
    ("read", "more", Role.RELATED),
    ("read", "next", Role.RELATED),
    ("read", "also", Role.RELATED),
    ("see", "also", Role.RELATED),
    ("most", "read", Role.RELATED),
    ("most", "popular", Role.RELATED),
    ("more", "stories", Role.RELATED),
    ("more", "from", Role.RELATED),
    ("next", "up", Role.RELATED),
    ("lire", "aussi", Role.RELATED),
    ("sub", "title", Role.STANDFIRST),
    ("sub", "headline", Role.STANDFIRST),
    ("article", "summary", Role.STANDFIRST),
    ("article", "body", Role.BODY),
    ("story", "body", Role.BODY),
    ("visually", "hidden", Role.HIDDEN),
    ("screen", "reader", Role.HIDDEN),
    ("sr", "only", Role.HIDDEN),
    ("author", "bio", Role.BYLINE),
    ("sign", "up", Role.PROMO),
    ("mail", "list", Role.PROMO),
)
_TAGS: Final = {
    "figure": Role.FIGURE,
    "figcaption": Role.CAPTION,
    "nav": Role.CHROME,
    "footer": Role.CHROME,
    "aside": Role.ASIDE,
    "time": Role.DATE,
    "dialog": Role.COOKIES,
    "button": Role.CHROME,
    "address": Role.BYLINE,
}
_BY_WORD: Final[dict[str, int]] = {}
for _role, _words in _WORDS.items():
    for _word in _words.split():
        _BY_WORD[_word] = _BY_WORD.get(_word, 0) | _role
_BY_FIRST: Final[dict[str, list[tuple[str, int]]]] = {}
for _first, _second, _role in _PAIRS:
    _BY_FIRST.setdefault(_first, []).append((_second, int(_role)))
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SPLIT: Final = re.compile(r"[^a-z]+")
_NO_DISPLAY: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ATTRIBUTES: Final = frozenset(("class", "id", "itemprop", "rel", "role", "data-testid", "data-component", "property"))
MAX_NAMES_CHARS: Final = 400
"""Longer lists of class names are cut: they come from CSS frameworks and say nothing more."""


def roles_of(tag: str, attributes: Iterable[tuple[str, str]]) -> int:
    """Return the roles that an element's tag and attributes speak for, as a plain int of `Role` bits."""
    roles = _TAGS.get(tag, 0)
    for name, value in attributes:
        if name in _ATTRIBUTES:
            roles |= _roles_of_names(value[:MAX_NAMES_CHARS])
        elif name == "hidden" or (name == "style" and _NO_DISPLAY.search(value)):
            roles |= Role.HIDDEN
    return int(roles)


@lru_cache(maxsize=16_384)
def _roles_of_names(names: str) -> int:
    """Roles of one attribute's names; cached, because pages repeat them and pages of one site share them."""
    roles = 0
    for name in names.split():
        lowered = name.lower()
        roles |= _BY_WORD.get(lowered, 0) | _WHOLE_NAMES.get(lowered, 0)
        words = _SPLIT.split(lowered if name.islower() else _CAMEL.sub(" ", name).lower())
        if len(words) == 1:
            continue
        for word in words:
            roles |= _BY_WORD.get(word, 0)
            for second, role in _BY_FIRST.get(word, ()):
                if second in words:
                    roles |= role
    return roles
