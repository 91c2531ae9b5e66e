"""What docker-compose.yml and the Dockerfile say agrees with the code: versions, settings, ports, commands."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.cli.main import app
from pipeline.roles import BY_NAME
from pipeline.settings import Settings
from pipeline.settings_file import PREFIX


@pytest.fixture
def compose(repository: Path) -> dict[str, Any]:
    """The parsed compose file, with its anchors resolved."""
    parsed: dict[str, Any] = yaml.safe_load((repository / "docker-compose.yml").read_text(encoding="utf-8"))
    return parsed


def test_versions_are_those_that_the_tests_start(compose: dict[str, Any], repository: Path) -> None:
    """The services in compose are the versions that everything is proven on."""
    pins = tomllib.loads((repository / "tests" / "services" / "versions.toml").read_text(encoding="utf-8"))
    text = repr(pins)
    for service in ("kafka", "elasticsearch", "kibana"):
        version = compose["services"][service]["image"].rpartition(":")[2]
        assert version in text, f"{service} {version} is not the version of the tests"


def test_variables_are_settings(compose: dict[str, Any]) -> None:
    """Every NEWSWIRE variable in compose is a setting that exists and takes that value."""
    values: dict[str, str] = {}
    for service in compose["services"].values():
        values |= {k: v for k, v in service.get("environment", {}).items() if k.startswith(PREFIX)}
    assert values
    Settings.model_validate({name.removeprefix(PREFIX).lower(): value for name, value in values.items()})


def test_every_role_has_a_worker(compose: dict[str, Any]) -> None:
    """Each role of the pipeline runs as one service, and each command exists."""
    workers = {name.removeprefix("worker-") for name in compose["services"] if name.startswith("worker-")}
    assert workers == set(BY_NAME)
    known = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    for name, service in compose["services"].items():
        if "command" in service:
            assert service["command"][0] in known, name
    for role in workers:
        assert compose["services"][f"worker-{role}"]["command"] == ["worker", role]


def test_services_listen_on_loopback_only_and_are_bounded(compose: dict[str, Any]) -> None:
    """No port is open to the network, and every long-running service has a memory limit."""
    for name, service in compose["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        if "restart" in service:
            assert "mem_limit" in service, name
    assert not any("build" in service and service.get("user") == "root" for service in compose["services"].values())


def test_pages_are_published_where_they_listen(compose: dict[str, Any]) -> None:
    """The port that compose opens is the one that `newswire serve` listens on, under a name that it answers to."""
    serve = compose["services"]["serve"]
    port = Settings().web_port
    assert serve["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert "NEWSWIRE_WEB_NAMES" in serve["environment"]
    assert "profiles" in serve, "without a token in .env it cannot start, and must not keep trying"


def test_nothing_is_created_by_accident(compose: dict[str, Any]) -> None:
    """Neither a topic nor an article index comes into being by a write."""
    assert compose["services"]["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert "-news-*" in compose["services"]["elasticsearch"]["environment"]["action.auto_create_index"]


def test_image_runs_as_a_user_of_its_own(repository: Path) -> None:
    """The last stage of the image drops root, and installs the pinned versions."""
    text = (repository / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER newswire$", text, re.MULTILINE)
    assert "-c constraints.txt" in text


@pytest.mark.skipif(shutil.which("docker") is None, reason="the docker client is not installed")
def test_compose_itself_accepts_the_file(repository: Path) -> None:
    """`docker compose config` reads the file, where that command exists."""
    probe = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("this docker client has no compose")
    done = subprocess.run(
        ["docker", "compose", "config", "--quiet"], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
