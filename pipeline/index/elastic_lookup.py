"""Where articles live, and what a write has to know of them: one document per article across the monthly indices.

Recent months are read in real time; older ones by a search after a refresh, which costs next to nothing where nothing
was written. So every finished write is seen. Two of one article can only arise from two writers that are given the same
new article at the same instant with different times of first sight; its topic's key rules that out.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

import structlog
from elasticsearch import Elasticsearch

from pipeline.index.elastic_client import elastic_errors, fault_message
from pipeline.index.elastic_document import KEPT
from pipeline.index.elastic_faults import Verdict, judge, read_error
from pipeline.index.elastic_operation import Held
from schemas.errors import ConfigurationError, Unavailable

_log = structlog.get_logger(__name__)

LOOKUPS_PER_REQUEST: Final = 5000
WHOLE_PER_REQUEST: Final = 50
"""Whole documents are some 20 KiB, and may be some MiB."""
_SOUGHT_PER_SEARCH: Final = 1000
MAX_ADDRESS_CHARS: Final = 3000
_PARTS: Final = ["article_id", "version", "enrichment.version", "correction_revision", *KEPT]
_FILTER: Final = ["docs._index", "docs._seq_no", "docs._primary_term", "docs._source", "docs.error"]
"""What is missing is answered by its index alone; most of what is looked up is missing."""

T = TypeVar("T")


class Lookup:
    """Finds documents by the ids of their articles."""

    def __init__(self, client: Elasticsearch, alias: str) -> None:
        self._client = client
        self._alias = alias
        self._remembered: dict[str, Held] = {}

    def remember(self, hits: Sequence[Mapping[str, Any]]) -> Mapping[str, Held]:
        """Hold whole documents that a search has just read, in place of those held before, and return them by article.

        They are as good as a look-up for whoever writes only while they still stand: who comes late is told so.
        """
        found: dict[str, Held] = {}
        _keep(found, map(_held, hits))
        self._remembered = dict(found)
        return found

    def take(self, article_id: str, version: int) -> Held | None:
        """Return the document, once, if it is held and has this version of the article."""
        held = self._remembered.pop(article_id, None)
        return held if held is not None and held.versions[0] == version else None

    def find(
        self, near: Mapping[str, Collection[str]], months: Sequence[str], *, whole: bool = False
    ) -> dict[str, Held]:
        """Return the documents that exist, by article id.

        Args:
            near: article id → indices it most likely lives in, looked at in real time.
            months: all indices there are; the others are searched for what was not found.
            whole: read whole documents instead of what deciding on a write needs.

        Raises:
            Unavailable: no answer, or not from every index.
            ConfigurationError: an index is closed or may not be read.
        """
        existing = set(months)
        found: dict[str, Held] = {}
        pairs = ((index, one) for one, indices in near.items() for index in indices if index in existing)
        _keep(found, self._read(pairs, whole=whole))
        missing = [one for one in near if one not in found]
        if missing:
            looked_at = set.intersection(*(set(near[one]) for one in missing))
            far = [index for index in months if index not in looked_at]
            if far:
                _keep(found, self._search(missing, self._joined(far), whole=whole))
        return found

    def read(self, article_ids: Iterable[str], months: Sequence[str], *, whole: bool = False) -> dict[str, Held]:
        """Return the documents that exist, by article id, all in real time."""
        found: dict[str, Held] = {}
        _keep(found, self._read(((index, one) for one in article_ids for index in months), whole=whole))
        return found

    def _read(self, pairs: Iterable[tuple[str, str]], *, whole: bool) -> Iterator[Held]:
        for chunk in _chunks(pairs, WHOLE_PER_REQUEST if whole else LOOKUPS_PER_REQUEST):
            with elastic_errors():
                answer = self._client.mget(
                    docs=[{"_index": index, "_id": one} for index, one in chunk],
                    source_includes=None if whole else _PARTS,
                    filter_path=_FILTER,
                )
            for each in answer.body.get("docs", ()):
                if "error" in each:
                    raise _lookup_error(each["error"])
                if "_source" in each:
                    yield _held(each)

    def _search(self, article_ids: Sequence[str], indices: str, *, whole: bool) -> Iterator[Held]:
        with elastic_errors():
            self._client.indices.refresh(index=indices)
        for chunk in _chunks(article_ids, WHOLE_PER_REQUEST if whole else _SOUGHT_PER_SEARCH):
            with elastic_errors():
                answer = self._client.search(
                    index=indices,
                    query={"ids": {"values": list(chunk)}},
                    size=len(chunk) * 2,
                    seq_no_primary_term=True,
                    source_includes=None if whole else _PARTS,
                    allow_partial_search_results=False,
                    filter_path=[
                        "hits.hits._index",
                        "hits.hits._seq_no",
                        "hits.hits._primary_term",
                        "hits.hits._source",
                    ],
                )
            yield from (_held(each) for each in answer.body.get("hits", {}).get("hits", ()))

    def _joined(self, indices: Sequence[str]) -> str:
        """Return the indices as a part of an address, which has a limit of 4 KiB."""
        joined = ",".join(indices)
        return joined if len(joined) < MAX_ADDRESS_CHARS else self._alias


def _chunks(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    iterator = iter(items)
    while chunk := tuple(islice(iterator, size)):
        yield chunk


def _held(answer: Mapping[str, Any]) -> Held:
    return Held(answer["_index"], answer["_seq_no"], answer["_primary_term"], answer["_source"])


def _keep(found: dict[str, Held], held: Iterable[Held]) -> None:
    """Add to `found`; should an article live twice, the higher version stands for it."""
    for each in held:
        other = found.get(each.article_id)
        if other is not None and other.index != each.index:
            _log.warning("index.article-twice", article_id=each.article_id, indices=[other.index, each.index])
        if other is None or each.versions > other.versions:
            found[each.article_id] = each


def _lookup_error(error: Mapping[str, Any]) -> Unavailable | ConfigurationError:
    kind, reason = read_error(error)
    if kind == "index_not_found_exception":  # dropped a moment ago; the next attempt no longer asks for it
        return Unavailable(f"an index disappeared while it was read: {reason}")
    if judge(500, kind, reason) is Verdict.FAULTY:
        return ConfigurationError(fault_message(500, kind, reason))
    return Unavailable(f"an article could not be looked up: {reason}")
