"""Lists of outlets: reading, merging claims that conflict, the file, and what steps see of it."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.outlets.hand import read_by_hand
from pipeline.outlets.open import all_sources, open_registry
from pipeline.outlets.reading import read_claims_file
from pipeline.outlets.store import OutletStore
from pipeline.outlets.trust import parse_trust, trust_lists
from pipeline.sources.claims import BadCell, read_claims
from pipeline.sources.feed_titles import outlet_name
from pipeline.sources.merge import BY_HAND, FEEDS, FEEDS_TRUST, HAND_TRUST, Choice, merge_claims
from pipeline.sources.registry import facts
from schemas.errors import ConfigurationError
from schemas.source import OutletClaim

PUBLIC_LIST = """list,domain,name,country,region,city,language,owner,medium,timezone,lat,lon
coast,quaypost.example,The Quay Post,IRL,,Cork,,Tidewater Press,newspaper,Europe/Dublin,51.9,-8.4
coast,10.1.2.3,Nobody's Gazette,IE,,,en,,newspaper,,,
coast,saltair.example,Salt Air FM,Atlantis,,,en,,radio,,,
coast,fogbell.example,Fog Bell,IE,,,None,,TV station,,,
harbours,quaypost.example,Quay Post,UK,,,en|ga,,Newspapers,,,
harbours,quaypost.example,Too,many,cells,in,this,row,,,,,,,
northern,www.quaypost.example,quay post,GB,,,en,,local,,,
"""


def read(text: str) -> tuple[list[OutletClaim], list[BadCell]]:
    """Return claims and faults of a list."""
    found = list(read_claims(text.splitlines(keepends=True), "list.csv", "list"))
    return [one for one in found if not isinstance(one, BadCell)], [one for one in found if isinstance(one, BadCell)]


def claim(list_name: str, domain: str = "quaypost.example", place: str = "", **said: str) -> OutletClaim:
    """Return a claim."""
    return OutletClaim.model_validate({"list_name": list_name, "place": place, "domain": domain, **said})


def test_a_bad_cell_costs_itself_or_its_row() -> None:
    """Each fault is named with line and column; the rest of the list goes on."""
    claims, faults = read(PUBLIC_LIST)
    assert [(one.list_name, one.domain) for one in claims] == [
        ("coast", "quaypost.example"), ("coast", "saltair.example"), ("coast", "fogbell.example"),
        ("harbours", "quaypost.example"), ("northern", "quaypost.example"),
    ]  # fmt: skip
    assert claims[0].model_dump(exclude_defaults=True) == {
        "list_name": "coast", "place": "list.csv:2", "domain": "quaypost.example", "name": "The Quay Post",
        "kind": "newspaper", "country": "IE", "owner": "Tidewater Press", "timezone": "Europe/Dublin", "city": "Cork",
        "lat": 51.9, "lon": -8.4,
    }  # fmt: skip
    assert [(one.kind, one.language) for one in claims[1:]] == [
        ("broadcaster", "en"), ("broadcaster", None), ("newspaper", "en"), (None, "en"),
    ]  # fmt: skip
    assert [(one.line, one.column, one.costs_row) for one in faults] == [
        (3, "domain", True), (4, "country", False), (5, "language", False), (7, "", True),
    ]  # fmt: skip
    assert str(faults[1]) == "line 4, column country: 'Atlantis' is no country"


def test_a_list_in_the_registrys_own_form() -> None:
    """Ids, aliases and several domains are read; each domain is a claim."""
    claims, faults = read(
        "id,name,aliases,domains,kind,country,language,timezone,owner,licence,store\n"
        "quay-post,Quay Post,QP|The QP,quaypost.example|qp.example,newspaper,IE,en,,,all-rights-reserved,excerpt\n"
    )
    assert not faults
    assert [(one.domain, one.id, one.aliases, one.store) for one in claims] == [
        ("quaypost.example", "quay-post", ("QP", "The QP"), "excerpt"),
        ("qp.example", "quay-post", ("QP", "The QP"), "excerpt"),
    ]


def test_no_list_of_outlets() -> None:
    """A file without a column for domains is refused as a whole."""
    with pytest.raises(ConfigurationError, match=r"names no column domain"):
        read("title,url\nx,y\n")


@settings(deadline=None)  # the first country reads a table
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever stands in the rows, there are claims and faults and no error."""
    for one in read_claims(["domain,name,country,language,timezone,lat\n", *text.splitlines(keepends=True)], "f", "l"):
        assert isinstance(one, OutletClaim | BadCell)


def test_trust_decides_then_agreement() -> None:
    """The most trusted list wins; among equals the value of most lists; the others stay on record."""
    claims = [claim("a", country="IE"), claim("b", country="GB"), claim("c", country="GB"), claim("c", name="QP")]
    equal = {"a": 50, "b": 50, "c": 50}
    assert merge_claims("quaypost.example", claims, equal).choices["country"] == Choice(
        "GB", ("b", "c"), (("IE", ("a",)),)
    )
    trusted = merge_claims("quaypost.example", claims, equal | {"a": 60})
    assert trusted.choices["country"] == Choice("IE", ("a",), (("GB", ("b", "c")),))
    assert trusted.source.name == "QP"
    assert trusted.source.id == "quaypost.example"
    assert trusted.trust == 60


def test_spellings_agree_and_platforms_have_no_name() -> None:
    """Case and "The" make no other name; a list with many names for a domain names its tenants."""
    same = [claim("a", name="The Quay Post"), claim("b", name="quay post"), claim("c", name="Tide Times")]
    trust = {"a": 50, "b": 60, "c": 50}
    assert merge_claims("quaypost.example", same, trust).choices["name"].value == "quay post"
    assert merge_claims("quaypost.example", same, trust).choices["name"].lists == ("a", "b")
    tenants = [claim("a", "townpages.example", name=f"{town} Pages") for town in ("Ard", "Bel", "Cor", "Dun")]
    assert merge_claims("townpages.example", tenants, trust).source.name == "townpages.example"


def test_the_country_is_told_by_the_domain_where_no_list_says_it() -> None:
    """Evidence comes after claims, and says that it is none."""
    assert merge_claims("dorfbote.de", [claim("a")], {"a": 50}).choices["country"].lists == ("top-level domain",)
    assert merge_claims("dorfbote.de", [claim("a", country="AT")], {"a": 50}).source.country == "AT"
    assert "country" not in merge_claims("post.tv", [claim("a")], {"a": 50}).choices


@settings(deadline=None)
@given(st.permutations(range(4)))
def test_the_order_of_lists_does_not_matter(order: list[int]) -> None:
    """Lists of different trust come to the same source in whatever order they were imported."""
    claims = [claim(f"list-{n}", country=("IE", "GB", "FR", "DE")[n], name=f"Post {n}") for n in range(4)]
    trust = {f"list-{n}": 10 * n for n in range(4)}
    assert merge_claims("quaypost.example", [claims[n] for n in order], trust).source.country == "DE"


@pytest.mark.parametrize(
    ("titles", "domain", "name"),
    [
        (["The Quay Post"], "quaypost.example", "The Quay Post"),
        (["The Quay Post » Sport", "The Quay Post » Tides"], "qp.example", "The Quay Post"),
        (["Sport - Quay Post"], "quaypost.example", "Quay Post"),
        (["Quay Post | RSS", "Latest news"], "x.example", "Quay Post"),
        (["RSS Feed", ""], "quaypost.example", "quaypost.example"),
        (["Fish-and-chips weekly"], "x.example", "Fish-and-chips weekly"),
    ],
)
def test_names_of_outlets_by_their_feeds(titles: list[str], domain: str, name: str) -> None:
    """What all feeds share, or what the domain spells, is the outlet; "RSS" is nobody."""
    assert outlet_name(titles, domain) == name


def test_what_steps_see(tmp_path: Path) -> None:
    """Shipped rows win over lists up to their trust; an import is seen by a registry that was open before."""
    path = tmp_path / "sources.db"
    registry = open_registry(None, path)
    assert registry.publisher(url="https://www.quaypost.example/a") is None
    with OutletStore(path) as store:
        lists = {"a": 50, "b": 50}
        claims = [claim("a", country="IE", name="Quay Post"), claim("b", "reuters.com", name="Rooters", country="FR")]
        assert store.put_lists(claims, lists) == 2
        found = registry.publisher(url="https://news.quaypost.example/a")
        assert found is not None
        assert facts(found, "quaypost.example").id == "quaypost.example"
        assert (registry.get("quaypost.example"), registry.find_any("The Quay Post")) == (found, found)
        assert registry.publisher(name="quay post") == found
        assert registry.publisher(name="quay post", url="https://other.example/") is None
        assert registry.find_name("Quay Post") is None  # nobody has read listed names: none is taken from a text
        shipped = registry.publisher(domain="reuters.com")
        assert shipped is not None
        assert (shipped.name, shipped.country) == ("Reuters", "GB")
        store.put_lists(claims, {"a": 50, "b": 150})
        stronger = registry.publisher(domain="reuters.com")
        assert stronger is not None
        assert (stronger.id, stronger.name, stronger.country, stronger.kind) == ("reuters", "Rooters", "FR", "agency")
        sources = list(all_sources(registry, path))
        assert len(sources) == len(registry.sources) + 1
        assert sources[-1] == found


def test_importing_again_replaces(tmp_path: Path) -> None:
    """The same list twice is the same as once; what it no longer says is gone; other lists stay."""
    with OutletStore(tmp_path / "sources.db") as store:
        store.put_lists([claim("a", name="Quay Post"), claim("a", "fogbell.example", name="Fog Bell")], {"a": 50})
        store.put_lists([claim("b", name="Quay Post")], {"b": 60})
        before = list(store.all()), store.lists()
        store.put_lists([claim("a", name="Quay Post"), claim("a", "fogbell.example", name="Fog Bell")], {"a": 50})
        assert (list(store.all()), store.lists()) == before
        store.put_lists([claim("a", name="Quay Post")], {"a": 50})
        assert [source.id for source in store.all()] == ["quaypost.example"]
        assert store.counts() == (1, 0)


def test_a_person_counts_more_than_lists(tmp_path: Path) -> None:
    """What is said by hand wins and adds up; a provisional source is one no longer."""
    path = tmp_path / "sources.db"
    registry = open_registry(None, path)
    with OutletStore(path) as store:
        store.put_claims([claim(FEEDS, place="https://quaypost.example/feed", name="Quay Post")], FEEDS, FEEDS_TRUST)
        fed = registry.publisher(domain="quaypost.example")
        assert fed is not None
        assert fed.provisional
        assert registry.get(fed.id) is None
        assert facts(fed, "quaypost.example").model_dump(exclude_defaults=True) == {
            "name": "Quay Post", "domain": "quaypost.example",
        }  # fmt: skip
        store.put_claims([read_by_hand("quaypost.example", {"country": "ie"}, None)], BY_HAND, HAND_TRUST)
        said = read_by_hand("quaypost.example", {"name": "QP"}, store.by_hand("quaypost.example"))
        store.put_claims([said], BY_HAND, HAND_TRUST)
        now = registry.publisher(domain="quaypost.example")
        assert now is not None
        assert (now.name, now.country, now.provisional) == ("QP", "IE", False)
    with pytest.raises(ConfigurationError, match="country"):
        read_by_hand("quaypost.example", {"country": "Atlantis"}, None)


def test_trust_on_the_command_line() -> None:
    """A number for all, or for one list; what was said before holds; slips are named."""
    assert trust_lists(["a", "b"], parse_trust(["a=70"]), {"b": 60}) == {"a": 70, "b": 60}
    assert trust_lists(["a", "b"], parse_trust(["20", "a=70"]), {"b": 60}) == {"a": 70, "b": 20}
    for wrong in ("0", "1000", "x", "=5", "a="):
        with pytest.raises(ConfigurationError, match="--trust"):
            parse_trust([wrong])
    with pytest.raises(ConfigurationError, match="no such list"):
        trust_lists(["a"], {"c": 5}, {})
    with pytest.raises(ConfigurationError, match="--list"):
        trust_lists([FEEDS], {}, {})


def test_files_are_read_packed_and_refused_when_broken(tmp_path: Path) -> None:
    """A .gz is read as such; a broken one is named."""
    path = tmp_path / "coast.csv.gz"
    path.write_bytes(gzip.compress(b"domain,name\nquaypost.example,Quay Post\n"))
    claims, faults = read_claims_file(path)
    assert ([(one.list_name, one.place) for one in claims], faults) == ([("coast", "coast.csv.gz:2")], [])
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(ConfigurationError, match=r"coast.csv.gz cannot be read"):
        read_claims_file(path)
    other = tmp_path / "sources.db"
    other.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with pytest.raises(ConfigurationError, match=r"sources.db"):
        OutletStore(other)
