"""`newswire dashboards` as a person runs it, without Elasticsearch and against a stand-in for Kibana."""

from pathlib import Path

from tests.cli.conftest import Newswire
from tests.dashboards.kibana_stand_in import API_KEY, run_kibana


def test_check_without_elasticsearch(newswire: Newswire, tmp_path: Path) -> None:
    """The shipped dashboards pass; a broken folder fails with the panel and the field, and exit code 1."""
    done = newswire("dashboards", "check")
    assert (done.code, done.err) == (0, "")
    assert done.out == "6 dashboards, 99 panels checked against the mappings: no fault\n"
    shipped = newswire("dashboards", "build", "--out", tmp_path / "out", "--json").json["files"]
    board = tmp_path / "boards" / "newsroom.json"
    board.parent.mkdir()
    text = (tmp_path / "out" / "dashboards" / "newswire-newsroom.json").read_text("utf-8")
    board.write_text(text.replace("entities.person", "entities.persons"), "utf-8")
    failed = newswire("dashboards", "check", "--from", board.parent)
    assert failed.code == 1
    assert "newsroom: panel top-people: field entities.persons does not exist in news-articles" in failed.out
    assert len(shipped) == 11
    missing = newswire("dashboards", "check", "--from", tmp_path / "nowhere")
    assert (missing.code, "is no folder with dashboards" in missing.err) == (2, True)


def test_build_twice_gives_the_same_bytes(newswire: Newswire, tmp_path: Path) -> None:
    """Two runs of the command write the same files."""
    contents = []
    for folder in ("a", "b"):
        files = newswire("dashboards", "build", "--out", tmp_path / folder, "--json").json["files"]
        contents.append({Path(file).relative_to(tmp_path / folder): Path(file).read_bytes() for file in files})
    assert contents[0] == contents[1]


def test_apply_and_apply_again(newswire: Newswire) -> None:
    """The first run creates, the second changes nothing; a missing address and a wrong key are named."""
    unset = newswire("dashboards", "apply")
    assert (unset.code, "NEWSWIRE_KIBANA_URL=https://host:5601" in unset.err) == (2, True)
    with run_kibana("9.5.3") as kibana:
        variables = {"NEWSWIRE_KIBANA_URL": kibana.address, "NEWSWIRE_KIBANA_API_KEY": API_KEY}
        created = newswire("dashboards", "apply", **variables)
        assert created.code == 0, created.err
        assert "created  dashboard  newswire-newsroom" in created.out
        again = newswire("dashboards", "apply", "--json", **variables).json
        assert {each["outcome"] for each in again} == {"unchanged"}
        assert len(again) == len(kibana.writes) == 10
        wrong = newswire("dashboards", "apply", **{**variables, "NEWSWIRE_KIBANA_API_KEY": "bm8="})
        assert (wrong.code, "check kibana_api_key" in wrong.err) == (2, True)


def test_preview_needs_elasticsearch(newswire: Newswire) -> None:
    """The embedded index has no aggregations of Elasticsearch's; the sentence says what to set."""
    done = newswire("dashboards", "preview")
    assert done.code == 2
    assert "set NEWSWIRE_INDEX_URL=http://host:9200" in done.err
