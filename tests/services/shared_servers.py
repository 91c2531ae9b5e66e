"""The servers that one test run shares, over all its worker processes, and their end.

In: a run folder and the process that owns the run. Out: an address per kind of service; a state file tells the other
workers. Knows nothing of pytest.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.services.elastic_server import ElasticServer
from tests.services.jars import exclusive
from tests.services.kafka_server import KafkaServer
from tests.services.server import JavaServer

STOP_SECONDS = 10.0

MAKERS: dict[str, Callable[[int], JavaServer]] = {
    "kafka": lambda owner: KafkaServer(owner=owner),
    "elasticsearch": lambda owner: ElasticServer(owner=owner),
}


@dataclass
class SharedServers:
    """What a run shares: `folder` holds the state files, `owner` is the process id the servers must not outlive."""

    folder: Path
    owner: int

    def address(self, kind: str) -> str:
        """Return the address of the run's server of this kind; start it if no worker has done so yet.

        Raises:
            StartFailed: it did not come up; the next call tries again.
        """
        state = self.folder / f"{kind}.json"
        with exclusive(kind, self.folder):
            if not state.exists():
                server = MAKERS[kind](self.owner)
                try:
                    server.start()
                except BaseException:
                    server.close()
                    raise
                state.write_text(
                    json.dumps({"address": server.address, "pid": server.pid, "folder": str(server.folder)}), "utf-8"
                )
                server.disown()
            address: str = json.loads(state.read_text("utf-8"))["address"]
        return address

    def stop(self) -> None:
        """End what was started, by process id, and remove all folders; called once, by the owner."""
        for path in self.folder.glob("*.json"):
            state = json.loads(path.read_text("utf-8"))
            _kill(state["pid"], state["folder"])
            shutil.rmtree(state["folder"], ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def _kill(pid: int, folder: str) -> None:
    """Kill the process unless the id belongs to another one by now."""
    try:
        process = psutil.Process(pid)
        if any(folder in argument for argument in process.cmdline()):
            process.kill()
            process.wait(STOP_SECONDS)
    except psutil.Error:
        return
