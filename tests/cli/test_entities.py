"""`newswire entities` from the outside: what a person corrects holds for old articles, new ones and after a replay."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from schemas.errors import ConfigurationError
from tests.cli.conftest import Finished, Newswire

RIGHT, WRONG = "person:margaret-thornbury", "person:margaret-thornberry"


def write(file: Path, *names: str) -> Path:
    """Write a file with an article about each of these people, at the address of her name."""
    lines = []
    for who in names:
        text = f"{who} opened the lock at Givors on Monday. “The lock holds,” {who} said. " + "Boats waited. " * 20
        lines.append({"title": "Lock opened", "text": text, "url": f"https://a.example/{file.stem}/{who[-4:]}"})
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("merge", "a", "--into", "a"), "itself"),
        (("split", "a", "Another"), "--text, --article or --source"),
        (("split", "a", "Another", "--article", "x"), "no id of an article"),
        (("split", "a", "Another", "--text", "x", "--label", "DAY"), "PERSON, ORG"),
        (("split", "a", " ", "--text", "x"), "1 to 300 letters"),
    ],
)
def test_wrong_use_is_told(arguments: tuple[str, ...], told: str) -> None:
    """What could not be applied is refused before anything is opened, with what would be right."""
    done = CliRunner().invoke(app, ["entities", *arguments])
    assert isinstance(done.exception, ConfigurationError)
    assert told in str(done.exception)


@pytest.mark.timeout(240)
def test_corrections_hold_for_all_articles(newswire: Newswire, tmp_path: Path) -> None:
    """Merged, renamed, taken back; an article that comes later, and one that is indexed again, say the same."""

    def run(*arguments: str | Path) -> Finished:
        # Names by rule: models take seconds to load.
        return newswire(*arguments, NEWSWIRE_MODELS="")

    def count(query: str) -> int:
        return int(run("search", query, "--copies", "--json", "--limit", "0").json["total"])

    run("ingest", write(tmp_path / "old.jsonl", "Margaret Thornbury", "Margaret Thornberry"))
    found = run("entities", "find", "margaret", "--json").json
    assert {(one["id"], one["label"], one["articles"]) for one in found} == {(RIGHT, "PERSON", 1), (WRONG, "PERSON", 1)}

    done = run("entities", "merge", WRONG, "--into", RIGHT, "--json").json
    assert (done["looked_at"], done["corrected"], done["refused"]) == (1, 1, 0)
    run("ingest", write(tmp_path / "new.jsonl", "Margaret Thornberry"))
    assert run("entities", "rename", RIGHT, "Dame Margaret Thornbury", "--json").json["corrected"] == 3
    assert run("replay", "--re-index", "--json").code == 0
    assert count('speaker:"Dame Margaret Thornbury"') == 3
    circle = run("entities", "merge", RIGHT, "--into", WRONG)
    assert (circle.code, circle.err.count("\n"), "undo that first" in circle.err) == (1, 1, True)

    listed = run("entities", "list").out
    assert "is person:margaret-thornbury (Margaret Thornbury)" in listed
    assert "is called Dame Margaret Thornbury" in listed
    assert run("entities", "undo", WRONG, RIGHT, "--json").json["corrected"] == 3
    record = run("show", "https://a.example/old/erry", "--json").json
    assert [(one["id"], one["name"]) for one in record["entities"] if one["label"] == "PERSON"] == [
        (WRONG, "Margaret Thornberry")
    ]
    assert record["index"]["quote_speakers"] == ["Margaret Thornberry"]
    nobody = run("entities", "hide", "person:nobody")
    assert (nobody.code, nobody.err.count("\n"), "entities find" in nobody.err) == (1, 1, True)
