"""`newswire ingest` from the outside: the acceptance article, real files, and what cannot be read."""

import json
from pathlib import Path

from tests.cli.conftest import Newswire


def test_acceptance_article(newswire: Newswire, shared_dir: Path) -> None:
    """The article that the product was asked for: zones, origin with span, merged people, no invented date."""
    done = newswire("ingest", *sorted((shared_dir / "seeds").glob("*.txt")), "--json")
    assert done.code == 0, done.err
    assert done.json["indexed"] == 1
    hits = newswire("search", 'person:"Dmitry Peskov" Paris', "--json").json["hits"]
    assert " · 2018 · from Radio Free Europe" in newswire("search", "Kommersant").out, "a year is no first of January"
    record = newswire("show", hits[0]["article_id"], "--json").json
    text = record["text"]
    kinds = [zone["kind"] for zone in record["zones"]]
    assert kinds[:5] == ["promo", "title", "caption", "credit", "reprint-notice"]
    assert set(kinds[5:]) == {"body"}

    origin = record["origin"]
    assert (origin["name"], origin["kind"]) == ("Radio Free Europe/Radio Liberty", "reprint-notice")
    evidence = text[origin["span"]["start"] : origin["span"]["end"]]
    assert "Radio Free Europe/Radio Liberty" in evidence
    assert "permission" in origin["rights"]

    published = record["published"]
    assert published["signal"] in {"none", "inferred"}
    assert published.get("at", "2018").startswith("2018")
    assert published["precision"] in {"unknown", "year"}

    names = {entity["name"]: entity for entity in record["entities"]}
    for expected in (
        "Donald Trump",
        "Vladimir Putin",
        "Dmitry Peskov",
        "Yury Ushakov",
        "John Bolton",
        "Sergei Skripal",
    ):
        assert names[expected]["label"] == "PERSON", expected
    assert {mention["text"] for mention in names["Donald Trump"]["mentions"]} >= {"Trump", "Donald Trump"}
    written = {mention["text"] for entity in record["entities"] for mention in entity["mentions"]}
    assert {"Kremlin", "G20", "Paris", "Helsinki", "Argentina", "Ukraine", "Britain", "Francois Macron"} <= written
    assert not {"Trump", "Putin", "Peskov", "Macron"} & names.keys()
    assert not any(word in name for name in names for word in ("AMN", "Telegram", "Shealah", "Craighead", "Radio Free"))
    for entity in record["entities"]:
        for mention in entity["mentions"]:
            assert text[mention["start"] : mention["end"]] == mention["text"]
            assert mention["zone"] in {"title", "body", "caption"}


def test_same_input_again_sends_nothing(newswire: Newswire, tmp_path: Path) -> None:
    """What has not changed is not sent again; what has changed becomes a newer version of the same article."""
    lines = [{"title": f"Ferry {n}", "text": f"The ferry number {n} sails again. " * 12, "url": f"https://a.example/{n}"}
             for n in range(3)]  # fmt: skip
    file = tmp_path / "ferries.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert newswire("ingest", file, "--json").json["sent"] == 3
    again = newswire("ingest", file, "--json").json
    assert (again["sent"], again["unchanged"], again["indexed"]) == (0, 3, 3)
    lines[1]["text"] += "It now calls at Oban."
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    changed = newswire("ingest", file, "--json").json
    assert (changed["sent"], changed["unchanged"], changed["indexed"]) == (1, 2, 3)
    assert newswire("search", "Oban", "--json").json["total"] == 1


def test_bad_lines_name_file_and_line(newswire: Newswire, tmp_path: Path) -> None:
    """A line that cannot be read becomes a dead letter with its place, and its neighbours are indexed."""
    good = json.dumps(
        {"headline": "Lock gate mended", "body": "The gate at Givors works again. " * 12, "date": "2026-10-02"}
    )
    file = tmp_path / "mixed.jsonl"
    file.write_bytes(b"\n".join([good.encode(), b"{broken", b"\xff\xfe", b"[]", b'{"title": "only a title"}']))
    done = newswire("ingest", file, "--json").json
    assert (done["read"], done["sent"], done["bad"], done["indexed"]) == (5, 1, 4, 1)
    letters = newswire("dead-letters", "list", "--json").json
    assert sorted(letter["received_from"].rpartition(":")[2] for letter in letters) == ["2", "3", "4", "5"]
    assert newswire("search", "since:2026-10-01 gate", "--json").json["total"] == 1


def test_wrong_use_is_explained(newswire: Newswire, tmp_path: Path) -> None:
    """A mistake ends in one sentence on stderr and the exit code for wrong use, never in a traceback."""
    for arguments, says in (
        (("ingest", tmp_path / "nowhere.jsonl"), "nowhere.jsonl"),
        (("ingest", tmp_path, "--format", "docx"), "docx"),
        (("evaluate", "poetry", "x"), "poetry"),
        (("search", "x", "--sort", "best"), "best"),
        (("search", "x", "--since", "lately"), "lately"),
        (("show", "0" * 32), "newswire search"),
        (("sources", "show", "The Moon"), "newswire sources list"),
        (("dead-letters", "show", "9-9"), "dead-letters list"),
    ):
        done = newswire(*arguments)
        assert done.code in {1, 2}, arguments
        assert says in done.err, (arguments, done.err)
        assert "Traceback" not in done.err
        assert done.out == ""


def test_unknown_setting_is_an_error_with_a_suggestion(newswire: Newswire) -> None:
    """A misspelt variable stops the program instead of being ignored."""
    done = newswire("status", NEWSWIRE_INDEX_ULR="tantivy:///x")
    assert done.code == 2
    assert "did you mean index_url" in done.err
