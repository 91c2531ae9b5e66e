"""Settings come from the environment over the file, and a mistake is named with its remedy."""

from pathlib import Path

import pytest

from pipeline.settings import load_settings
from schemas.errors import ConfigurationError


def test_defaults_are_the_embedded_runtime(tmp_path: Path) -> None:
    """Without any setting, log and index live in the data folder."""
    settings = load_settings({}, tmp_path)
    assert settings.data_dir == Path(".newswire")
    assert settings.resolved_log_url.startswith("sqlite:///")
    assert settings.resolved_log_url.endswith("/.newswire/log.db")
    assert settings.resolved_index_url.startswith("tantivy:///")


def test_each_log_has_a_ledger_of_its_own(tmp_path: Path) -> None:
    """What the embedded log was sent is not taken for sent to Kafka, and naming the default changes nothing."""
    embedded = load_settings({}, tmp_path)
    named = load_settings({"NEWSWIRE_LOG_URL": embedded.resolved_log_url}, tmp_path)
    kafka, other = (load_settings({"NEWSWIRE_LOG_URL": f"kafka://{host}:9092"}, tmp_path) for host in ("one", "two"))
    assert embedded.ledger_path == named.ledger_path == embedded.data_dir / "ledger.db"
    assert len({embedded.ledger_path, kafka.ledger_path, other.ledger_path}) == 3


def test_environment_is_stronger_than_the_file(tmp_path: Path) -> None:
    """A variable overrides the file, and the file overrides the default."""
    (tmp_path / "newswire.toml").write_text('log_level = "info"\nprocesses = 3\n', encoding="utf-8")
    settings = load_settings({"NEWSWIRE_PROCESSES": "5", "OTHER": "x"}, tmp_path)
    assert (settings.log_level, settings.processes) == ("info", 5)


def test_models_are_read_from_one_variable(tmp_path: Path) -> None:
    """Several languages fit into one variable."""
    settings = load_settings({"NEWSWIRE_MODELS": "en=small, de=mittel"}, tmp_path)
    assert settings.models == {"en": "small", "de": "mittel"}


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"NEWSWIRE_LOG_ULR": "x"}, "did you mean log_url"),
        ({"NEWSWIRE_ZZZ": "x"}, "known are"),
        ({"NEWSWIRE_PROCESSES": "many"}, "NEWSWIRE_PROCESSES"),
        ({"NEWSWIRE_LOG_LEVEL": "loud"}, "setting log_level"),
        ({"NEWSWIRE_MODELS": "english"}, "language=pipeline"),
        ({"NEWSWIRE_CONFIG": "/nowhere/newswire.toml"}, "does not exist"),
    ],
)
def test_mistakes_are_named(environ: dict[str, str], says: str, tmp_path: Path) -> None:
    """An unknown setting or an unfit value is an error that says what to do."""
    with pytest.raises(ConfigurationError, match=says):
        load_settings(environ, tmp_path)


def test_secrets_are_not_shown() -> None:
    """What is printed for people holds no key, token or password, nor one inside an address."""
    secret = "s3cret-s3cret-s3cret"  # noqa: S105 - what must not be shown
    names = ("elastic_api_key", "kibana_api_key", "kafka_password", "web_token", "ingest_token")
    environ = {f"NEWSWIRE_{name.upper()}": secret for name in names}
    environ |= {f"NEWSWIRE_{name}_URL": f"https://ada:{secret}@host:9200" for name in ("INDEX", "KIBANA")}
    shown = load_settings(environ, Path()).shown()
    assert secret not in repr(shown)
    assert (shown["index_url"], shown["kibana_url"]) == ("https://host:9200", "https://host:9200")


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """A settings file that is not TOML stops the program instead of being ignored."""
    (tmp_path / "newswire.toml").write_text("log_level =", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cannot be read as TOML"):
        load_settings({}, tmp_path)
