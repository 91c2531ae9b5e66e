"""What became of the seeds: read from the index and the dead letters, so that a second run reports the same.

Index, log and the seeds folder in; a `DemoReport` out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.index.base import ArticleIndex, StoredArticle
from pipeline.log.base import Log
from pipeline.log.tools import read_topic
from pipeline.producers.files import expand, read_path
from pipeline.stories.history import ArticleVersion, build_history
from pipeline.stories.story import from_document
from schemas.article import EnrichedArticle, RawArticle
from schemas.codec import decode
from schemas.errors import NOT_AN_ARTICLE
from schemas.topics import DEAD_LETTER


@dataclass(frozen=True, slots=True)
class Refusal:
    """One input that did not become an article: where it stood, the reason code, and why in a sentence."""

    where: str
    reason: str
    why: str


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What is in the index of the seeds, and what was refused.

    `read` counts inputs (articles, pages and bad lines), `updates` those that are newer versions of another input.
    `changed` are the articles of which earlier versions are kept, by id, with their history; `placed` says of each
    article that is in a story how it came there.
    """

    read: int
    updates: int
    articles: tuple[tuple[EnrichedArticle, StoredArticle], ...]
    refusals: tuple[Refusal, ...]
    changed: Mapping[str, Sequence[ArticleVersion]]
    placed: Mapping[str, str]

    def counts(self) -> dict[str, int]:
        """Return the counts that scripts look at."""
        rejected = sum(refusal.reason == NOT_AN_ARTICLE for refusal in self.refusals)
        return {
            "articles": self.read,
            "indexed": len(self.articles),
            "updates": self.updates,
            "dead_letters": len(self.refusals) - rejected,
            "rejected": rejected,
            "entities": len({entity.id for article, _ in self.articles for entity in article.entities}),
            "origins": sum(article.origin is not None for article, _ in self.articles),
            "copies": sum(bool(stored.fields.get("is_copy")) for _, stored in self.articles),
            "stories": len({stored.fields.get("story_id", article.article_id) for article, stored in self.articles}),
            "changed": len(self.changed),
            "sources": len({article.source.domain or article.source.name for article, _ in self.articles}),
        }

    def titles(self) -> dict[str, str]:
        """Return the title of each article by its id."""
        return {article.article_id: article.title for article, _ in self.articles}

    def top_entities(self, label: str, most: int) -> list[tuple[str, int]]:
        """Return the names with this label that most articles speak of, with the number of articles."""
        counted = Counter(
            entity.name for article, _ in self.articles for entity in article.entities if entity.label == label
        )
        return counted.most_common(most)


def read_report(index: ArticleIndex, log: Log, seeds: Path) -> DemoReport:
    """Return what the index and the log say about everything in `seeds/articles` and `seeds/pages`."""
    inputs = [
        item for file in expand([seeds / "articles", seeds / "pages"], "auto") for item in read_path(file, "auto")
    ]
    ids = {item.article_id: item for item in inputs if isinstance(item, RawArticle)}
    found = []
    for article_id in ids:
        stored = index.get(article_id)
        if stored is not None:
            found.append((decode(EnrichedArticle, stored.stored.encode()), stored))
    updates = sum(isinstance(item, RawArticle) for item in inputs) - len(ids)
    histories = (
        (stored.article_id, build_history(index.earlier_versions(stored.article_id), stored)) for _, stored in found
    )
    changed = {article_id: history for article_id, history in histories if len(history) > 1}
    stories = index.story_documents(sorted({str(stored.fields.get("story_id", "")) for _, stored in found}))
    placed = {one.article_id: one.reason for story in stories.values() for one in from_document(story).articles}
    return DemoReport(len(inputs), updates, tuple(found), _refusals(log, set(ids), seeds), changed, placed)


def _refusals(log: Log, ids: set[str], seeds: Path) -> tuple[Refusal, ...]:
    refusals = {}
    for message in read_topic(log, DEAD_LETTER.name):
        letter = parse_dead_letter(message)
        where = letter.received_from or ""
        if (message.key or b"").decode("ascii", "replace") not in ids and not where.startswith(str(seeds)):
            continue
        refusal = Refusal(where.removeprefix(str(seeds) + "/"), letter.reason, letter.error_message)
        # Refused again after a change of the program, it is still one input: the last word counts.
        refusals[refusal.where or str(message.position)] = refusal
    return tuple(sorted(refusals.values(), key=lambda refusal: refusal.where))
