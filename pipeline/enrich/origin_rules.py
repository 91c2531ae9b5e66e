"""The phrases by which articles say who made them: a table, one row a phrase. Data only; imports only `schemas`.

A notice pattern ends where the maker's name begins; the name is read by `origin_names`. Patterns are tried on single
lines of at most `NOTICE_MAX_CHARS`, case-insensitively; repetition inside them is bounded, so they stay linear.
"""

import re
from dataclasses import dataclass
from typing import Final

NOTICE_MAX_CHARS: Final = 700

_EN_DATE = r"(?:(?:in|on)\s[^.;:\n]{0,28}?\b(?:19|20)\d\d,?\s{1,3})?"
_EN_PIECE = (
    r"(?:article|story|report|piece|op-ed|essay|commentary|column|interview|post|analysis|text|content|item|"
    r"investigation|editorial|excerpt|feature|dispatch|version|translation|coverage)"
)
_EN_THIS = rf"\b(?:this|the\s(?:following|above|preceding))\s(?:[\w’'-]{{1,20}}\s){{0,3}}?{_EN_PIECE}"
_EN_FIRST = r"(?:originally|first|initially|previously|earlier)"
_EN_MADE = r"(?:co-?published|published|posted|printed|released|produced|aired|broadcast|appeared|ran|written)"
_EN_START = r"^[\W_]{0,12}"
_DE_THIS = (
    r"\b(?:diese[rs]?|der|das)\s(?:[\w-]{1,20}\s)?"
    r"(?:artikel|text|beitrag|bericht|kommentar|essay|gastbeitrag|reportage|interview|meldung|analyse|recherche)"
)
_DE_FIRST = r"(?:zuerst|ursprünglich|zunächst|erstmals|original|vorab)"
_DE_AT = r"(?:bei|beim|auf|in|im|von|vom|durch|unter)"
_FR_THIS = (
    r"\b(?:cet|cette|ce|l['’])\s?"
    r"(?:article|texte|tribune|reportage|dépêche|enquête|entretien|analyse|chronique|contenu|papier|billet)"
)
_FR_FIRST = r"(?:d['’]abord|initialement|originellement|originalement|pour\sla\spremière\sfois|à\sl['’]origine)"
_FR_MADE = r"(?:publiée?s?|parue?s?|diffusée?s?|produite?s?|rédigée?s?)"
_FR_AT = r"(?:le\s\d[^.;\n]{2,24}?\s)?(?:par|sur|dans|chez)\s(?:le\ssite\s(?:de\s|du\s)?)?"
_ES_THIS = (
    r"\b(?:est[ea]|el\ssiguiente|la\ssiguiente)\s"
    r"(?:artículo|articulo|texto|nota|reportaje|noticia|informe|columna|entrevista|historia|contenido|pieza|análisis)"
)
_ES_FIRST = r"(?:originalmente|originariamente|por\sprimera\svez|inicialmente|primero)"
_ES_MADE = r"(?:publicad[oa]|publicó|apareció|producid[oa]|difundid[oa]|emitid[oa])"
_ES_AT = r"(?:el\s\d[^.;\n]{2,24}?\s)?(?:por|en)\s"


_EN_AGAIN = r"(?:re-?printed|re-?published|re-?posted|published|used|shared)"
_EN_PERMISSION = r"(?:with|by)\s(?:the\s)?(?:kind\s|express\s|full\s)?permission"


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """One phrase. `known_only`: the phrase is too common to believe a name that the registry does not know."""

    id: str
    language: str
    pattern: re.Pattern[str]
    confidence: float
    known_only: bool = False


def _rule(rule_id: str, confidence: float, pattern: str, *, known_only: bool = False) -> NoticeRule:
    return NoticeRule(rule_id, rule_id[:2], re.compile(pattern, re.IGNORECASE), confidence, known_only)


NOTICE_RULES: Final = (
    _rule(
        "en-originally-published", 0.98,
        rf"{_EN_THIS}\s(?:(?:was|were|is|has\sbeen|had\sbeen)\s)?(?:{_EN_FIRST}\s{_EN_MADE}|{_EN_MADE}\s{_EN_FIRST})\s"
        rf"{_EN_DATE}(?:by|on|at|in|with|for)\s",
    ),
    _rule(
        "en-originally-published-short", 0.95,
        rf"{_EN_START}{_EN_FIRST}\s{_EN_MADE}\s{_EN_DATE}(?:by|on|at|in|with|for)\s",
    ),
    _rule(
        "en-feed-footer", 0.9,
        r"\bthe\spost\s.{1,300}?\s(?:appeared\sfirst|first\sappeared)\son\s",
    ),
    _rule(
        "en-republished", 0.97,
        rf"(?:{_EN_START}|{_EN_THIS}\s(?:is|was|has\sbeen)\s)(?:re-?published|re-?printed|re-?posted|cross-?posted|"
        rf"syndicated)\s(?:here\s)?(?:{_EN_PERMISSION}\s)?(?:from|of|courtesy\sof)\s",
    ),
    _rule(
        "en-with-permission", 0.95,
        rf"\b{_EN_AGAIN}\s(?:here\s)?{_EN_PERMISSION}\s(?:of|from|by)\s",
    ),
    _rule(
        "en-produced-by", 0.93,
        rf"{_EN_THIS}\s(?:was|is|has\sbeen)\s(?:jointly\s)?(?:produced|provided|supplied|distributed|syndicated|created)"
        r"(?:\sand\s\w{4,14})?\s(?:to\s[\w\s]{2,30}?\s)?by\s",
        known_only=True,
    ),
    _rule(
        "en-comes-from", 0.9,
        rf"{_EN_THIS}\s(?:comes|came|is\staken|is\sadapted|is\sexcerpted|is)\s(?:to\sus\s)?(?:from|courtesy\sof)\s",
        known_only=True,
    ),
    _rule(
        "en-courtesy", 0.9,
        rf"{_EN_START}(?:{_EN_PIECE})\s(?:is\s)?(?:courtesy\sof|provided\sby|supplied\sby)\s",
        known_only=True,
    ),
    _rule(
        "en-read-original", 0.85,
        r"\bread\sthe\soriginal\s(?:\w{1,12}\s)?(?:here\s)?(?:at|on|in|from)\s",
        known_only=True,
    ),
    _rule(
        "en-distributed", 0.85,
        r"\bdistributed\sby\s",
        known_only=True,
    ),
    _rule(
        "de-zuerst-erschienen", 0.98,
        rf"{_DE_THIS}\s(?:ist\s|wurde\s|erschien\s){_DE_FIRST}\s(?:am\s\d[^;\n]{{2,24}}?\s)?{_DE_AT}\s",
    ),
    _rule(
        "de-zuerst-erschienen-short", 0.95,
        rf"{_EN_START}(?:{_DE_FIRST}\s(?:erschienen|veröffentlicht|publiziert)|erstveröffentlichung:?|"
        rf"erstmals\sveröffentlicht)\s{_DE_AT}?\s?",
    ),
    _rule(
        "de-genehmigung", 0.95,
        r"\bmit\s(?:freundlicher\s)?(?:genehmigung|erlaubnis)\s(?:von|vom|der|des|durch)\s",
    ),
    _rule(
        "de-uebernommen", 0.93,
        rf"(?:{_EN_START}übernommen|{_DE_THIS}\s(?:(?:ist|wurde)\sübernommen|stammt))\s(?:von|aus)\s(?:der\s|dem\s)?",
        known_only=True,
    ),
    _rule(
        "fr-publie-initialement", 0.98,
        rf"{_FR_THIS}\s(?:a|est|avait)\s(?:{_FR_FIRST}\s)?(?:été\s)?(?:{_FR_FIRST}\s)?{_FR_MADE}\s(?:{_FR_FIRST}\s)?{_FR_AT}",
    ),
    _rule(
        "fr-publie-initialement-short", 0.95,
        rf"{_EN_START}(?:(?:article|texte)\s)?(?:{_FR_FIRST}\s{_FR_MADE}|{_FR_MADE}\s{_FR_FIRST})\s{_FR_AT}",
    ),
    _rule(
        "fr-autorisation", 0.97,
        r"\b(?:re-?publiée?|reproduite?|reprise?|publiée?)\s(?:ici\s)?(?:avec\sl['’](?:aimable\s)?(?:autorisation|"
        r"permission)\s(?:de\s|du\s|des\s|d['’])|à\spartir\s(?:de\s|du\s)|depuis\s)",
    ),
    _rule(
        "es-publicado-originalmente", 0.98,
        rf"{_ES_THIS}\s(?:se\s|ha\ssido\s|fue\s)?(?:{_ES_FIRST}\s{_ES_MADE}|{_ES_MADE}\s{_ES_FIRST})\s{_ES_AT}",
    ),
    _rule(
        "es-publicado-originalmente-short", 0.95,
        rf"{_EN_START}(?:{_ES_FIRST}\s{_ES_MADE}|{_ES_MADE}\s{_ES_FIRST})\s{_ES_AT}",
    ),
    _rule(
        "es-permiso", 0.97,
        r"\b(?:reproducid[oa]|republicad[oa]|reimpres[oa]|publicad[oa])\s(?:aquí\s)?con\s(?:el\s|la\s)?(?:permiso|"
        r"autorización)\s(?:de\s|del\s)",
    ),
    _rule(
        "es-tomado-de", 0.9,
        rf"{_EN_START}(?:tomado|extraído)\sde(?:l)?\s",
        known_only=True,
    ),
    _rule(
        "xx-copyright", 0.7,
        r"^[\W_]{0,4}(?:copyright|\(c\)|©|c\.)\s{0,2}(?:\(c\)|©)?\s{0,2}"
        r"(?:(?:19|20)\d\d(?:\s?[-–]\s?(?:19|20)?\d\d)?[,.]?)?\s{0,2}(?:by\s)?",
        known_only=True,
    ),
)  # fmt: skip
"""Reprint notices, strongest first within their kind."""

_TRIGGER_WORDS: Final = """
    publi print appear aired broadcast post produc permission courtesy syndicat provided supplied distribut original
    creat released written erschien genehmig erlaubnis übernommen stammt autoris autoriz paru diffus rédig repris
    permiso apareci difundi emiti tomado extraíd copyright (c) © c.19 c.20 veröffentlich
"""
TRIGGERS: Final = (*_TRIGGER_WORDS.split(), "from ", " ran ", "c. 19", "c. 20")
"""No notice pattern matches a lower-cased line without one of these; plain substrings are 20 times faster."""

RIGHTS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:(?:is|are|was|were|has\sbeen)\s(?:being\s)?)?{_EN_AGAIN}\s(?:here\s)?{_EN_PERMISSION}\b",
        r"\bunder\s(?:an?\s|the\s)?(?:terms\sof\s(?:an?\s|the\s)?)?creative\scommons\b(?:\s[\w.-]{1,20}){0,4}?\slicen[cs]e\b",
        r"\bunder\s(?:an?\s|the\s)?creative\scommons\b",
        r"\ball\srights\sreserved\b",
        r"\bmit\s(?:freundlicher\s)?(?:genehmigung|erlaubnis)\b",
        r"\bavec\sl['’](?:aimable\s)?(?:autorisation|permission)\b",
        r"\bsous\slicence\screative\scommons\b",
        r"\bcon\s(?:el\s|la\s)?(?:permiso|autorización)\b",
        r"\bbajo\s(?:una\s|la\s)?licencia\s(?:de\s)?creative\scommons\b",
        r"\bunter\s(?:einer\s|der\s)?creative[-\s]commons[-\s]lizenz\b",
    )
)
"""Wordings that grant or reserve rights."""

SHORT_NAMES: Final = {
    "pa": "pa-media", "sda": "keystone-sda", "ats": "keystone-sda", "cp": "canadian-press", "ria": "ria-novosti",
    "nan": "nan-nigeria", "pna": "philippine-news-agency", "sid": "sid", "aps": "aps-algeria", "spa": "spa",
    "cna": "cna-taiwan",
}  # fmt: skip
"""Agency marks that mean the agency only inside a dateline or sign-off; registry ids, used where they exist."""
