"""TLS and SASL for Faust's client, from the same settings as for every other Kafka client."""

import faust
from faust.types.auth import CredentialsT

from pipeline.log.kafka_security import KafkaSecurity


def build_credentials(security: KafkaSecurity) -> CredentialsT | None:
    """Return what an app takes as `broker_credentials`, None for a cluster that lets everybody in."""
    context = security.build_context()
    if security.sasl:
        mechanism, user, password = security.sasl
        return faust.SASLCredentials(username=user, password=password, mechanism=mechanism, ssl_context=context)
    return faust.SSLCredentials(context) if context else None
