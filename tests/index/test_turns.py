"""Threads that want in: never more than there are places, and in the order in which they came."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.index.turns import Turns


def test_never_more_than_places() -> None:
    """Many threads go in and out, and at no moment are there more inside than places."""
    turns, lock = Turns(2), threading.Lock()
    inside, most = 0, 0

    def visit(_: int) -> None:
        nonlocal inside, most
        with turns:
            with lock:
                inside += 1
                most = max(most, inside)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(visit, range(2000)))
    assert most <= 2
    assert inside == 0


def test_first_come_first_served() -> None:
    """Who waits is let in before who comes later, even when that one has just left."""
    turns, order = Turns(1), []
    arrived = [threading.Event() for _ in range(5)]

    def visit(number: int) -> None:
        arrived[number].set()
        with turns:
            order.append(number)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(5)]
    with turns:
        for number, thread in enumerate(threads):
            thread.start()
            arrived[number].wait(10)
            while len(turns._waiting) <= number:  # noqa: SLF001 - nothing else says that it has lined up
                threading.Event().wait(0.001)
    with turns:
        order.append(5)
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3, 4, 5]


def test_a_place_is_given_back_by_who_fails() -> None:
    """An error inside does not keep the place."""
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="inside"), turns:
            raise ValueError("inside")  # noqa: EM101 - the test's own
    with turns:
        pass
