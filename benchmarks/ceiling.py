"""The bare ceiling: the same extraction and the same NER on the same paragraphs over all cores, and nothing else.

No log, no index, no cache, no records: what any pipeline with these models can reach at most on this machine.
"""

import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from pipeline.enrich.language import detect_language
from pipeline.enrich.model import load_recognizer
from pipeline.enrich.paragraphs import find_paragraphs
from pipeline.enrich.recognizer import Recognizer
from pipeline.extract.article import extract_article
from pipeline.settings import Settings
from schemas.article import RawArticle
from schemas.codec import decode, encode
from schemas.errors import Rejected

CHUNK = 32
_recognizer: list[Recognizer] = []


def _load() -> None:
    _recognizer.append(load_recognizer(Settings().models))


def _work(values: Sequence[bytes]) -> int:
    texts: dict[str | None, list[str]] = {}
    for value in values:
        try:
            extracted = extract_article(decode(RawArticle, value))
        except Rejected:
            continue
        language = detect_language(extracted.text, extracted.language_claimed).code
        paragraphs = find_paragraphs(extracted.text, extracted.zones)
        texts.setdefault(language, []).extend(extracted.text[p.start : p.end] for p in paragraphs)
    for language, some in texts.items():
        _recognizer[0].recognize(some, language)
    return len(values)


def measure_ceiling(articles: Sequence[RawArticle]) -> float:
    """Return articles per second, the start of the processes included, as it is in the pipeline's own figure."""
    values = [encode(article) for article in articles]
    chunks = [values[start : start + CHUNK] for start in range(0, len(values), CHUNK)]
    started = time.perf_counter()
    with ProcessPoolExecutor(
        len(os.sched_getaffinity(0)), mp_context=multiprocessing.get_context("spawn"), initializer=_load
    ) as executor:
        done = sum(executor.map(_work, chunks))
    return done / (time.perf_counter() - started)
