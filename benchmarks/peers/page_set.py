"""The pages that every program gets, in the form that each takes: saved files, a feed of them, lines for newswire.

Gold files beside the checkout → pages with what is right on them. Nothing of a page is kept after a run.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Final

from benchmarks.corpus import DATA, PAGES
from benchmarks.peers.finding import KINDS
from benchmarks.peers.scoring import GoldPage
from pipeline.evaluate.gold_file import read_gold
from pipeline.evaluate.headlines import load_headlines
from pipeline.evaluate.page_facts import NOT_JUDGED, load_page_facts
from pipeline.extract.characters import letters_of

NAMES: Final = "ner_conllpp2020.jsonl.gz"
_CHARSET: Final = re.compile(r"""(<meta\b[^>]*charset\s*=\s*["']?\s*)[\w-]+""", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_PARAGRAPHS: Final = (
    "The ferry to Sandwick left at six on Monday and came back at nine, because the screw had caught a rope.",
    "Ada Holm, who has run the harbour since 2019, said that two more ferries would be late in the coming week.",
    "The council of Lindhaven wants to hear on Thursday what a second ferry would cost, and who would pay for it.",
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is handed out, with its address and what is right on it."""

    address: str
    html: str
    gold: GoldPage


def read_real_pages(limit: int | None = None) -> list[Page]:
    """Return news pages as they were on the web, judged by what readers found on them."""
    headlines, facts, publishers = load_headlines(), load_page_facts(), _load_publishers()
    pages = []
    for record in read_gold(_existing(PAGES), limit):
        name, known = str(record["id"]), facts.get(str(record["id"]))
        gold = GoldPage(
            name,
            text=str(record["gold"]["text"]),
            headline=headlines.get(name, ""),
            days=known.days if known else frozenset(),
            authors=known.author_digests if known else frozenset(),
            agency=known.agency if known else NOT_JUDGED,
            publishers=publishers.get(str(record["domain"]), ()),
        )
        pages.append(Page(str(record["url"]), _declare_utf8(str(record["html"])), gold))
    return pages


def build_name_pages(limit: int | None = None) -> Iterator[Page]:
    """Yield documents with marked names as plain pages: a headline of ours, then each sentence as a paragraph."""
    for document, records in groupby(read_gold(_existing(NAMES), limit), key=lambda record: record["doc"]):
        sentences = list(records)
        names = frozenset(
            (letters_of(str(record["text"])[entity["start"] : entity["end"]]), str(entity["type"]))
            for record in sentences
            for entity in record["entities"]
            if entity["type"] in KINDS
        )
        page = f"names-{document}"
        yield _plain_page(page, "What was said", [str(record["text"]) for record in sentences], names)


def build_first_page() -> Page:
    """Return a short page of ours: what a program takes for it is its start-up."""
    return _plain_page("first", "Ferry is late", _PARAGRAPHS, frozenset())


def write_page_set(folder: Path, pages: Sequence[Page]) -> None:
    """Write `pages/PAGE.html`, `addresses.json` (page → address), `articles.jsonl` and `feed.xml`.

    The feed says what feeds say without being asked: where the page is, and its `title` element.
    """
    (folder / "pages").mkdir(parents=True)
    lines, items = [], []
    for page in pages:
        path = folder / "pages" / f"{page.gold.page}.html"
        path.write_text(page.html, encoding="utf-8")
        lines.append(json.dumps({"url": page.address, "html": page.html}))
        title = " ".join(found[1].split()) if (found := _TITLE.search(page.html)) else ""
        # With a host: of file:///… feedparser strips a slash.
        link = path.as_uri().replace("file://", "file://localhost", 1)
        items.append(f"<item><guid>{page.gold.page}</guid><title>{title}</title><link>{link}</link></item>")
    (folder / "addresses.json").write_text(json.dumps({page.gold.page: page.address for page in pages}), "utf-8")
    (folder / "articles.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    feed = f'<rss version="2.0"><channel><title>pages</title>{"".join(items)}</channel></rss>'
    (folder / "feed.xml").write_text(feed, encoding="utf-8")


def _plain_page(page: str, title: str, sentences: Sequence[str], names: frozenset[tuple[str, str]]) -> Page:
    paragraphs = "\n".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    html = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><article><h1>{title}</h1>\n{paragraphs}\n</article></body></html>"
    )
    return Page(f"https://pages.example/2026/11/{page}", html, GoldPage(page, "\n".join(sentences), names=names))


def _declare_utf8(html: str) -> str:
    """Return the page with the character set that it is saved in: a program that reads bytes goes by it."""
    return _CHARSET.sub(r"\1utf-8", html)


def _load_publishers() -> dict[str, tuple[str, ...]]:
    lines = files("benchmarks.peers").joinpath("publishers.csv").read_text(encoding="utf-8").splitlines()
    return {row["domain"]: tuple(name for name in row["names"].split("|") if name) for row in csv.DictReader(lines)}


def _existing(name: str) -> Path:
    path = DATA / name
    if not path.is_file():
        msg = f"{path} is missing: the benchmarks need the evaluation data"
        raise SystemExit(msg)
    return path
