"""The source registry: loading, look-up by domain and name, names in text."""

from pathlib import Path

import pytest

from pipeline.sources.names import normalise_name
from pipeline.sources.registry import SourceRegistry, facts, seeds_folder
from pipeline.sources.rows import COLUMNS
from schemas.errors import ConfigurationError

HEADER = ",".join(COLUMNS)
GOOD = (
    "harbour-post,The Harbour Post,Harbour Post|THP,harbour-post.example|thp.example,newspaper,IE,en,Europe/Dublin,,,"
)


@pytest.fixture(scope="module")
def shipped() -> SourceRegistry:
    """The registry that comes with the project."""
    return SourceRegistry.load()


def _write(folder: Path, *rows: str) -> Path:
    path = folder / "sources.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return path


def test_shipped_registry_is_large_and_consistent(shipped: SourceRegistry) -> None:
    """At least 300 sources, each to be found by its name and by each of its domains."""
    assert len(shipped.sources) >= 300
    for source in shipped.sources:
        assert shipped.find_name(source.name) == source
        for domain in source.domains:
            assert shipped.publisher(domain=domain) == source


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"url": "https://www.reuters.com/world/x"}, "reuters"),
        ({"url": "https://de.reuters.com/x"}, "reuters"),
        ({"domain": "www.apnews.com"}, "associated-press"),
        ({"domain": "APNEWS.com"}, "associated-press"),
        ({"url": "https://www.gov.uk/news"}, "uk-government"),
        ({"url": "https://leeds.gov.uk/news"}, None),
        ({"name": "the associated press"}, "associated-press"),
        ({"name": "AP"}, "associated-press"),
        ({"name": "Radio-Free Europe/Radio Liberty"}, "radio-free-europe"),
        ({"name": "www.rferl.org"}, "radio-free-europe"),
        ({"domain": "unknown.example", "name": "Reuters"}, "reuters"),
        ({"url": "https://notreuters.com/x"}, None),
        ({"url": "not an address", "name": "Nobody's Gazette"}, None),
        ({}, None),
    ],
)
def test_publisher_by_address_and_name(shipped: SourceRegistry, question: dict[str, str], expected: str | None) -> None:
    """An address decides before a name; sub-domains belong to their parent; look-alikes do not."""
    found = shipped.publisher(**question)
    assert (found.id if found else None) == expected


def test_names_in_text_are_whole_and_longest(shipped: SourceRegistry) -> None:
    """The longest name wins, parts of other words are no names, and spans cut out exactly the name."""
    text = "Radio Free Europe/Radio Liberty and the Associated Press told Reuters’ desk; APT and Reutersville did not."
    found = shipped.names_in(text)
    assert [(text[start:end], source.id) for start, end, source in found] == [
        ("Radio Free Europe/Radio Liberty", "radio-free-europe"),
        ("Associated Press", "associated-press"),
        ("Reuters", "reuters"),
    ]


def test_names_in_nothing(shipped: SourceRegistry) -> None:
    """No text, no names."""
    assert shipped.names_in("") == []


def test_facts_of_known_and_unknown_sources(shipped: SourceRegistry) -> None:
    """A known source brings its registry facts; an unknown one only what the article claims."""
    source = shipped.publisher(domain="apnews.com")
    known = facts(source, "apnews.com")
    assert (known.id, known.country, known.kind, known.domain) == ("associated-press", "US", "agency", "apnews.com")
    unknown = facts(None, "harbour.example", None)
    assert (unknown.id, unknown.name, unknown.domain, unknown.store) == (
        None,
        "harbour.example",
        "harbour.example",
        "full",
    )


def test_load_reads_lists_and_defaults(tmp_path: Path) -> None:
    """Lists split at `|`, empty cells are unknown, a byte order mark is no part of the header."""
    path = _write(tmp_path, GOOD)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    (source,) = SourceRegistry.load(path).sources
    assert source.aliases == ("Harbour Post", "THP")
    assert source.domains == ("harbour-post.example", "thp.example")
    assert (source.owner, source.store) == (None, "full")


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (GOOD.replace("newspaper", "paper"), "line 3, column kind"),
        (GOOD.replace(",IE,", ",Ireland,"), "line 3, column country"),
        (GOOD.replace(",en,", ",english,"), "line 3, column language"),
        (GOOD.replace("Europe/Dublin", "Europe/Nowhere"), "line 3, column timezone"),
        (GOOD.replace("harbour-post,", "thp,", 1).replace("thp.example", "u\\k"), "line 3, column domains"),
        (GOOD.replace("|thp.example", "|https://thp.example/x"), "line 3, column domains"),
        (GOOD.removesuffix(",,"), "line 3, column licence"),
        (GOOD + ",more", "line 3: the row has more cells"),
        (GOOD.removesuffix(",") + ",half", "line 3, column store"),
        (GOOD, "line 3, column id: 'harbour-post' is already used in line 2"),
        (GOOD.replace("harbour-post,", ",", 1), "line 3, column id"),
    ],
)
def test_bad_row_is_named(tmp_path: Path, row: str, complaint: str) -> None:
    """The error says line and column, so that a person can find the cell."""
    with pytest.raises(ConfigurationError, match=complaint):
        SourceRegistry.load(_write(tmp_path, GOOD, row))


@pytest.mark.parametrize("content", [b"", b"id,name\nx,y\n", b"\xff\xfe\x00", HEADER.encode() + b'\n"open'])
def test_what_is_no_registry_is_refused(tmp_path: Path, content: bytes) -> None:
    """Empty, foreign, binary and broken files give the same kind of error."""
    path = tmp_path / "sources.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"sources\.csv"):
        SourceRegistry.load(path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A registry that is not there is a matter of configuration."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        SourceRegistry.load(tmp_path / "none.csv")


def test_first_row_keeps_a_contested_name(tmp_path: Path) -> None:
    """A name proper is stronger than an alias, whatever the order; among equals the earlier row wins."""
    other = GOOD.replace("harbour-post,The Harbour Post,Harbour Post|THP", "thp,THP,Harbour Post").replace(
        "harbour-post.example|thp.example", "other.example"
    )
    registry = SourceRegistry.load(_write(tmp_path, GOOD, other))
    found = registry.find_name("THP")
    assert found is not None
    assert found.id == "thp"
    assert registry.find_name("harbour post") == registry.get("harbour-post")


def test_names_are_compared_without_dress() -> None:
    """Case, article, hyphens and edge punctuation do not make another name."""
    assert normalise_name("“The HARBOUR-Post”,") == normalise_name("harbour post")
    assert normalise_name("") == ""


def test_seeds_are_found(repository: Path) -> None:
    """In a checkout the seeds stand beside the packages."""
    assert seeds_folder() == repository / "seeds"
