"""The source registry that is shipped is complete, valid and unambiguous."""

import csv
import re
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline.sources.registry import SourceRegistry
from schemas.source import Source

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR "
    "GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO "
    "JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR "
    "MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO "
    "RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV "
    "TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)


def registry_rows() -> list[dict[str, str]]:
    """The rows of the registry, as the CSV has them."""
    with (SEEDS / "sources.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_registry_has_the_promised_columns() -> None:
    """The first line of the registry names the columns, and no row is longer or shorter."""
    with (SEEDS / "sources.csv").open(encoding="utf-8", newline="") as lines:
        table = list(csv.reader(lines))
    # What only feeds say is provisional; a row of the registry never is.
    assert table[0] == [name for name in Source.model_fields if name != "provisional"]
    assert {len(row) for row in table} == {len(table[0])}


def test_registry_covers_the_world() -> None:
    """The registry has 300 or more sources, every kind of them, and agencies of many countries."""
    rows = registry_rows()
    agencies = {row["country"] for row in rows if row["kind"] == "agency"}
    kinds = {"agency", "newspaper", "broadcaster", "magazine", "web", "government", "pr-wire"}
    assert len(rows) >= 300
    assert {row["kind"] for row in rows} == kinds
    assert len(agencies) >= 60


def test_registry_values_are_valid() -> None:
    """Countries are ISO 3166, time zones are IANA, languages two letters, ids kebab-case, domains bare host names."""
    countries = set(COUNTRIES.split())
    for row in registry_rows():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["id"]), row
        assert row["country"] in countries, row
        assert re.fullmatch(r"[a-z]{2}", row["language"]), row
        assert ZoneInfo(row["timezone"]).key == row["timezone"]
        assert row["store"] in {"full", "excerpt"}, row
        assert row["licence"], row
        for domain in row["domains"].split("|"):
            assert re.fullmatch(r"(?!www\.)([a-z0-9-]+\.)+[a-z]{2,}", domain), row


@pytest.mark.parametrize("column", ["id", "domains"])
def test_registry_values_belong_to_one_source(column: str) -> None:
    """An id and a domain name exactly one source."""
    counts = Counter(value for row in registry_rows() for value in row[column].split("|"))
    assert [value for value, count in counts.items() if count > 1] == []


def test_registry_names_are_unambiguous() -> None:
    """A name or alias, whatever its case, belongs to one source, so that a credit line can be resolved."""
    owners: dict[str, set[str]] = {}
    for row in registry_rows():
        for name in [row["name"], *filter(None, row["aliases"].split("|"))]:
            owners.setdefault(name.casefold(), set()).add(row["id"])
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AP", "associated-press"),
        ("AFP", "agence-france-presse"),
        ("dpa", "deutsche-presse-agentur"),
        ("RFE/RL", "radio-free-europe"),
        ("VOA", "voice-of-america"),
        ("AMN", "american-military-news"),
        ("Kommersant", "kommersant"),
    ],
)
def test_registry_knows_the_short_names(name: str, expected: str) -> None:
    """The names that credits and notices really use lead to their source."""
    owners = [row["id"] for row in registry_rows() if name in {row["name"], *row["aliases"].split("|")}]
    assert owners == [expected]


def test_registry_loads() -> None:
    """The product's own reader accepts every row."""
    assert len(SourceRegistry.load(SEEDS / "sources.csv").sources) == len(registry_rows())
