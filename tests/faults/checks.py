"""The invariants of DELIVERY.md section 6, checked from outside: what Kafka holds, what is committed, what is indexed.

I1: every confirmed article is in the index or in the dead-letter topic. I2: one document for each, at its highest
version. I3: no committed offset is past unfinished work.
"""

from collections.abc import Iterable

from elasticsearch import Elasticsearch

from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.log.base import Log
from pipeline.log.tools import read_topic
from pipeline.roles import ENRICH, INDEX, Role
from schemas.article import EnrichedArticle, RawArticle
from schemas.codec import decode
from schemas.errors import Rejected
from schemas.message import Message, Position
from schemas.topics import BACKFILL_ENRICHED, DEAD_LETTER, ENRICHED
from tests.faults.articles import Oracle
from tests.faults.installation import Installation

PAGE = 5_000


def read_documents(installation: Installation) -> list[tuple[str, int]]:
    """Return (article id, version) of every document in every month, duplicates included."""
    with Elasticsearch(installation.elastic) as client:
        pattern = f"{installation.index_prefix}news-articles-*"
        client.indices.refresh(index=pattern)
        found: list[tuple[str, int]] = []
        after: list[object] | None = None
        while True:
            answer = client.search(
                index=pattern,
                size=PAGE,
                source_includes=["article_id", "version"],
                sort=[{"article_id": "asc"}, {"_index": "asc"}],
                **({"search_after": after} if after else {}),  # type: ignore[arg-type] # one of many keywords
            )
            hits = answer["hits"]["hits"]
            found += [(hit["_source"]["article_id"], hit["_source"]["version"]) for hit in hits]
            if len(hits) < PAGE:
                return found
            after = hits[-1]["sort"]


def read_dead_letters(log: Log) -> dict[Position, Message]:
    """Return the dead letters by the place of the message that was refused; repeated ones once."""
    letters = {}
    for message in read_topic(log, DEAD_LETTER.name):
        letter = parse_dead_letter(message)
        letters[Position(letter.topic, letter.partition, letter.offset)] = message
    return letters


def find_losses(installation: Installation, log: Log, oracle: Oracle) -> list[str]:
    """Return a line for each breach of I1 and I2; empty when all is well."""
    documents = read_documents(installation)
    held = dict(documents)
    refused = {message.key.decode() for message in read_dead_letters(log).values() if message.key}
    lost = sorted(oracle.versions.keys() - held.keys() - refused)
    # A higher one than was confirmed is possible: what was sent without an answer may have arrived all the same.
    stale = [key for key, version in oracle.versions.items() if held.get(key, version) < version]
    lines = [f"lost {key}" for key in lost]
    lines += [f"stale {key}: {held[key]}, not at least {oracle.versions[key]}" for key in stale]
    if len(documents) != len(held):
        lines.append(f"{len(documents) - len(held)} documents twice")
    return lines


def find_early_commits(installation: Installation, log: Log, role: Role) -> list[str]:
    """Return a line for each message below the role's committed offset that is not finished (a breach of I3)."""
    finished = _finished_versions(installation, log, role)
    refused = read_dead_letters(log)
    lines = []
    for topic in role.inputs:
        committed = log.committed(role.group, topic.name)
        for message in read_topic(log, topic.name):
            below = message.offset < committed.get(message.partition, 0)
            if below and message.position not in refused and not _is_finished(message, finished):
                lines.append(f"{role.name} committed {committed[message.partition]} past {message.position}")
    return lines


def _finished_versions(installation: Installation, log: Log, role: Role) -> dict[str, int]:
    pairs: Iterable[tuple[str, int]]
    if role is INDEX:
        pairs = read_documents(installation)
    else:
        assert role is ENRICH
        topics = (ENRICHED, BACKFILL_ENRICHED)
        sent = (decode(EnrichedArticle, message.value) for topic in topics for message in read_topic(log, topic.name))
        pairs = [(article.article_id, article.version) for article in sent]
    finished: dict[str, int] = {}
    for key, version in pairs:
        finished[key] = max(version, finished.get(key, 0))
    return finished


def _is_finished(message: Message, finished: dict[str, int]) -> bool:
    try:
        article = _decode(message)
    except Rejected:
        return False
    return finished.get(article.article_id, -1) >= article.version


def _decode(message: Message) -> EnrichedArticle | RawArticle:
    if message.topic == ENRICHED.name:
        return decode(EnrichedArticle, message.value)
    return decode(RawArticle, message.value)
