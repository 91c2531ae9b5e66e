"""`make bench-peers`: newswire, news-please, newspaper4k, trafilatura's command and a plain script on the same pages.

Prints a JSON line a figure, and the table of all on stderr. Each program runs by itself on one core; what it takes for
one short page is its start-up and is taken off before rates are told.
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.figures import note, report
from benchmarks.peers.page_set import Page, build_first_page, build_name_pages, read_real_pages, write_page_set
from benchmarks.peers.roster import Peer, list_peers
from benchmarks.peers.running import Run, run_on_one_core
from benchmarks.peers.scoring import judge_names, judge_pages
from benchmarks.peers.table import build_figures, build_table, read_columns
from benchmarks.processor import cpu_seconds
from tests.services.elastic_server import ElasticServer
from tests.services.jars import ServiceUnavailable
from tests.services.prepare import prepare
from tests.services.server import StartFailed

MIB: Final = 1024 * 1024
START_LIMIT_S: Final = 300.0
"""Longest wait for Elasticsearch: a benchmark may share its machine with others."""


def bench_peers(pages: int | None = None, sentences: int | None = None) -> None:
    """Print what each program takes and finds; `pages` and `sentences` cut the input.

    Raises:
        SystemExit: Elasticsearch or a peer cannot be had, or a program ends with an error.
    """
    elastic = ElasticServer()
    try:
        prepare()
        elastic.start(START_LIMIT_S)
        with tempfile.TemporaryDirectory(prefix="newswire-peers-") as folder:
            _compare(Path(folder), elastic, read_real_pages(pages), list(build_name_pages(sentences)))
    except (ServiceUnavailable, StartFailed) as error:
        msg = f"the plain script needs Elasticsearch: {error}"
        raise SystemExit(msg) from error
    finally:
        elastic.close()


def bench_peers_short() -> None:
    """Print the same for a few pages: whether all programs run, not how good they are."""
    bench_peers(pages=20, sentences=100)


def _compare(folder: Path, elastic: ElasticServer, real: Sequence[Page], names: Sequence[Page]) -> None:
    for name, pages in (("first", [build_first_page()]), ("real", real), ("names", names)):
        write_page_set(folder / name, pages)
    figures = []
    for peer in list_peers(elastic.address):
        note(f"{peer.name} …")
        values = _measure(peer, folder, lambda: cpu_seconds([pid] if (pid := elastic.pid) else []), real, names)
        own = build_figures(peer.key, peer.name, values)
        for figure in own:
            report(figure)
        figures += own
    note("\n".join(build_table(read_columns(figures))))


def _measure(
    peer: Peer, folder: Path, server_seconds: Callable[[], float], real: Sequence[Page], names: Sequence[Page]
) -> dict[str, float]:
    # The first start of all compiles and reads everything anew; the second is what every later one takes.
    _run(peer, folder, "first")
    first = _run(peer, folder, "first")
    before = server_seconds()
    run = _run(peer, folder, "real")
    served = server_seconds() - before if peer.uses_elastic else 0.0
    judged = judge_pages(peer.read(folder / "real", _own(peer, folder, "real")), [page.gold for page in real])
    figures = {
        "rate": len(real) / (run.seconds - first.seconds),
        "cpu-rate": len(real) / (run.cpu_seconds - first.cpu_seconds + served),
        "start": first.seconds,
        "memory": run.peak_bytes / MIB,
        **{key: value for key, value in judged.items() if key in peer.gives | {"without"}},
    }
    if "names" in peer.gives:
        _run(peer, folder, "names")
        found = peer.read(folder / "names", _own(peer, folder, "names"))
        figures["names"] = judge_names(found, [page.gold for page in names])
    return figures


def _own(peer: Peer, folder: Path, name: str) -> Path:
    return folder / f"peer-{peer.key}-{name}"


def _run(peer: Peer, folder: Path, name: str) -> Run:
    pages, own = folder / name, _own(peer, folder, name)
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir()
    run = run_on_one_core(peer.command(pages, own), peer.where(pages), peer.variables(own), own / "said.txt")
    if run.exit_code:
        msg = f"{peer.name} ended with {run.exit_code} on {name} pages; it says\n{run.said}"
        raise SystemExit(msg)
    return run
