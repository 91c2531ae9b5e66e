"""Stories in Elasticsearch, and what grouping reads of the articles there: a few requests a batch, whatever its size.

`news-stories` holds one document per story, read by id in real time and listed by numbers; it is made before its first
write, because nothing may be made up by a bulk.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from elasticsearch import Elasticsearch, NotFoundError

from pipeline.index.base import MAX_CANDIDATES, BandQuery, Candidate, Kin
from pipeline.index.elastic_bulk import BulkSender
from pipeline.index.elastic_candidates import (
    MEMBER_FIELDS,
    Found,
    build_kin,
    build_themselves,
    read_candidate,
    read_found,
    read_themselves,
    share_kin,
    split_whole,
)
from pipeline.index.elastic_client import complete, elastic_errors
from pipeline.index.elastic_create import create_missing
from pipeline.index.elastic_document import encode_line
from pipeline.index.elastic_faults import Verdict
from pipeline.index.elastic_lookup import Lookup
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
_ORDERS: Final[Mapping[StoryOrder, Sequence[str]]] = {
    StoryOrder.SIZE: ("size", "last_seen_at"),
    StoryOrder.GROWTH: ("day_count", "last_seen_at"),
    StoryOrder.NEWEST: ("last_seen_at",),
}


class ElasticStories:
    """Stories and candidates of one installation. Safe for threads."""

    def __init__(self, client: Elasticsearch, prefix: str, months: Months, lookup: Lookup) -> None:
        """`lookup` is told of articles that were read whole."""
        self._client = client
        self._lookup = lookup
        self._index = prefix + STORIES
        self._months = months
        self._sender = BulkSender(client)
        self._is_current = False

    def find_kin(self, queries: Sequence[BandQuery]) -> list[list[Kin]]:
        """See `ArticleIndex`: a few searches for the batch, after a refresh where they would not see all they must.

        The batch's own articles are read whole, for the write that follows. Where very many others share their bands,
        there is a template among them, and each article is asked for alone.
        """
        if not queries:
            return []
        oldest = self._months.index_for(min(query.since for query in queries))
        indices = [index for index in self._months.usable() if index >= oldest]
        if not indices:
            return [[] for _ in queries]
        asked = [query for query in queries if query.bands]
        if not asked:
            return share_kin(queries, self._themselves(queries, indices))
        self._refresh(indices)
        first, *others = split_whole(queries)
        akin, whole = self._hits(indices, [build_kin(asked, MAX_FOUND), build_themselves(first)])
        themselves = read_themselves(queries, self._lookup.remember([*whole, *self._whole(others, indices)]))
        if len(akin) < MAX_FOUND:
            return share_kin(queries, [*map(read_found, akin), *themselves])
        each_akin = iter(self._hits(indices, [build_kin([query], MAX_CANDIDATES) for query in asked]))
        own = {each.kin.article_id: each for each in themselves}
        shares = []
        for query in queries:
            hits = next(each_akin) if query.bands else ()
            itself = [own[query.article_id]] if query.article_id in own else []
            shares += share_kin([query], [*map(read_found, hits), *itself])
        return shares

    def _themselves(self, queries: Sequence[BandQuery], indices: Sequence[str]) -> list[Found]:
        """Return the batch's own articles, after a refresh those that were not there yet in the version expected."""
        hits = self._whole(split_whole(queries), indices)
        seen = {hit["_id"]: hit["_source"]["version"] for hit in hits}
        late = [query for query in queries if seen.get(query.article_id, -1) < query.version]
        if late:
            self._refresh(indices)
            hits += self._whole(split_whole(late), indices)
        return read_themselves(queries, self._lookup.remember(hits))

    def _whole(self, parts: Iterable[Sequence[BandQuery]], indices: Sequence[str]) -> list[Mapping[str, Any]]:
        return [hit for part in parts for hit in self._hits(indices, [build_themselves(part)])[0]]

    def _refresh(self, indices: Sequence[str]) -> None:
        with elastic_errors():
            self._client.indices.refresh(index=indices)

    def _hits(self, indices: Sequence[str], bodies: Sequence[Mapping[str, Any]]) -> list[Sequence[Mapping[str, Any]]]:
        """Return what each of several searches found, made at once."""
        header = {"index": indices, "allow_partial_search_results": False}
        with elastic_errors():
            answer = self._client.msearch(searches=[line for body in bodies for line in (header, body)])
        return [complete(each)["hits"]["hits"] for each in answer["responses"]]

    def members(self, article_ids: Sequence[str]) -> list[Candidate]:
        """See `ArticleIndex`: one search in all months, after the refresh of `find_kin`."""
        wanted = list(dict.fromkeys(article_ids))
        indices = self._months.usable()
        if not wanted or not indices:
            return []
        found: list[Candidate] = []
        with elastic_errors():
            for start in range(0, len(wanted), PAGE):
                ids = wanted[start : start + PAGE]
                answer = self._client.search(
                    index=indices,
                    query={"ids": {"values": ids}},
                    size=len(ids),
                    source_includes=MEMBER_FIELDS,
                    track_total_hits=False,
                    allow_partial_search_results=False,
                )
                found += [read_candidate(hit["_source"]) for hit in answer["hits"]["hits"]]
        return found

    def recent_members(self, limit: int) -> list[Candidate]:
        """See `ArticleIndex`; read page by page."""
        indices = self._months.usable()
        body: dict[str, Any] = {
            "query": {"exists": {"field": "story_id"}},
            "sort": [{"first_seen_at": "desc"}, {"article_id": "asc"}],
            "_source": MEMBER_FIELDS,
            "track_total_hits": False,
        }
        found: list[Candidate] = []
        if not indices:
            return found
        self._refresh(indices)
        with elastic_errors():
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


def _story(source: Mapping[str, Any]) -> StoryDocument:
    first, last = (_moment(source[name]) for name in ("first_seen_at", "last_seen_at"))
    return StoryDocument(source["story_id"], source["size"], source["day_count"], first, last, source["content"])


def _moment(text: str) -> datetime:
    return parse_date(text)
