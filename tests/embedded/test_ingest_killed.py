"""An ingest killed at random moments and started again loses nothing and doubles nothing."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from pipeline.cli.workspace import open_workspace_at
from pipeline.index.base import ArticleIndex
from pipeline.producers.files import read_path
from pipeline.settings import Settings
from schemas.article import RawArticle
from schemas.query import SearchQuery, Sort

ARTICLES = 3000
KILLS = 5
PLACES = ("Oban", "Bergen", "Turku", "Gdynia", "Cork", "Vigo", "Trieste", "Rijeka")
GOODS = ("timber", "herring", "oats", "slate", "turbine blades", "salt", "cider", "rope")


def _write_articles(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(ARTICLES):
            place, goods = PLACES[number % 8], GOODS[number // 8 % 8]
            # The second paragraph is shared by many, so that the cache keeps the test short.
            text = (
                f"The harbour of {place} took in {number + 20} tonnes of {goods} on Tuesday, said Ida Lund.\n\n"
                f"The next ship is expected from {PLACES[number % 7]} at the end of the week, weather permitting, with "
                "the same crew and a new captain on the bridge, and two cranes will be at work until the evening."
            )
            address = f"https://harbour-post.example/loads/{number}"
            record = {"title": f"Load {number}", "text": text, "url": address, "published": "2026-05-05T10:00:00Z"}
            file.write(json.dumps(record) + "\n")


def _start(file: Path, data_dir: Path) -> subprocess.Popen[bytes]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("NEWSWIRE_")}
    return subprocess.Popen(
        [Path(sys.executable).parent / "newswire", "ingest", file, "--json"],
        env=environ | {"NEWSWIRE_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kill_9_at_random_moments(tmp_path: Path) -> None:
    """After five kill -9 and one run to the end, every id is in the index exactly once, and every search sees it."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)  # noqa: S311 - picks moments, no secret
    file, data_dir = tmp_path / "loads.jsonl", tmp_path / "data"
    _write_articles(file)
    for _ in range(KILLS):
        process = _start(file, data_dir)
        # From before the models are loaded to the middle of the work.
        time.sleep(chance.uniform(1.0, 9.0))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    out, err = _start(file, data_dir).communicate(timeout=500)
    assert json.loads(out)["indexed"] == ARTICLES, err.decode()

    wanted = {item.article_id for item in read_path(file) if isinstance(item, RawArticle)}
    assert len(wanted) == ARTICLES
    with open_workspace_at(Settings(data_dir=data_dir)) as workspace:
        assert set(workspace.index.versions(sorted(wanted))) == wanted
        assert workspace.index.count() == ARTICLES
        assert _search_all(workspace.index, workspace.clock.now()) == sorted(wanted)


def _search_all(index: ArticleIndex, now: datetime) -> list[str]:
    cursor: str | None = None
    found: list[str] = []
    while True:
        page = index.search(
            SearchQuery(now=now, sort=Sort.NEWEST, limit=500, cursor=cursor, collapse=False, highlight=False)
        )
        found += [hit.article_id for hit in page.hits]
        cursor = page.cursor
        if cursor is None:
            return sorted(found)
