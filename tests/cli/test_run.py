"""`newswire run` and the port of its pages."""

import socket

from tests.cli.conftest import Newswire


def test_a_port_that_is_taken(newswire: Newswire) -> None:
    """A port that was asked for and is taken ends the command before anything is started, and says what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = newswire("run", "--port", str(taken.getsockname()[1]))
    assert done.code == 2
    assert "choose another with --port" in done.err
