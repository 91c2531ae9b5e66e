"""Address → index. Engines are imported only when their index is opened."""

from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from pipeline.clock import Clock
from pipeline.index.base import ArticleIndex
from schemas.errors import ConfigurationError

_FORMS: Final = "tantivy:///absolute/folder or https://user@host:9200"


def open_index(
    url: str,
    clock: Clock,
    *,
    index_prefix: str = "",
    api_key: str | None = None,
    ca_file: Path | None = None,
) -> ArticleIndex:
    """Return the index at `url`; `install` creates it where it is missing. Nothing is read or connected yet.

    `tantivy:///data/index` is a folder from the root, `tantivy:data/index` one from the working directory. The other
    arguments are for Elasticsearch alone.

    Raises:
        ConfigurationError: no index has such an address.
    """
    parts = urlsplit(url)
    if parts.scheme == "tantivy":
        if parts.netloc or not parts.path:
            msg = f"index address {url!r} names no folder; use {_FORMS}"
            raise ConfigurationError(msg)
        from pipeline.index.tantivy import TantivyIndex

        return TantivyIndex(Path(unquote(parts.path)), clock)
    if parts.scheme in {"http", "https"}:
        from pipeline.index.elastic import ElasticIndex

        return ElasticIndex(url, clock=clock, index_prefix=index_prefix, api_key=api_key, ca_file=ca_file)
    msg = f"index address {url!r} is not known; use {_FORMS}"
    raise ConfigurationError(msg)
