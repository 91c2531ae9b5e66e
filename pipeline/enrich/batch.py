"""What a pool process runs: a batch of encoded raw articles → one answer each, with one recognition for all of them.

An article that cannot be enriched at all is answered with the reason; the others are not touched by it.
"""

from collections import defaultdict
from collections.abc import Sequence

from pipeline.enrich.article import RECOGNITION, Begun, begin, finish
from pipeline.enrich.pool_frames import Answer
from pipeline.enrich.recognizer import Mentions
from pipeline.enrich.tools import Tools
from pipeline.extract.article import extract_article
from schemas.article import RawArticle
from schemas.codec import decode, encode
from schemas.errors import ENRICH, TOO_LARGE, Rejected
from schemas.topics import ENRICHED

HEADROOM_BYTES = 16 * 1024
"""What a message may need beside its value: key, headers, the batch around it."""


def enrich_batch(values: Sequence[bytes], tools: Tools) -> list[Answer]:
    """Return one answer per value, in order: the encoded `EnrichedArticle`, or why there is none.

    Reasons: `decode`, `schema`, `not-an-article`, `bad-input` (extraction), `too-large` (the result is), `enrich`.
    """
    begun = [_begin(value, tools) for value in values]
    recognised = _recognise([article for article in begun if isinstance(article, Begun)], tools)
    return [
        article if isinstance(article, Rejected) else _finish(article, recognised.get(id(article)), tools)
        for article in begun
    ]


def _begin(value: bytes, tools: Tools) -> Begun | Rejected:
    try:
        raw = decode(RawArticle, value)
        started = tools.clock.monotonic_s()
        extracted = extract_article(raw, tools.worked_out.once)
        seconds = tools.clock.monotonic_s() - started
        begun = begin(raw, extracted, tools)
    except Rejected as rejected:
        return rejected
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - hostile content must not cost its neighbours
        return _unexpected(error)
    begun.steps.add_time("extraction", seconds)
    return begun


def _recognise(articles: Sequence[Begun], tools: Tools) -> dict[int, list[Mentions]]:
    """Return the mentions of each article's paragraphs, by the identity of the article; failed ones are missing."""
    by_language: defaultdict[str | None, list[Begun]] = defaultdict(list)
    for article in articles:
        by_language[article.language.code].append(article)
    found: dict[int, list[Mentions]] = {}
    for language, some in by_language.items():
        try:
            found |= _recognise_together(some, language, tools)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - one paragraph may be at fault: try each article alone
            for article in some:
                try:
                    found |= _recognise_together([article], language, tools)
                except Exception as error:  # noqa: BLE001 - the article goes on without entities
                    article.steps.note(RECOGNITION, error)
    return found


def _recognise_together(articles: Sequence[Begun], language: str | None, tools: Tools) -> dict[int, list[Mentions]]:
    started = tools.clock.monotonic_s()
    texts = [article.paragraph_texts for article in articles]
    mentions = iter(tools.recognizer.recognize([text for some in texts for text in some], language))
    seconds = tools.clock.monotonic_s() - started
    chars = sum(len(text) for some in texts for text in some) or 1
    found = {}
    for article, some in zip(articles, texts, strict=True):
        found[id(article)] = [next(mentions) for _ in some]
        article.steps.add_time(RECOGNITION, seconds * sum(map(len, some)) / chars)
    return found


def _finish(article: Begun, recognised: Sequence[Mentions] | None, tools: Tools) -> Answer:
    try:
        value = encode(finish(article, recognised, tools))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - hostile content must not cost its neighbours
        return _unexpected(error)
    limit = ENRICHED.max_message_bytes - HEADROOM_BYTES
    if len(value) > limit:
        return Rejected(TOO_LARGE, f"the enriched article has {len(value):,} bytes, {limit:,} are allowed")
    return value


def _unexpected(error: Exception) -> Rejected:
    return Rejected(ENRICH, f"{type(error).__name__}: {error}"[:500])
