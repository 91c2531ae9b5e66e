"""Makes an index that is not one of the months of articles, where it is missing. In: a client, a name, mappings."""

from collections.abc import Mapping
from typing import Any, Final

from elasticsearch import BadRequestError, Elasticsearch

from pipeline.index.elastic_client import elastic_errors
from pipeline.index.elastic_faults import read_error
from schemas.errors import ConfigurationError

_SETTINGS: Final = {"index": {"codec": "best_compression"}}


def create_missing(client: Elasticsearch, index: str, mappings: Mapping[str, Any], alias: str | None = None) -> None:
    """Create the index unless it is there; looked at before each write, since a person may have deleted it.

    Nothing may be made up by a bulk: an index without mappings would take any field.

    Raises:
        ConfigurationError: the cluster refuses to.
        Unavailable: no answer.
    """
    with elastic_errors():
        if client.indices.exists(index=index):
            return
        try:
            aliases: Mapping[str, Mapping[str, Any]] = {alias: {}} if alias else {}
            client.indices.create(index=index, mappings=mappings, settings=_SETTINGS, aliases=aliases)
        except BadRequestError as error:
            kind, reason = read_error(error.body)
            if kind != "resource_already_exists_exception":
                msg = f"index {index} cannot be created: {reason}"
                raise ConfigurationError(msg) from error
