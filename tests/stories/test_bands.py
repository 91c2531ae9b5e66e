"""The window of bands: which of the held articles share some, and which of those count."""

from datetime import UTC, datetime, timedelta

from pipeline.index.base import MAX_CANDIDATES
from pipeline.stories.bands import FIRST_ROOM, BandWindow, pack_bands

MONDAY = datetime(2026, 2, 2, 8, tzinfo=UTC)
LONG_AGO = MONDAY - timedelta(days=400)


def _window(*held: tuple[str, str, float]) -> BandWindow:
    """Return a window of articles with a band for each letter, seen some hours after Monday."""
    window = BandWindow()
    for key, bands, hours in held:
        window.add(key, pack_bands(tuple(bands)), MONDAY + timedelta(hours=hours))
    return window


def _found(window: BandWindow, bands: str, since: datetime = LONG_AGO, itself: str = "") -> list[str]:
    return window.look_up(itself, pack_bands(tuple(bands)), since, MONDAY)


def test_those_that_share_most_come_first_then_the_nearest() -> None:
    """Then the order is that of ids; what shares nothing, and the article itself, is not among them."""
    window = _window(
        ("far", "abxx", 9), ("near", "abyy", -1), ("b", "azzz", 5), ("a", "awww", -5), ("no", "qqqq", 0),
        ("me", "abcd", 0),
    )  # fmt: skip
    assert _found(window, "abcd", itself="me") == ["near", "far", "a", "b"]
    assert _found(window, "") == []


def test_bands_meet_only_those_of_the_same_number() -> None:
    """An equal text at another place is another band; an article with fewer bands has fewer chances."""
    window = _window(("turned", "ba", 0), ("short", "a", 0), ("none", "", 0))
    assert _found(window, "abc") == ["short"]


def test_only_what_was_seen_later_is_found() -> None:
    """Also where articles were not held in the order in which they were seen."""
    window = _window(("late", "a", 3), ("early", "a", 1), ("later", "a", 5))
    assert _found(window, "a", MONDAY + timedelta(hours=1)) == ["late", "later"]
    assert _found(window, "a", MONDAY + timedelta(hours=5)) == []


def test_removed_and_replaced_articles() -> None:
    """A second version takes the place of the first; removing what is not held changes nothing."""
    window = _window(("x", "ab", 0), ("y", "ab", 0))
    window.add("x", pack_bands("cd"), MONDAY)
    window.remove("y")
    window.remove("y")
    assert (_found(window, "ab"), _found(window, "cd")) == ([], ["x"])
    window.add("z", pack_bands("a"), MONDAY)
    assert (_found(window, "ab"), _found(window, "cd")) == (["z"], ["x"])


def test_there_is_room_for_any_number_and_few_are_returned() -> None:
    """The window grows with what it holds."""
    window = _window(*((f"{number:05}", "a", number) for number in range(2 * FIRST_ROOM + 1)))
    assert _found(window, "a") == [f"{number:05}" for number in range(MAX_CANDIDATES)]
    assert _found(window, "a", MONDAY + timedelta(hours=2 * FIRST_ROOM - 1)) == [f"{2 * FIRST_ROOM:05}"]
