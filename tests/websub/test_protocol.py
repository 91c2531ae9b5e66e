"""What hubs and we say to each other: links, leases, signatures; and the file between server and poller."""

import hmac
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clock import ManualClock
from pipeline.websub.protocol import DIGESTS, MAX_LEASE_S, MIN_LEASE_S, find_links, is_signed, read_lease
from pipeline.websub.store import MAX_WAITING, HubStore
from tests.index.making import NOW

FEED, HUB = "https://quaypost.example/feed", "https://hub.example/"


@pytest.mark.parametrize(
    ("header", "hubs", "topic"),
    [
        ('<https://hub.example/>; rel="hub"', (HUB,), None),
        ("<https://hub.example/>;rel=hub, <https://b.example/>; type=x; rel='hub'", (HUB,), None),
        ('</feed>; rel="self", <https://hub.example/>; rel="other hub"', (HUB,), FEED),
        ('<javascript:alert(1)>; rel=hub, <https://hub.example/>; title="a, b; c"; rel=HUB', (HUB,), None),
        ("<https://hub.example/>", (), None),
        (None, (), None),
    ],
)
def test_links(header: str | None, hubs: tuple[str, ...], topic: str | None) -> None:
    """Hubs and the feed's own address are found among other links; what is no web address is none."""
    assert find_links(header, "https://quaypost.example/rss") == (hubs, topic)


@settings(deadline=None)
@given(st.text(alphabet='<>;,="rel hubself/:aq\t', max_size=400))
def test_any_header_is_read(header: str) -> None:
    """Whatever a server sends, links are absolute web addresses."""
    hubs, topic = find_links(header, FEED)
    assert all(url.startswith(("http://", "https://")) for url in (*hubs, *([topic] if topic else [])))


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("86400", 86_400),
        ("1", MIN_LEASE_S),
        ("9" * 11, MAX_LEASE_S),
        ("9" * 50, 86_400),
        ("-5", 86_400),
        (None, 86_400),
    ],
)
def test_leases(written: str | None, seconds: float) -> None:
    """A lease is within reason, whatever the hub says."""
    assert read_lease(written) == seconds


@pytest.mark.parametrize("method", sorted(DIGESTS))
def test_signatures(method: str) -> None:
    """Each method of the standard holds for exactly the body and the secret."""
    signature = hmac.new(b"our secret", b"body", method).hexdigest()
    assert is_signed(f"{method}={signature}", "our secret", b"body")
    assert is_signed(f"{method.upper()}={signature.upper()}", "our secret", b"body")
    for header in (None, "", signature, f"md5={signature}", f"{method}=", f"{method}={signature[:-1]}"):
        assert not is_signed(header, "our secret", b"body")
    assert not is_signed(f"{method}={signature}", "our secret", b"body.")
    assert not is_signed(f"{method}={signature}", "another", b"body")


def test_a_subscription_is_asked_for_confirmed_and_renewed(tmp_path: Path) -> None:
    """Asked later and later until the hub confirms; renewed before the lease ends; a new hub gets a new token."""
    clock = ManualClock(NOW)
    with HubStore(tmp_path / "hubs.db") as hubs:
        hubs.want(FEED, HUB, FEED, NOW)
        [wanted] = hubs.to_ask(NOW)
        assert wanted.state == "wanted"
        hubs.asked(FEED, NOW)
        assert hubs.to_ask(NOW) == []
        assert [one.state for one in hubs.to_ask(NOW + timedelta(minutes=6))] == ["asked"]
        hubs.asked(FEED, NOW, "http-503: busy")
        assert hubs.to_ask(NOW + timedelta(minutes=6)) == []
        hubs.confirmed(FEED, 1000.0, clock.now())
        assert hubs.may_rest(FEED, NOW)
        assert not hubs.may_rest(FEED, NOW + timedelta(seconds=1001))
        assert (hubs.to_ask(NOW + timedelta(seconds=799)), len(hubs.to_ask(NOW + timedelta(seconds=801)))) == ([], 1)
        hubs.distrust(FEED, NOW)
        assert not hubs.may_rest(FEED, NOW + timedelta(seconds=10))
        hubs.want(FEED, HUB, FEED, NOW)
        assert hubs.find(wanted.token) is not None
        hubs.want(FEED, "https://other.example/", FEED, NOW)
        assert hubs.find(wanted.token) is None
        hubs.refused(FEED, "no", NOW)
        assert hubs.counts() == {"refused": 1}


def test_deliveries_wait_within_limits(tmp_path: Path) -> None:
    """What was delivered stays until it is finished, in order, and a hub cannot fill the disk."""
    with HubStore(tmp_path / "hubs.db") as hubs:
        hubs.want(FEED, HUB, FEED, NOW)
        taken = [hubs.deliver(FEED, "text/xml", b"%d" % number, NOW) for number in range(MAX_WAITING + 1)]
        assert taken == [True] * MAX_WAITING + [False]
        assert list(hubs.waiting()) == [FEED]
        first = hubs.next_delivery(FEED)
        assert first is not None
        assert (first.body, first.content_type, first.received_at) == (b"0", "text/xml", NOW)
        assert hubs.next_delivery(FEED) == first
        hubs.finished([first.number])
        hubs.finished([first.number])
        second = hubs.next_delivery(FEED)
        assert second is not None
        assert second.body == b"1"
        hubs.drop(FEED)
        assert (list(hubs.waiting()), hubs.get(FEED)) == ([], None)
