"""How to be let in by a Kafka cluster: TLS and SASL, once for both clients.

Settings in; options of kafka-python out, and the parts from which `agents` builds Faust's credentials. Checked before
anything connects. Imports no client.
"""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from schemas.errors import ConfigurationError

MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


@dataclass(frozen=True, slots=True)
class KafkaSecurity:
    """TLS with our certificate if the cluster wants one, and a user if it wants one; neither by default.

    A CA file, or a certificate of ours, means TLS. `repr` never shows a password.
    """

    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    mechanism: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ConfigurationError: half of a pair, a file that does not exist, or an unknown mechanism; names the setting.
        """
        if self.mechanism is not None and self.mechanism not in MECHANISMS:
            msg = f"kafka_sasl_mechanism {self.mechanism!r} is none of {', '.join(MECHANISMS)}"
            raise ConfigurationError(msg)
        if (self.user is None) != (self.password is None):
            msg = "kafka_user and kafka_password belong together; one of them is missing"
            raise ConfigurationError(msg)
        if self.mechanism is not None and self.user is None:
            msg = f"kafka_sasl_mechanism {self.mechanism} needs kafka_user and kafka_password"
            raise ConfigurationError(msg)
        if self.key_file is not None and self.cert_file is None:
            msg = "kafka_key_file is the key of kafka_cert_file, which is missing"
            raise ConfigurationError(msg)
        named = {"kafka_ca_file": self.ca_file, "kafka_cert_file": self.cert_file, "kafka_key_file": self.key_file}
        for name, path in named.items():
            if path is not None and not path.is_file():
                msg = f"{name} {path} does not exist"
                raise ConfigurationError(msg)

    @property
    def encrypted(self) -> bool:
        """Whether connections are TLS."""
        return self.tls or self.ca_file is not None or self.cert_file is not None

    @property
    def sasl(self) -> tuple[str, str, str] | None:
        """Mechanism, user and password, None without a user. Without a mechanism it is SCRAM-SHA-512."""
        if self.user is None or self.password is None:
            return None
        return self.mechanism or MECHANISMS[-1], self.user, self.password

    @property
    def protocol(self) -> str:
        """Kafka's name for it: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""
        return ("SASL_" if self.sasl else "") + ("SSL" if self.encrypted else "PLAINTEXT")

    def build_context(self) -> ssl.SSLContext | None:
        """Return the TLS context, None without TLS. Certificates and host names are always checked.

        Raises:
            ConfigurationError: a file holds no certificate or no fitting key.
        """
        if not self.encrypted:
            return None
        try:
            context = ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
            if self.cert_file is not None:
                context.load_cert_chain(self.cert_file, self.key_file)
        except (ssl.SSLError, OSError) as error:
            files = ", ".join(str(path) for path in (self.ca_file, self.cert_file, self.key_file) if path)
            msg = f"the certificates for Kafka cannot be used ({files}): {error}"
            raise ConfigurationError(msg) from error
        return context

    def client_options(self) -> dict[str, object]:
        """Return what every kafka-python client takes; nothing for a cluster that lets everybody in."""
        options: dict[str, object] = {}
        if self.encrypted or self.sasl:
            options["security_protocol"] = self.protocol
        if self.encrypted:
            options["ssl_context"] = self.build_context()
        if self.sasl:
            mechanism, user, password = self.sasl
            options |= {"sasl_mechanism": mechanism, "sasl_plain_username": user, "sasl_plain_password": password}
        return options


OPEN_TO_ALL: Final = KafkaSecurity()
