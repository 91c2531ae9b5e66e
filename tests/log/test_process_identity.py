"""A process is known to be gone only when that is certain."""

import subprocess
import sys

from pipeline.log.process_identity import identify_this_process, is_gone


def test_this_process_runs() -> None:
    """A process does not consider itself ended."""
    assert not is_gone(identify_this_process())


def test_an_ended_process_is_gone_even_before_it_was_waited_for() -> None:
    """A killed child counts as ended while it is still a zombie, and afterwards."""
    code = "import sys; from pipeline.log.process_identity import identify_this_process as i; print(*i(), sep='|');"
    with subprocess.Popen([sys.executable, "-c", code + "sys.stdout.flush(); input()"], stdin=-1, stdout=-1) as child:
        assert child.stdout is not None
        machine, pid, started = child.stdout.readline().decode().strip().split("|")
        identity = identify_this_process()._replace(machine=machine, pid=int(pid), started=started)
        assert identity.pid == child.pid
        assert not is_gone(identity)
        child.kill()
        while not is_gone(identity):
            pass
        child.wait()
    assert is_gone(identity)


def test_a_reused_process_id_is_somebody_else() -> None:
    """The same id with another start time is another process, so the first is gone."""
    assert is_gone(identify_this_process()._replace(started="1"))


def test_processes_of_other_machines_count_as_running() -> None:
    """Of another machine, boot or container nothing is known, so nothing is taken from it before its time."""
    assert not is_gone(identify_this_process()._replace(machine="another", pid=2**22 + 1))
