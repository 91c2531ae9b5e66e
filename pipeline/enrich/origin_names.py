"""Reads the name that follows "originally published by". Pure; imports the registry and nothing else of ours.

Text and position → name with its span, and the source if the registry knows it.
"""

import re
from dataclasses import dataclass
from typing import Final

from pipeline.sources.registry import SourceRegistry
from schemas.source import Source

_MAX_NAME_CHARS: Final = 80
_MAX_WORDS: Final = 9
_LEAD = re.compile(
    r"[\s:,\"“„«‘'(\[]{0,4}(?:(?:the\s)?(?:[\w’'-]{1,20}\s){0,4}?(?:issue|edition|print\sedition|pages|website|site|blog)"
    r"\sof\s|(?:notre|nuestro|our|its|unser\w{0,2})\s[\w\s-]{0,30}?(?:partner|partenaire|socio|site|publication)\s)?",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"(?:the|dem|der|den|die|das|le|la|les|l['’]|el|los|las|il|lo)(?:\s{1,2}|(?<=['’]))[\"“„«‘']?", re.IGNORECASE
)
_DOMAIN = re.compile(
    r"(?:https?://)?(?:www\.)?((?:[a-z0-9](?:[a-z0-9-]{0,61})\.){1,4}[a-z]{2,20})(?![\w@])", re.IGNORECASE
)
_TOKEN = re.compile(r"[^\s,;:()\[\]“”\"«»„]{1,40}")
_CONNECTOR_WORDS: Final = "of the and & for de du des la le les del di da do y e et und der für von van"
_CONNECTORS: Final = frozenset(_CONNECTOR_WORDS.split())
_ABBREVIATION = re.compile(r"(?:[A-Z]\.){1,4}|(?:St|Inc|Co|Ltd|Mt|Dr|Corp|Bros)\.")
_NO_NAME_WORDS: Final = """
    january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday januar februar märz mai juni juli oktober dezember montag dienstag mittwoch
    donnerstag freitag samstag sonntag janvier février mars avril juin juillet août septembre octobre novembre décembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    jan feb mar apr jun jul aug sep sept oct nov dec déc dez okt ene abr ago dic
    here this that these it us we you our their his her my a an i today yesterday new page"""
_NO_NAME: Final = frozenset(_NO_NAME_WORDS.split())


@dataclass(frozen=True, slots=True)
class MakerName:
    """A name as written, from `start` to `end` of the text it was read in."""

    name: str
    start: int
    end: int
    source: Source | None


def read_name(text: str, start: int, registry: SourceRegistry, language: str = "en") -> MakerName | None:
    """Return the outlet's name that begins at `start` (an article or quotation mark may come before it), or None.

    The registry is asked first; then a domain is a name; then a run of capitalised words, unless it is a date.
    """
    lead = _LEAD.match(text, start)
    begin = lead.end() if lead else start
    article = _ARTICLE.match(text, begin)
    bare = article.end() if article else begin
    for position in dict.fromkeys((begin, bare)):
        found = registry.name_at(text, position)
        if found is not None:
            return MakerName(found.value.name, position, found.end, found.value)
    domain = _DOMAIN.match(text, bare)
    if domain:
        source = registry.publisher(domain=domain[1])
        return MakerName(source.name if source else domain[1], domain.start(), domain.end(), source)
    end = _capitalised_end(text, bare)
    if end is None:
        return None
    name = text[bare:end]
    known = _find(name, registry, language)
    if known is not None:
        return MakerName(known.name, bare, end, known)
    begins = begin if text[begin:bare].startswith(("The ", "La ", "Le ", "El ", "Die ", "Der ", "Das ")) else bare
    return MakerName(text[begins:end], begins, end, None)


def _find(name: str, registry: SourceRegistry, language: str) -> Source | None:
    found = registry.find_name(name)
    if found is None and language == "de":
        # German declines what stands before the noun: "in der Süddeutschen Zeitung".
        first, blank, rest = name.partition(" ")
        if blank and first.endswith("n"):
            found = registry.find_name(f"{first[:-1]} {rest}")
    return found


def _capitalised_end(text: str, start: int) -> int | None:
    """Return where the run of capitalised words from `start` ends; connectors only count between two of them."""
    end: int | None = None
    position = start
    for _ in range(_MAX_WORDS):
        token = _TOKEN.match(text, position)
        if token is None or token.end() - start > _MAX_NAME_CHARS:
            break
        word = token[0]
        if not (word[0].isupper() or word[0].isdigit()):
            if end is None or word not in _CONNECTORS:
                break
        elif end is None and (word.rstrip(".,’'").lower() in _NO_NAME or word[0].isdigit()):
            return None
        elif word.rstrip(".").lower() in _NO_NAME and word.rstrip(".").lower() != "new":
            break
        else:
            closes = word.endswith((".", "!", "?")) and not _ABBREVIATION.fullmatch(word)
            end = token.end() - (len(word) - len(word.rstrip(".!?'’"))) if closes else token.end()
            if closes:
                break
        if not text.startswith(" ", token.end()):
            break
        position = token.end() + 1
    return end
