"""An index worker as one would write it at first with Faust: `take`, write, raise when the write failed.

Kept to show that the harness sees losses: it loses messages where ours loses none. Never part of the product.
"""

from dataclasses import replace

from faust.types import StreamT
from mode.supervisors import OneForOneSupervisor

from agents.app import create_app
from pipeline.clock import SystemClock
from pipeline.index.base import WriteResult
from pipeline.index.document import build_document
from pipeline.index.elastic import ElasticIndex
from pipeline.roles import INDEX
from pipeline.settings import load_settings
from schemas.article import EnrichedArticle
from schemas.codec import decode
from schemas.topics import ENRICHED


def main() -> None:
    """Run as `faust worker` does."""
    settings = load_settings()
    role = replace(INDEX, name="obvious")
    app = create_app(settings, role, session_s=3.0)
    index = ElasticIndex(settings.resolved_index_url, clock=SystemClock(), index_prefix=settings.index_prefix)

    source = app.topic(settings.topic_prefix + ENRICHED.name, key_serializer="raw", value_serializer="raw")

    @app.agent(source, supervisor_strategy=OneForOneSupervisor)  # Faust's default: a failed agent is started again
    async def write(stream: StreamT[bytes]) -> None:
        async for values in stream.take(100, within=0.5):
            articles = [decode(EnrichedArticle, value) for value in values]
            for outcome in index.write([build_document(article) for article in articles]):
                if not isinstance(outcome, WriteResult):
                    raise outcome

    app.Worker(loglevel="CRITICAL", quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main()
