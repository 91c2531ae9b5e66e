"""Codes → names for people: languages, countries, kinds of sources and zones. Pure; unknown codes stay."""

import re
from typing import Final

from schemas.fields import TEXT_LANGUAGES

_TAG: Final = re.compile("[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_LANGUAGES: Final = dict(TEXT_LANGUAGES) | {
    "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "et": "Estonian", "eu": "Basque",
    "fa": "Persian", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "id": "Indonesian", "ja": "Japanese",
    "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "nb": "Norwegian", "pl": "Polish", "sk": "Slovak",
    "sl": "Slovenian", "sr": "Serbian", "sw": "Swahili", "th": "Thai", "uk": "Ukrainian", "ur": "Urdu",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
_COUNTRIES: Final = {
    "AR": "Argentina", "AT": "Austria", "AU": "Australia", "BE": "Belgium", "BR": "Brazil", "CA": "Canada",
    "CH": "Switzerland", "CL": "Chile", "CN": "China", "CO": "Colombia", "CZ": "Czechia", "DE": "Germany",
    "DK": "Denmark", "EG": "Egypt", "ES": "Spain", "FI": "Finland", "FR": "France", "GB": "United Kingdom",
    "GR": "Greece", "HK": "Hong Kong", "HU": "Hungary", "ID": "Indonesia", "IE": "Ireland", "IL": "Israel",
    "IN": "India", "IR": "Iran", "IT": "Italy", "JP": "Japan", "KE": "Kenya", "KR": "South Korea", "MX": "Mexico",
    "MY": "Malaysia", "NG": "Nigeria", "NL": "Netherlands", "NO": "Norway", "NZ": "New Zealand", "PH": "Philippines",
    "PK": "Pakistan", "PL": "Poland", "PT": "Portugal", "QA": "Qatar", "RO": "Romania", "RU": "Russia",
    "SA": "Saudi Arabia", "SE": "Sweden", "SG": "Singapore", "TR": "Türkiye", "TW": "Taiwan", "UA": "Ukraine",
    "US": "United States", "ZA": "South Africa",
}  # fmt: skip
ZONES: Final = {
    "promo": "promotion",
    "caption": "caption",
    "credit": "photo credit",
    "byline": "byline",
    "dateline": "dateline",
    "reprint-notice": "reprint notice",
    "correction": "correction",
    "related": "related links",
    "copyright": "copyright",
}
"""Zones that are not the story itself → what a page calls them."""


def language_name(code: str | None) -> str:
    """Return the language's English name."""
    return _LANGUAGES.get(code or "", code or "unknown language")


def country_name(code: str | None) -> str:
    """Return the country's English name."""
    return _COUNTRIES.get(code or "", code or "unknown country")


def kind_name(code: str | None) -> str:
    """Return what a kind of source is called: `pr-wire` → press release service."""
    return {"pr-wire": "press release service", "web": "web publication", "agency": "news agency"}.get(
        code or "", code or "unknown kind"
    )


def signal_name(code: str) -> str:
    """Return what a source of dates is called: `json-ld` → JSON-LD."""
    named = {"json-ld": "JSON-LD", "meta": "page metadata", "record": "the record", "url": "the address"}
    return named.get(code, code.replace("-", " "))


def is_language(code: str | None) -> bool:
    """Whether the code can stand in a `lang` attribute: what detection and records give is not always a language."""
    return code is not None and _TAG.fullmatch(code) is not None
