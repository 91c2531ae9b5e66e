"""Pages of results are made in turns on the embedded index; other pages wait for nobody."""

import os
import threading
from contextlib import ExitStack, nullcontext
from pathlib import Path

import httpx

from pipeline.index.turns import Turns
from pipeline.settings import Settings
from pipeline.web.app import create_app
from pipeline.web.site import Site, page_turns
from tests.web.serving import serve_app


def test_searches_take_turns(site: Site) -> None:
    """While others use all processors a page of results waits, a page of another kind does not."""
    app = create_app(site)
    answers: list[int] = []
    with serve_app(app) as address, httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        waiting = threading.Thread(target=lambda: answers.append(client.get("/").status_code))
        with ExitStack() as others:
            for _ in os.sched_getaffinity(0):
                others.enter_context(app.state.page_turns)
            waiting.start()
            assert client.get("/sources").status_code == 200
            waiting.join(0.2)
            assert answers == []
        waiting.join(30)
    assert answers == [200]


def test_an_index_elsewhere_is_waited_for_by_all(tmp_path: Path) -> None:
    """Only where a page is nothing but processor time do turns help."""
    assert isinstance(page_turns(Settings(data_dir=tmp_path)), Turns)
    assert isinstance(page_turns(Settings(data_dir=tmp_path, index_url="http://127.0.0.1:9200")), nullcontext)
