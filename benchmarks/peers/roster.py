"""The programs that are compared: how each is started as its documentation says, and how its result is read."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from elasticsearch import Elasticsearch

from benchmarks.footprint import ROOT
from benchmarks.peers.finding import Finding, of_article, of_document, read_lines, read_trafilatura
from benchmarks.peers.install import install_peer, pinned_version
from pipeline.cli.workspace import open_workspace_at
from pipeline.producers.files import read_path
from pipeline.settings import Settings
from schemas.article import EnrichedArticle, RawArticle

_PROGRAMS: Final = ROOT / "benchmarks" / "peers" / "programs"
_FACTS: Final = frozenset({"title", "word-f1", "four-gram-f1"})
"""What every program gives; `without` is known of all."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A program. `command` and `read` take the folder of pages and a folder of its own for this run.

    `key` names its folders; `gives` are the keys of the figures that it can have; `variables` returns what stands in
    its environment. `where` takes the folder of pages too, and returns where the program is started.
    """

    key: str
    name: str
    gives: frozenset[str]
    command: Callable[[Path, Path], list[str]]
    read: Callable[[Path, Path], Mapping[str, Finding]]
    variables: Callable[[Path], Mapping[str, str]] = field(default=lambda _: {})
    where: Callable[[Path], Path] = field(default=lambda _: ROOT)
    uses_elastic: bool = False
    """Whether what the server uses in the meantime counts as its own."""


def list_peers(elastic: str) -> list[Peer]:
    """Return all programs, newswire first; those of others are installed. `elastic` is a server's address."""
    return [_newswire(), _extraction(), _news_please(), _newspaper(), _trafilatura(), _plain_script(elastic)]


def _newswire() -> Peer:
    def command(pages: Path, _: Path) -> list[str]:
        return [str(Path(sys.executable).with_name("newswire")), "ingest", str(pages / "articles.jsonl")]

    def variables(run: Path) -> Mapping[str, str]:
        return {"NEWSWIRE_DATA_DIR": str(run / "newswire"), "NEWSWIRE_PROCESSES": "1"}

    gives = _FACTS | {"day", "authors", "publisher", "agency", "names"}
    return Peer("newswire", "newswire", gives, command, _read_newswire, variables)


def _read_newswire(pages: Path, run: Path) -> dict[str, Finding]:
    """Return what the index holds, by page: the lines of the file are the pages in order."""
    names = json.loads((pages / "addresses.json").read_text("utf-8"))
    found = {}
    with open_workspace_at(Settings(data_dir=run / "newswire")) as workspace:
        agencies = frozenset(source.id for source in workspace.registry.sources if source.kind == "agency")
        for page, raw in zip(names, read_path(pages / "articles.jsonl", "auto"), strict=True):
            if isinstance(raw, RawArticle) and (stored := workspace.index.get(raw.article_id)):
                found[page] = of_article(EnrichedArticle.model_validate_json(stored.stored), agencies)
    return found


def _extraction() -> Peer:
    def command(pages: Path, run: Path) -> list[str]:
        module = "benchmarks.peers.programs.with_extraction"
        return [sys.executable, "-m", module, str(pages), str(run / "found.jsonl")]

    gives = _FACTS | {"day", "authors", "publisher"}
    return Peer("extraction", "its extraction alone", gives, command, lambda _, run: read_lines(run / "found.jsonl"))


def _news_please() -> Peer:
    python = install_peer("news-please", ["news-please"]) / "python"

    def command(pages: Path, run: Path) -> list[str]:
        return [str(python), str(_PROGRAMS / "with_news_please.py"), str(pages), str(run / "found.jsonl")]

    name = f"news-please {pinned_version('news-please')}"
    return Peer(
        "news-please", name, _FACTS | {"day", "authors"}, command, lambda _, run: read_lines(run / "found.jsonl")
    )


def _newspaper() -> Peer:
    python = install_peer("newspaper4k", ["newspaper4k"]) / "python"

    def command(pages: Path, run: Path) -> list[str]:
        return [str(python), str(_PROGRAMS / "with_newspaper.py"), str(pages), str(run / "found.jsonl")]

    name = f"newspaper4k {pinned_version('newspaper4k')}"
    gives = _FACTS | {"day", "authors", "publisher"}
    return Peer("newspaper4k", name, gives, command, lambda _, run: read_lines(run / "found.jsonl"))


def _trafilatura() -> Peer:
    # jusText, which trafilatura needs, asks for lxml_html_clean in a way that pip does not follow here.
    program = install_peer("trafilatura", ["trafilatura", "lxml_html_clean"]) / "trafilatura"

    def command(_: Path, run: Path) -> list[str]:
        # From within the folder: with another --input-dir, --keep-dirs writes nothing.
        options = ["--output-dir", str(run / "found"), "--keep-dirs", "--json", "--with-metadata", "--parallel", "1"]
        return [str(program), "--input-dir", ".", *options]

    name = f"trafilatura {pinned_version('trafilatura')}, command line"
    gives = _FACTS | {"day", "authors", "publisher"}
    return Peer(
        "trafilatura",
        name,
        gives,
        command,
        lambda _, run: read_trafilatura(run / "found"),
        where=lambda pages: pages / "pages",
    )


def _plain_script(elastic: str) -> Peer:
    def command(pages: Path, run: Path) -> list[str]:
        return [sys.executable, str(_PROGRAMS / "plain_script.py"), str(pages / "feed.xml"), elastic, run.name]

    def read(_: Path, run: Path) -> dict[str, Finding]:
        with Elasticsearch(elastic, request_timeout=60) as client:
            hits = client.search(index=run.name, size=1000)["hits"]["hits"]
        return {hit["_id"]: of_document(hit["_source"]) for hit in hits}

    name = "feedparser, spaCy, Elasticsearch"
    return Peer("plain-script", name, _FACTS | {"names"}, command, read, uses_elastic=True)
