"""Does an entry give the whole article or a teaser? Its texts → yes or no. Pure.

A teaser that is taken for the article loses the text for good; an article taken for a teaser costs one fetch. So
there must be reason to believe that it is whole.
"""

import re
from typing import Final

from pipeline.feeds.characters import visible_length

FULL_CONTENT_CHARS: Final = 500
"""Visible characters from which a text offered as content is believed; short news of three sentences have that."""
FULL_SUMMARY_CHARS: Final = 1500
"""The same for a description: teasers of 1,000 characters are found, of 1,500 hardly ever."""
_TAIL_CHARS: Final = 600
_TAG = re.compile(r"<[^<>]{0,2000}>")
_CUT = re.compile(
    r"(?:\[?(?:\.\.\.|…|&#8230;|&hellip;|&#x2026;)\]?|\[&#8230;\]"
    r"|(?:read|continue|see|view|learn) (?:more|reading|the (?:full|rest|whole|complete))[^.]{0,120}"
    r"|(?:full|complete) (?:story|article)|weiterlesen|mehr lesen|lire la suite|leer más|seguir leyendo|leia mais"
    r"|continua a leggere|leggi tutto|lees (?:meer|verder)|läs mer|les mer|læs mere|lue lisää|czytaj (?:więcej|dalej)"
    r"|читать (?:далее|полностью)|devamını oku|続きを読む|阅读全文|더 보기)\W{0,12}$",
    re.IGNORECASE,
)


def is_full_text(text: str | None, *, is_content: bool, summary: str | None) -> bool:
    """Return whether the text can be the whole article.

    `is_content`: the feed offers it as content, beside or instead of a summary. Text that ends with an ellipsis or an
    invitation to read on is a teaser, whatever its length; WordPress's closing line ("The post … appeared first on")
    is passed over.
    """
    length = visible_length(text)
    if not text or length < (FULL_CONTENT_CHARS if is_content else FULL_SUMMARY_CHARS):
        return False
    if is_content and summary and summary != text and length <= visible_length(summary) * 1.2:
        return False
    tail = " ".join(_TAG.sub(" ", text[-_TAIL_CHARS * 4 :]).split())[-_TAIL_CHARS:]
    tail = re.sub(r"(?i)the post .{1,300}? (?:appeared|was) first (?:on|published).{0,200}$", "", tail).rstrip()
    return _CUT.search(tail[-160:]) is None
