"""Stories in Elasticsearch, and what grouping reads of the articles there: a few requests a batch, whatever its size.

`news-stories` holds one document per story, read by id in real time and listed by numbers; it is made before its first
write, because nothing may be made up by a bulk.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from elasticsearch import Elasticsearch, NotFoundError

from pipeline.index.base import MAX_CANDIDATES, BandQuery, Candidate
from pipeline.index.elastic_bulk import BulkSender
from pipeline.index.elastic_candidates import read_candidate
from pipeline.index.elastic_client import elastic_errors
from pipeline.index.elastic_create import create_missing
from pipeline.index.elastic_document import encode_line
from pipeline.index.elastic_faults import Verdict, read_error
from pipeline.index.elastic_months import Months
from pipeline.index.elastic_operation import Operation
from pipeline.index.story_document import StoryDocument, StoryOrder
from pipeline.index.templates import load_stories_mapping
from pipeline.index.validation import parse_date
from schemas.errors import Unavailable

STORIES: Final = "news-stories"
MAX_FOUND: Final = 1000
"""Articles that share a band with any of a batch; with more, a template is among them and each is asked for alone."""
PAGE: Final = 1000
_FIELDS: Final = [
    *("article_id", "version", "story_id", "copy_of", "first_seen_at", "published_at", "published_precision", "title"),
    *("source.domain", "source.id", "origin.id", "language", "fingerprint", "fingerprint_bands", "terms"),
]
_ORDERS: Final[Mapping[StoryOrder, Sequence[str]]] = {
    StoryOrder.SIZE: ("size", "last_seen_at"),
    StoryOrder.GROWTH: ("day_count", "last_seen_at"),
    StoryOrder.NEWEST: ("last_seen_at",),
}


class ElasticStories:
    """Stories and candidates of one installation. Safe for threads."""

    def __init__(self, client: Elasticsearch, prefix: str, months: Months) -> None:
        self._client = client
        self._index = prefix + STORIES
        self._months = months
        self._sender = BulkSender(client)
        self._is_current = False

    def find_candidates(self, queries: Sequence[BandQuery]) -> list[list[Candidate]]:
        """See `ArticleIndex`: one refresh and one search for the whole batch, which sees all finished writes."""
        if not queries:
            return []
        oldest = self._months.index_for(min(query.since for query in queries))
        indices = [index for index in self._months.usable() if index >= oldest]
        if not indices:
            return [[] for _ in queries]
        with elastic_errors():
            self._client.indices.refresh(index=indices)
            hits = self._search(indices, _build(queries, MAX_FOUND + len(queries)))
            if len(hits) < MAX_FOUND + len(queries):
                return [_share(query, hits) for query in queries]
            searches = [part for query in queries for part in ({"index": indices}, _build([query], MAX_CANDIDATES + 1))]
            answers = self._client.msearch(searches=searches)["responses"]
        found = []
        for query, answer in zip(queries, answers, strict=True):
            if "hits" not in answer:
                msg = f"candidates could not be looked for: {read_error(answer.get('error', {}))[1]}"
                raise Unavailable(msg)
            found.append(_share(query, [hit["_source"] for hit in answer["hits"]["hits"]]))
        return found

    def recent_members(self, limit: int) -> list[Candidate]:
        """See `ArticleIndex`; read page by page."""
        indices = self._months.usable()
        body: dict[str, Any] = {
            "query": {"exists": {"field": "story_id"}},
            "sort": [{"first_seen_at": "desc"}, {"article_id": "asc"}],
            "_source": _FIELDS,
            "track_total_hits": False,
        }
        found: list[Candidate] = []
        if not indices:
            return found
        with elastic_errors():
            self._client.indices.refresh(index=indices)
            while len(found) < limit:
                page = {**body, "size": min(PAGE, limit - len(found))}
                answer = self._client.search(index=indices, body=page, allow_partial_search_results=False)
                hits = answer["hits"]["hits"]
                found += [read_candidate(hit["_source"]) for hit in hits]
                if len(hits) < page["size"]:
                    break
                body["search_after"] = hits[-1]["sort"]
        return found[::-1]

    def write(self, stories: Sequence[StoryDocument]) -> None:
        """See `ArticleIndex.write_story_documents`."""
        self._create()
        answers = self._sender.send([self._operation(story) for story in stories])
        failed = [answer for answer in answers if answer.verdict is not Verdict.DONE]
        if failed:
            msg = f"{len(failed)} of {len(stories)} stories were not stored: {failed[0].detail}"
            raise Unavailable(msg)

    def read(self, story_ids: Sequence[str]) -> Mapping[str, StoryDocument]:
        """See `ArticleIndex.story_documents`."""
        if not story_ids:
            return {}
        with elastic_errors():
            answer = self._client.mget(index=self._index, ids=list(dict.fromkeys(story_ids)))
        return {each["_id"]: _story(each["_source"]) for each in answer["docs"] if each.get("found")}

    def first(self, order: StoryOrder, limit: int) -> Sequence[StoryDocument]:
        """See `ArticleIndex.list_stories`."""
        sort = [*({name: "desc"} for name in _ORDERS[order]), {"story_id": "asc"}]
        with elastic_errors():
            try:
                self._client.indices.refresh(index=self._index)
                query = {"range": {"size": {"gt": 0}}}
                answer = self._client.search(index=self._index, query=query, sort=sort, size=limit)
            except NotFoundError:
                return []
        return [_story(hit["_source"]) for hit in answer["hits"]["hits"]]

    def close(self) -> None:
        """End the threads that send. Harmless when repeated."""
        self._sender.close()

    def _search(self, indices: Sequence[str], body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        answer = self._client.search(index=indices, body=dict(body), allow_partial_search_results=False)
        return [hit["_source"] for hit in answer["hits"]["hits"]]

    def _create(self) -> None:
        """Make the index where it is missing; one of an earlier program is given the fields that came later, once."""
        mappings = load_stories_mapping()
        create_missing(self._client, self._index, mappings)
        if not self._is_current:
            with elastic_errors():
                self._client.indices.put_mapping(index=self._index, properties=mappings["properties"])
            self._is_current = True

    def _operation(self, story: StoryDocument) -> Operation:
        source = {
            "story_id": story.story_id,
            "size": story.size,
            "day_count": story.day_count,
            "first_seen_at": story.first_seen_at.isoformat(timespec="milliseconds"),
            "last_seen_at": story.last_seen_at.isoformat(timespec="milliseconds"),
            "content": story.content,
            **story.facts,
        }
        action = {"index": {"_index": self._index, "_id": story.story_id}}
        return Operation(story.story_id, self._index, encode_line(action), encode_line(source))


def _build(queries: Sequence[BandQuery], size: int) -> dict[str, Any]:
    bands = sorted({band for query in queries for band in query.bands})
    since = min(query.since for query in queries).astimezone(UTC).isoformat(timespec="microseconds")
    recent = {"range": {"first_seen_at": {"gt": since, "format": "strict_date_time"}}}
    # Many values in one clause are looked up in one go; a clause for each would cost what a search for each does.
    akin = {"bool": {"filter": [{"terms": {"fingerprint_bands": bands}}, recent]}}
    themselves = {"ids": {"values": [query.article_id for query in queries]}}
    return {
        "query": {"bool": {"filter": [{"bool": {"should": [akin, themselves]}}]}},
        "size": size,
        "sort": [{"first_seen_at": "asc"}, {"article_id": "asc"}],
        "track_total_hits": False,
        "_source": _FIELDS,
    }


def _share(query: BandQuery, sources: Sequence[Mapping[str, Any]]) -> list[Candidate]:
    """Return what of the answer belongs to this query: those that share the most bands first, then itself."""
    bands = set(query.bands)
    shared: Counter[int] = Counter()
    for place, source in enumerate(sources):
        if source["article_id"] != query.article_id and bands:
            shared[place] = len(bands.intersection(source.get("fingerprint_bands", ())))
    places = [place for place, number in sorted(shared.items(), key=lambda each: (-each[1], each[0])) if number]
    places += [place for place, source in enumerate(sources) if source["article_id"] == query.article_id]
    found = [read_candidate(sources[place]) for place in places]
    kin = [one for one in found if one.article_id != query.article_id and one.first_seen_at > query.since]
    return [*kin[:MAX_CANDIDATES], *(one for one in found if one.article_id == query.article_id)]


def _story(source: Mapping[str, Any]) -> StoryDocument:
    first, last = (_moment(source[name]) for name in ("first_seen_at", "last_seen_at"))
    return StoryDocument(source["story_id"], source["size"], source["day_count"], first, last, source["content"])


def _moment(text: str) -> datetime:
    return parse_date(text)
