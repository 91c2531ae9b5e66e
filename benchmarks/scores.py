"""`make evaluate`: score every step on its gold file beside the checkout; one JSON line per task, baseline included."""

import json
import sys
import time
from dataclasses import asdict
from importlib import import_module
from typing import Final

from benchmarks.corpus import DATA
from pipeline.cli.evaluate import TASKS
from pipeline.log_setup import install_logging

FILES: Final = {
    "copies": "near_dup_small.jsonl.gz",
    "entities": "ner_conllpp2020.jsonl.gz",
    "entity-grouping": "el_news_fair_v2.jsonl.gz",
    "extraction": "html_scrapinghub.jsonl.gz",
    "feeds": "feeds.tar.gz",
    "origin": "wire_credit_polnear_dev.jsonl",
    "quotes": "quotes_polnear_dev.jsonl.gz",
    "places": "geo_trnews.jsonl.gz",
    "search": "search_time_docs.jsonl.gz",
    "sources": "publishers.csv.gz",
    "stories": "clusters_giveme5w1h.jsonl.gz",
    "times": "time_meantime.jsonl.gz",
}


def main(names: list[str]) -> int:
    """Score the named tasks, all without a name; return 2 for an unknown name or a missing file."""
    for task in names or sorted(FILES):
        path = DATA / FILES.get(task, "")
        if task not in FILES or not path.is_file():
            print(f"no gold file for {task!r}: one of {', '.join(sorted(FILES))}, in {DATA}", file=sys.stderr)
            return 2
        started = time.perf_counter()
        score = import_module(f"pipeline.evaluate.{TASKS[task]}").score(path, None)
        seconds = round(time.perf_counter() - started, 1)
        print(json.dumps({**asdict(score), "file": path.name, "seconds": seconds}), flush=True)
    return 0


if __name__ == "__main__":
    install_logging("warning")
    sys.exit(main(sys.argv[1:]))
