"""The connection to Elasticsearch: address, credentials and TLS → a client, and its exceptions → ours.

The client never retries by itself: whoever calls knows what may be repeated, and the delivery loop repeats for ever.
"""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from elasticsearch import ApiError, Elasticsearch, SSLError, TransportError, UnsupportedProductError

from pipeline.index.elastic_faults import Verdict, judge, read_error
from pipeline.server_address import parse_server_address
from schemas.errors import BAD_INPUT, ConfigurationError, Rejected, Unavailable

REQUEST_TIMEOUT_S: Final = 30.0
"""Longest wait for an answer; what was asked may still happen, and compare-and-set makes asking again safe."""
_FORM: Final = "use https://host:9200 or https://user:password@host:9200"


def connect(
    url: str,
    *,
    api_key: str | None = None,
    ca_file: Path | None = None,
    cert_file: Path | None = None,
    key_file: Path | None = None,
    timeout_s: float = REQUEST_TIMEOUT_S,
) -> Elasticsearch:
    """Return a client of the cluster at `url`. Nothing is sent yet.

    Credentials are an API key (as Kibana shows it, encoded) or user and password in the address. Certificates are
    checked against `ca_file`, by default against the well-known authorities. `cert_file` is our own certificate, for a
    server that wants to see one, and `key_file` its key when that is a file of its own.

    Raises:
        ConfigurationError: the address or the file cannot be used. Passwords are never part of the message.
    """
    address = parse_server_address(url, "index address", _FORM, api_key=api_key)
    context = _build_context(ca_file, cert_file, key_file)
    options = {"ssl_context": context} if context is not None and address.scheme == "https" else {}
    return Elasticsearch(
        address.url(443 if address.scheme == "https" else 9200),
        api_key=api_key,
        basic_auth=address.user,
        request_timeout=timeout_s,
        max_retries=0,
        retry_on_timeout=False,
        retry_on_status=(),
        **options,  # type: ignore[arg-type] # one of many keywords of different types
    )


def _build_context(ca_file: Path | None, cert_file: Path | None, key_file: Path | None) -> ssl.SSLContext | None:
    """Return what checks the server and shows our certificate, None for the client's own way."""
    files = {"elastic_ca_file": ca_file, "elastic_cert_file": cert_file, "elastic_key_file": key_file}
    for name, path in files.items():
        if path is not None and not path.is_file():
            msg = f"{name} {path} does not exist"
            raise ConfigurationError(msg)
    if key_file is not None and cert_file is None:
        msg = "elastic_key_file is the key of elastic_cert_file, which is missing"
        raise ConfigurationError(msg)
    if ca_file is None and cert_file is None:
        return None
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
        if cert_file is not None:
            context.load_cert_chain(cert_file, key_file)
    except (ssl.SSLError, OSError) as error:
        named = ", ".join(f"{name} {path}" for name, path in files.items() if path is not None)
        msg = f"the certificates for Elasticsearch cannot be used ({named}): {error}"
        raise ConfigurationError(msg) from error
    return context


@contextmanager
def elastic_errors() -> Iterator[None]:
    """Turn what the client raises into what has to happen next.

    Raises:
        Unavailable: no answer, a broken one, too busy, or a fault of the server.
        ConfigurationError: credentials, certificates, a missing or closed index, or no Elasticsearch at all.
        Rejected: `bad-input` when the request as such was refused.
    """
    try:
        yield
    except ApiError as error:
        raise _translate(error) from error
    except TransportError as error:
        raise translate_transport(error) from error


def _translate(error: ApiError) -> Unavailable | ConfigurationError | Rejected:
    if isinstance(error, UnsupportedProductError):
        return ConfigurationError(f"the index address does not answer as Elasticsearch: {error.message}")
    status, (kind, reason) = error.meta.status, read_error(error.body)
    verdict = judge(status, kind, reason)
    message = f"Elasticsearch answered {status} {reason}".strip()
    if verdict is Verdict.FAULTY:
        return ConfigurationError(f"{message}; {_remedy(status, kind)}")
    return Rejected(BAD_INPUT, message) if verdict is Verdict.REFUSED else Unavailable(message)


def translate_transport(error: TransportError) -> Unavailable | ConfigurationError:
    """Return our error for a request that got no usable answer."""
    if isinstance(error, SSLError):
        return ConfigurationError(f"no trusted connection to Elasticsearch: {error.message}; check elastic_ca_file")
    return Unavailable(f"Elasticsearch does not answer: {type(error).__name__}: {error.message}"[:1000])


def complete(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answer to a search, one of several perhaps, when it is one.

    Raises:
        Unavailable: it tells of a fault, or that time ran out.
        ConfigurationError: a person has to act.
    """
    if "error" in answer:
        status = answer.get("status", 500)
        kind, reason = read_error(answer)
        if judge(status, kind, reason) is Verdict.FAULTY:
            raise ConfigurationError(fault_message(status, kind, reason))
        msg = f"Elasticsearch answered {status} {reason}"
        raise Unavailable(msg)
    if answer.get("timed_out"):
        msg = "the search took too long; narrow it down"
        raise Unavailable(msg)
    return answer


def fault_message(status: int, kind: str, reason: str) -> str:
    """Return one sentence for a person who has to act."""
    return f"Elasticsearch answered {status} {reason}; {_remedy(status, kind)}"


def _remedy(status: int, kind: str) -> str:
    if kind in {"index_closed_exception", "cluster_block_exception"}:
        return "open the index, or delete it"
    if status in {401, 403}:
        return "check elastic_api_key and what it may do"
    return "run newswire setup, and look at newswire doctor"
