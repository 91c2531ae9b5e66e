"""Address → index. Engines are imported only when their index is opened."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pipeline.clock import Clock
from pipeline.index.base import ArticleIndex
from schemas.errors import ConfigurationError

_TANTIVY: Final = "tantivy:///"
_FORMS: Final = "tantivy:///relative/folder, tantivy:////absolute/folder or https://user@host:9200"


def open_index(
    url: str,
    clock: Clock,
    *,
    index_prefix: str = "",
    api_key: str | None = None,
    ca_file: Path | None = None,
    cert_file: Path | None = None,
    key_file: Path | None = None,
    timeout_s: float = 30.0,
) -> ArticleIndex:
    """Return the index at `url`; `install` creates it where it is missing. Nothing is read or connected yet.

    `tantivy:///relative/folder` and `tantivy:////absolute/folder` name a folder, as the log's address does a file. The
    other arguments are for Elasticsearch alone.

    Raises:
        ConfigurationError: no index has such an address.
    """
    if url.startswith(_TANTIVY) and url != _TANTIVY:
        from pipeline.index.tantivy import TantivyIndex

        return TantivyIndex(Path(url.removeprefix(_TANTIVY)), clock)
    if urlsplit(url).scheme in {"http", "https"}:
        from pipeline.index.elastic import ElasticIndex

        return ElasticIndex(
            url,
            clock=clock,
            index_prefix=index_prefix,
            api_key=api_key,
            ca_file=ca_file,
            cert_file=cert_file,
            key_file=key_file,
            timeout_s=timeout_s,
        )
    msg = f"index address {url!r} is not known; use {_FORMS}"
    raise ConfigurationError(msg)
