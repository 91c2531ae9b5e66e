"""`apply` brings both generations of Kibana to hold the dashboards, changes nothing the second time, and fails well."""

import json
from collections import Counter

import pytest

from pipeline.dashboards.apply import Applied, apply_boards
from pipeline.dashboards.board import Board
from pipeline.dashboards.deployment import Deployment
from pipeline.dashboards.kibana import Kibana
from pipeline.dashboards.saved_objects import build_objects, encode_objects
from pipeline.dashboards.shipped import load_boards
from pipeline.dashboards.views import shipped_views
from schemas.errors import ConfigurationError, Rejected, Unavailable
from tests.dashboards.kibana_stand_in import API_KEY, KibanaStandIn, run_kibana

DEPLOYMENT = Deployment(shipped_views(), "", "http://127.0.0.1:8720")
BODIES = len(shipped_views()) + 6
LISTS = 4
"""Lists of documents, which are objects of their own before the Dashboards API."""


@pytest.fixture(scope="module")
def boards() -> dict[str, Board]:
    """The shipped dashboards."""
    return load_boards()


def apply(kibana: KibanaStandIn, boards: dict[str, Board], space: str | None = None) -> list[Applied]:
    """Apply the dashboards with the stand-in's key."""
    return apply_boards(Kibana(kibana.address, api_key=API_KEY, space=space), boards, DEPLOYMENT)


@pytest.mark.parametrize("version", ["9.5.0", "10.1.2", "8.11.0", "9.4.2"])
def test_twice_changes_nothing(version: str, boards: dict[str, Board]) -> None:
    """The form is chosen by the version; the second time there is nothing to write; a change is written alone."""
    with run_kibana(version) as kibana:
        first = apply(kibana, boards)
        number = BODIES if kibana.has_api else BODIES + LISTS
        assert Counter(each.outcome for each in first) == {"created": number}
        assert len(kibana.writes) == number
        assert (len(kibana.boards), len(kibana.objects)) == ((6, 0) if kibana.has_api else (0, number))
        second = apply(kibana, boards)
        assert Counter(each.outcome for each in second) == {"unchanged": number}
        assert len(kibana.writes) == number
        changed = {**boards, "newsroom": boards["newsroom"].model_copy(update={"description": "Changed."})}
        third = apply(kibana, changed)
        assert [each.id for each in third if each.outcome == "updated"] == ["newswire-newsroom"]
        assert kibana.writes[number:] == ["newswire-newsroom"]


def test_what_a_person_changed_is_put_back(boards: dict[str, Board]) -> None:
    """The files are the source: a panel that was taken out in Kibana is there again."""
    with run_kibana("9.5.3") as kibana:
        apply(kibana, boards)
        kibana.boards["newswire-places"]["panels"].pop()
        assert [each.id for each in apply(kibana, boards) if each.outcome == "updated"] == ["newswire-places"]
        assert [each.outcome for each in apply(kibana, boards)] == ["unchanged"] * BODIES


def test_a_space_holds_its_own(boards: dict[str, Board]) -> None:
    """Everything goes to the space that was named."""
    with run_kibana("9.5.3", space="desk") as kibana:
        assert len(apply(kibana, boards, space="desk")) == BODIES
        with pytest.raises(ConfigurationError, match="does not say which version"):
            apply(kibana, boards)


@pytest.mark.parametrize("version", ["8.10.4", "7.17.0"])
def test_an_old_kibana_is_refused(version: str, boards: dict[str, Board]) -> None:
    """Nothing is written to a server that could not show it."""
    with run_kibana(version) as kibana:
        with pytest.raises(ConfigurationError, match=r"too old: dashboards need 8\.11"):
            apply(kibana, boards)
        assert kibana.writes == []


def test_wrong_credentials_are_named() -> None:
    """A wrong key ends in one sentence that says which setting to look at."""
    with run_kibana("9.5.3") as kibana:
        with pytest.raises(ConfigurationError, match="check kibana_api_key"):
            Kibana(kibana.address, api_key="wrong").version()
        with pytest.raises(ConfigurationError, match="leave one of them out"):
            Kibana(kibana.address.replace("http://", "http://ada:secret@"), api_key=API_KEY)


def test_nobody_there() -> None:
    """An address where nothing listens is unavailable, and the sentence holds no password."""
    with run_kibana("9.5.3") as kibana:
        address = kibana.address
    with pytest.raises(Unavailable, match="does not answer") as raised:
        Kibana(address.replace("http://", "http://ada:secret@")).version()
    assert "secret" not in str(raised.value)
    with pytest.raises(ConfigurationError, match="use https://host:5601"):
        Kibana("kibana.example:5601")


def test_the_stand_in_is_strict(boards: dict[str, Board]) -> None:
    """What a real Kibana refuses, the stand-in refuses too: so that a green test above means something."""
    with run_kibana("9.5.3") as kibana:
        server = Kibana(kibana.address, api_key=API_KEY)
        body = DEPLOYMENT.api_board(boards["newsroom"])
        with pytest.raises(Rejected, match="data view news-articles does not exist"):
            server.put_board("x", body)
        with pytest.raises(Rejected, match=r"\[body.colour\]: definition for this key is missing"):
            server.put_board("x", {**body, "colour": "red"})
    with run_kibana("8.15.0") as kibana:
        server = Kibana(kibana.address, api_key=API_KEY)
        objects = build_objects({"newsroom": boards["newsroom"]}, DEPLOYMENT)
        with pytest.raises(Rejected, match="missing_references"):
            server.import_objects(encode_objects(objects[-1:]))
        with pytest.raises(Rejected, match="newer than the server"):
            server.import_objects(encode_objects([{**each, "coreMigrationVersion": "9.0.0"} for each in objects]))
        spoilt = json.loads(json.dumps(objects))
        spoilt[-1]["references"].pop()
        with pytest.raises(Rejected, match="references differ"):
            server.import_objects(encode_objects(spoilt))
