"""The sources scorer: which domains count, what conflicting lists mean, and the shipped registry on the real lists."""

from pathlib import Path

import pytest

from pipeline.evaluate.sources import best_known, find_examples, read_outlets, score
from schemas.errors import ConfigurationError

ROWS = """list,domain,name,country,language
one,reuters.com,Reuters,GB,en
two,reuters.com,,US,
three,reuters.com,,GB,EN
one,lemonde.fr,Le Monde,US,fr
two,lemonde.fr,,US,
one,nowhere.example,Nowhere,,
"""


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """Three lists that disagree."""
    file = tmp_path / "publishers.csv"
    file.write_text(ROWS, encoding="utf-8")
    return file


def test_what_most_lists_say_counts(lists: Path) -> None:
    """An unknown domain costs coverage; a country that most lists deny costs rightness; silence costs nothing."""
    result = score(lists)
    assert result.records == 3
    assert result.figures["coverage"] == pytest.approx(2 / 3)
    assert (result.figures["country_right"], result.figures["language_right"], result.figures["both_right"]) == (
        0.5,
        1.0,
        0.5,
    )
    assert [line.partition(":")[0] for line in find_examples(lists, None, 9)] == [
        "lemonde.fr (in 2 lists)",
        "nowhere.example (in 1 lists)",
    ]


def test_domains_of_most_lists_come_first(lists: Path) -> None:
    """Of all, only the best known are scored."""
    assert [outlet.domain for outlet in best_known(read_outlets(lists), 2)] == ["reuters.com", "lemonde.fr"]
    assert score(lists, 1).figures["coverage"] == 1


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A file without the columns is named, with what is missing."""
    file = tmp_path / "x.csv"
    file.write_text("domain,country\na.example,US\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no column 'language'"):
        score(file)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        score(tmp_path / "missing.csv")


def test_registry_on_real_lists(shared_dir: Path) -> None:
    """Of the 500 domains that stand in most lists 60 % are known, with country and language right on 95 %."""
    figures = score(shared_dir / "data" / "publishers.csv.gz").figures
    assert figures["coverage"] >= 0.60
    assert figures["both_right"] >= 0.95
