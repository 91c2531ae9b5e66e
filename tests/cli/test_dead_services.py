"""Commands when Kafka or Elasticsearch is away: an answer soon, and a sentence that says who is missing."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

from tests.cli.conftest import Finished, run_newswire

NOBODY = "127.0.0.1:1"
AWAY = {"NEWSWIRE_LOG_URL": f"kafka://{NOBODY}", "NEWSWIRE_INDEX_URL": f"http://{NOBODY}"}
# Commands wait 6 s for a broker; the rest is room for a busy machine. Before, they waited 30 s and more.
SOON_S = 25.0


def test_commands_answer_soon_when_nobody_else_does(tmp_path: Path, repository: Path) -> None:
    """Each command ends soon with exit code 1 and names the address that does not answer."""
    seeds = repository / "seeds" / "articles"
    commands = {
        "status": (("status",), "Kafka"),
        "ingest": (("ingest", str(seeds)), "Kafka"),
        "search": (("search", "ferry"), "Elasticsearch"),
        "doctor": (("doctor",), "Kafka"),
    }

    def run(name: str) -> tuple[Finished, float]:
        started = monotonic()
        return run_newswire(tmp_path / name, *commands[name][0], **AWAY), monotonic() - started

    with ThreadPoolExecutor(2) as threads:
        for name, (done, seconds) in zip(commands, threads.map(run, commands), strict=True):
            printed = done.out + done.err
            assert done.code == 1, (name, printed)
            assert commands[name][1] in printed, (name, printed)
            assert "does not answer" in printed, (name, printed)
            assert "Traceback" not in printed, (name, printed)
            assert seconds < SOON_S, name
