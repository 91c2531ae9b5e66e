"""Golden cases: folders with an input, what is known beside it, and what extraction has to make of it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline.extract.article import extract_article
from pipeline.extract.extracted import ExtractedArticle
from schemas.annotations import ArticleTime
from schemas.article import RawArticle
from schemas.errors import Rejected

CASES: Final = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Case:
    """One folder: `raw` is the input with its meta.json, `expected` the parsed expected.json."""

    name: str
    raw: RawArticle
    expected: dict[str, Any]


def read_cases() -> list[Case]:
    """Return all cases, by name."""
    return [read_case(folder) for folder in sorted(CASES.iterdir()) if folder.is_dir()]


def read_case(folder: Path) -> Case:
    """Return the case in a folder; `input.html` or `input.txt` decides the content type."""
    page, text = folder / "input.html", folder / "input.txt"
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    meta.pop("why")
    raw = RawArticle.model_validate(
        {
            "article_id": "0" * 32,
            "version": 1,
            "content": (page if page.is_file() else text).read_text(encoding="utf-8"),
            "content_type": "html" if page.is_file() else "text",
            **meta,
        }
    )
    path = folder / "expected.json"
    return Case(folder.name, raw, json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {})


def describe(raw: RawArticle) -> dict[str, Any]:
    """Return what extraction makes of an input, in the form of expected.json: empty values are left out."""
    try:
        article = extract_article(raw)
    except Rejected as error:
        return {"rejected": error.reason, "detail": error.detail}
    described = {
        "title": article.title,
        "zones": [[zone.kind.value, zone.rule, article.text[zone.start : zone.end]] for zone in article.zones],
        "summary": article.summary,
        "published": _time(article.published),
        "modified": _time(article.modified),
        "authors": list(article.authors),
        "images": [image.model_dump(exclude_none=True) for image in article.images],
        "hints": [[hint.kind, hint.value] for hint in article.source_hints],
        **_plain_facts(article),
    }
    return {key: value for key, value in described.items() if value not in (None, "", [], {})}


def _plain_facts(article: ExtractedArticle) -> dict[str, Any]:
    return {
        "section": article.section,
        "keywords": list(article.keywords),
        "language": article.language_claimed,
        "rights": article.rights,
        "paywalled": article.paywalled,
        "site_name": article.site_name,
        "canonical_url": article.canonical_url,
    }


def _time(time: ArticleTime) -> dict[str, Any]:
    return dict(time.model_dump(mode="json", exclude_defaults=True))
