"""The seeds agree with each other, with the registry and with the query language, and were written for this project."""

import csv
import json
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import etree, html

from pipeline.search.parse import parse

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
ATOM = "{http://www.w3.org/2005/Atom}"
NOTICE = re.compile(r"originally published by|first appeared on|republished from", re.IGNORECASE)


@dataclass(frozen=True)
class SeedArticle:
    """An article as the seeds hold it. `url` and `published` are None where the file does not tell."""

    file: str
    text: str
    language: str
    url: str | None = None
    published: datetime | None = None


def seed_files(*suffixes: str) -> list[Path]:
    """The files under `seeds/articles` with one of the suffixes, in order of name."""
    return sorted(path for path in (SEEDS / "articles").iterdir() if path.suffix in suffixes)


def from_page(path: Path) -> SeedArticle:
    """Read what a page says of itself in its head, and its whole visible text."""
    page = html.fromstring(path.read_text(encoding="utf-8"))
    urls = page.xpath("//link[@rel='canonical']/@href") + page.xpath("//meta[@property='og:url']/@content")
    dates = page.xpath("//meta[@property='article:published_time']/@content") + page.xpath("//time/@datetime")
    languages = page.xpath("/html/@lang") or page.xpath("//meta[@property='og:locale']/@content")
    for element in page.xpath("//script | //style"):
        element.drop_tree()
    text = page.body.text_content()
    published = datetime.fromisoformat(dates[0]) if dates else None
    return SeedArticle(path.name, text, languages[0][:2], urls[0], published)


def good_records(path: Path) -> list[dict[str, str]]:
    """The records of a JSONL file that are JSON and have a text."""
    records = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if record.get("text") or record.get("html"):
            records.append(record)
    return records


@cache
def seed_articles() -> list[SeedArticle]:
    """Every good article of the seeds; both versions of the corrected one."""
    found = [from_page(path) for path in seed_files(".html")]
    found += [SeedArticle(path.name, path.read_text(encoding="utf-8"), "en") for path in seed_files(".txt")]
    for path in seed_files(".jsonl"):
        for record in good_records(path):
            text = record.get("text") or record["html"]
            at = datetime.fromisoformat(record["published"])
            found.append(SeedArticle(path.name, text, record["language"], record["url"], at))
    return found


def demo_domains() -> set[str]:
    """The domains of the invented outlets."""
    with (SEEDS / "sources.csv").open(encoding="utf-8", newline="") as lines:
        return {row["domains"] for row in csv.DictReader(lines) if row["owner"] == "newswire demo"}


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    """All runs of `length` words, in lower case."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def body_of(name: str) -> str:
    """The paragraphs of a seed page, without its frame."""
    page = html.fromstring((SEEDS / "articles" / name).read_text(encoding="utf-8"))
    return " ".join(element.text_content() for element in page.xpath("//p | //td"))


def containment(one: str, other: str) -> float:
    """The share of the shorter text's word 5-grams that the longer one has too."""
    left, right = runs(body_of(one), 5), runs(body_of(other), 5)
    return len(left & right) / min(len(left), len(right))


def test_there_are_enough_articles_in_four_languages() -> None:
    """The seeds hold 44 or more articles, and five or more in each of German, French and Spanish."""
    languages = Counter(article.language for article in seed_articles())
    assert languages.total() >= 44
    assert set(languages) == {"en", "de", "fr", "es"}
    assert min(languages.values()) >= 5


def test_articles_belong_to_invented_outlets() -> None:
    """Every article with an address is published by an invented outlet that the registry knows."""
    hosts = {urlsplit(article.url).netloc.removeprefix("www.") for article in seed_articles() if article.url}
    assert hosts <= demo_domains()
    assert all(host.endswith(".example") for host in demo_domains())


def test_only_the_corrected_article_has_two_versions() -> None:
    """Addresses are unique, but for the article whose second version says what it corrects."""
    counts = Counter(article.url for article in seed_articles() if article.url)
    records = good_records(SEEDS / "articles" / "wire-records.jsonl")
    (twice,) = [url for url, count in counts.items() if count > 1]
    first, second = (record for record in records if record["url"] == twice)
    assert first["fetched_at"] < second["fetched_at"]
    assert "Correction" not in first["text"]
    assert "Correction" in second["text"]


def test_articles_are_dated_within_the_demo_weeks() -> None:
    """Dates have a zone and lie between 12 October and 20 November 2026; text files have none."""
    dates = [article.published for article in seed_articles() if article.published]
    assert len(dates) >= 44
    assert all(at.tzinfo for at in dates)
    assert date(2026, 10, 12) <= min(dates).date()
    assert max(dates).date() <= date(2026, 11, 20)


def test_structured_data_is_json() -> None:
    """Every JSON-LD block of the pages parses and most pages of the seeds have one."""
    pages = [html.fromstring(path.read_text(encoding="utf-8")) for path in seed_files(".html")]
    blocks = [block for page in pages for block in page.xpath("//script[@type='application/ld+json']/text()")]
    assert all(json.loads(block) for block in blocks)
    assert len(blocks) >= 20


def test_text_files_have_the_shape_of_a_reprint() -> None:
    """Three or more text files: promotion line, title, caption with credit, notice of reprint, body."""
    files = seed_files(".txt")
    assert len(files) >= 3
    for path in files:
        promo, title, caption, notice, *body = path.read_text(encoding="utf-8").strip().split("\n\n")
        assert promo.endswith(("!", "."))
        assert not title.endswith(".")
        assert re.search(r"\((?:[^()]* )?[Pp]hoto[^()]*\)$", caption)
        assert NOTICE.search(notice)
        assert len(body) >= 8


def test_pages_carry_notices_of_reprint() -> None:
    """Three or more pages say where they were first published."""
    assert sum(1 for article in seed_articles() if article.file.endswith("html") and NOTICE.search(article.text)) >= 3


@pytest.mark.parametrize(
    ("original", "copy"),
    [
        ("prairiebeacon-storm-odette-ap", "frontlineledger-odette-brittany-cornwall"),
        ("prairiebeacon-storm-odette-ap", "tasmanmonitor-storm-odette-new-zealanders-safe"),
        ("waferandwire-calderyn-aviles-plant-reuters", "prairiebeacon-calderyn-spain-factory"),
        ("waferandwire-calderyn-aviles-plant-reuters", "harbourcourier-calderyn-aviles-haverhill-jobs"),
        ("hansa-anzeiger-nachtzug-hamburg-lyon-dpa", "elbtal-bote-nachtzug-boreal-start"),
        ("courrier-confluences-tempete-odette-finistere", "lemanmatin-odette-bretagne-electricite"),
        ("miradordelnorte-cometa-arbelo-efe", "gacetabahia-cometa-arbelo-observacion"),
    ],
)
def test_copies_share_most_of_their_words(original: str, copy: str) -> None:
    """A trimmed or extended agency story is still mostly the same text."""
    assert containment(f"{original}.html", f"{copy}.html") > 0.6


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("prairiebeacon-storm-odette-ap", "harbourcourier-odette-night-on-the-south-west-coast"),
        ("miradordelnorte-cometa-arbelo-efe", "prairiebeacon-comet-arbelo-january"),
        ("courrier-confluences-marguerite-sallenave-disparition", "harbourcourier-obituary-marguerite-sallenave"),
    ],
)
def test_rewrites_share_hardly_a_phrase(one: str, other: str) -> None:
    """The same event in other words is no copy."""
    assert containment(f"{one}.html", f"{other}.html") < 0.1


def test_broken_lines_are_broken_as_described() -> None:
    """One good record, one line that is no JSON, one record without a text."""
    path = SEEDS / "articles" / "broken-lines.jsonl"
    good, malformed, empty = path.read_text(encoding="utf-8").splitlines()
    assert good_records(path) == [json.loads(good)]
    with pytest.raises(json.JSONDecodeError):
        json.loads(malformed)
    assert not {"text", "html", "body", "content"} & json.loads(empty).keys()


def test_pages_without_articles_have_no_body() -> None:
    """Home page, error page and consent wall hold no paragraph as long as a story's."""
    files = sorted((SEEDS / "pages").iterdir())
    assert len(files) == 3
    for path in files:
        paragraphs = html.fromstring(path.read_text(encoding="utf-8")).xpath("//p")
        assert max(len(paragraph.text_content()) for paragraph in paragraphs) < 300


def queries() -> list[dict[str, object]]:
    """The entries of `queries.toml`."""
    entries = tomllib.loads((SEEDS / "queries.toml").read_text(encoding="utf-8"))["query"]
    assert isinstance(entries, list)
    return entries


def test_queries_expect_articles_that_exist() -> None:
    """There are 20 queries or more, 12 with expected addresses, and every expected address is a seed article's."""
    entries = queries()
    known = {article.url for article in seed_articles()}
    expected = [set(urls) for entry in entries if isinstance(urls := entry.get("expect"), list)]
    assert len(entries) >= 20
    assert len(expected) >= 12
    assert set().union(*expected) <= known


@pytest.mark.parametrize("entry", queries(), ids=lambda entry: str(entry["text"]))
def test_queries_are_well_formed(entry: dict[str, object]) -> None:
    """Every query is read without a hint and says what it is about."""
    parsed = parse(str(entry["text"]), datetime(2026, 11, 20, tzinfo=UTC))
    assert parsed.hints == ()
    assert str(entry["about"]).endswith(".")


def test_feeds_point_to_the_invented_outlets() -> None:
    """Both feeds parse, hold six to eight items, and most of their links lead to seed articles."""
    rss = etree.parse(SEEDS / "feeds" / "harbourcourier.rss")
    atom = etree.parse(SEEDS / "feeds" / "miradordelnorte.atom")
    known = {article.url for article in seed_articles()}
    for links in (
        rss.xpath("//item/link/text()"),
        [link.get("href") for link in atom.iterfind(f".//{ATOM}entry/{ATOM}link")],
    ):
        assert 6 <= len(links) <= 8
        assert all(str(urlsplit(link).hostname).endswith(".example") for link in links)
        assert len(known.intersection(links)) >= len(links) - 1


def test_subscription_list_names_both_feeds() -> None:
    """The OPML file lists the address that each feed gives as its own."""
    listed = set(etree.parse(SEEDS / "feeds.opml").xpath("//outline/@xmlUrl"))
    own = {
        str(link.get("href"))
        for path in (SEEDS / "feeds").iterdir()
        for link in etree.parse(path).iterfind(f".//{ATOM}link[@rel='self']")
    }
    assert listed == own


def test_nothing_is_taken_from_the_acceptance_article(shared_dir: Path) -> None:
    """No seed shares a run of 12 words with the real article whose shape it follows."""
    texts = [path.read_text(encoding="utf-8") for path in (shared_dir / "seeds").glob("*.txt")]
    real = set().union(*(runs(text, 12) for text in texts))
    # the notice of reprint is a formula, and naming its broadcaster in it is the point of the seeds
    formula = runs(
        "This article was originally published by Radio Free Europe/Radio Liberty and is reprinted with permission", 12
    )
    shared = {run for article in seed_articles() for run in runs(article.text, 12)} & real
    assert real
    assert shared <= formula
