"""`newswire sources` from the outside: lists go in, contradict each other, and come out merged."""

import csv
import gzip
import io
from pathlib import Path

from tests.cli.conftest import Newswire

COAST = "list,domain,name,country,language,medium\n" + "".join(
    f"coast,paper{n}.example,Paper {n},IE,en,newspaper\n" for n in range(2000)
)
HARBOURS = "domain,name,country\npaper7.example,The Seventh,GB\nno domain,x,IE\npaper8.example,Paper 8,Nowhere\n"


def test_lists_in_and_out(newswire: Newswire, tmp_path: Path) -> None:
    """Claims are kept with their list; trust decides; faults are named; the merge can be exported and read again."""
    coast, harbours = tmp_path / "coast.csv.gz", tmp_path / "harbours.csv"
    coast.write_bytes(gzip.compress(COAST.encode()))
    harbours.write_text(HARBOURS)
    done = newswire("sources", "import", coast, harbours, "--trust", "harbours=70")
    assert done.code == 0, done.err
    assert "2,002 claims about 2,000 domains" in done.out
    assert "harbours: 2 claims, trust 70" in done.out
    assert "harbours.csv, line 3, column domain: 'no domain' is not a domain" in done.err
    assert "harbours.csv, line 4, column country: 'Nowhere' is no country" in done.err
    shown = newswire("sources", "show", "paper7.example")
    assert "  name      The Seventh  (1 of 2: harbours); Paper 7 (coast)\n" in shown.out
    assert newswire("sources", "show", "Paper 8", "--json").json["claims"]["paper8.example"]["name"] == {
        "value": "Paper 8", "lists": ["coast", "harbours"], "against": {},
    }  # fmt: skip
    listed = newswire("sources", "list", "--country", "GB", "--kind", "newspaper", "--json").json
    assert {"paper7.example", "guardian"} <= {source["id"] for source in listed}
    assert [one["name"] for one in newswire("sources", "lists", "--json").json] == ["harbours", "coast"]
    exported = newswire("sources", "export", "--country", "IE")
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(exported.out))}
    assert rows["paper9.example"]["domains"] == "paper9.example"
    whole = tmp_path / "whole.csv"
    assert newswire("sources", "export", whole).code == 0
    found = newswire("sources", "show", "paper7.example", "--json", NEWSWIRE_SOURCES=str(whole)).json
    assert (found["name"], found["country"]) == ("The Seventh", "GB")


def test_saying_it_by_hand(newswire: Newswire) -> None:
    """`confirm` names a source that no list has; a wrong cell is a wrong use."""
    done = newswire("sources", "confirm", "quaypost.example", "--name", 'Quay "Q" Post', "--country", "IE")
    assert done.out == 'Quay "Q" Post (web, IE), known as quaypost.example\n'
    assert newswire("sources", "show", 'quay "q" post', "--json").json["country"] == "IE"
    wrong = newswire("sources", "confirm", "quaypost.example", "--kind", "pamphlet")
    assert wrong.code == 2
    assert "kind: 'pamphlet' is none of" in wrong.err
