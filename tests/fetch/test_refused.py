"""What is never fetched: a table of addresses, redirects, bombs and endless answers, each refused with its reason."""

from collections.abc import Sequence
from dataclasses import replace

import aiohttp
import pytest

from pipeline.clock import SystemClock
from pipeline.fetch.answers import Fetched, FetchLimits, FetchRequest, FetchSettings
from pipeline.fetch.client import Fetcher
from pipeline.fetch.refusals import FetchRefused, Severity, severity_of
from pipeline.fetch.resolver import checked_sockets
from pipeline.fetch.targets import TargetRules

# Asked for as the settings come: nothing of it may reach a socket.
ADDRESSES = {
    "http://127.0.0.1/": "address-loopback",
    "http://127.255.255.254/": "address-loopback",
    "http://[::1]/": "address-loopback",
    "http://0.0.0.0/": "address-unspecified",
    "http://0.1.2.3/": "address-unspecified",
    "http://[::]/": "address-unspecified",
    "http://10.0.0.1/": "address-private",
    "http://172.16.0.1/": "address-private",
    "http://172.31.255.255/": "address-private",
    "http://192.168.0.1/": "address-private",
    "http://[fc00::1]/": "address-private",
    "http://[fd12:3456::1]/": "address-private",
    "http://[fec0::1]/": "address-private",
    "http://169.254.1.1/": "address-link-local",
    "http://[fe80::1]/": "address-link-local",
    "http://169.254.169.254/latest/meta-data/": "address-metadata",
    "http://169.254.170.2/v2/credentials": "address-metadata",
    "http://168.63.129.16/": "address-metadata",
    "http://100.100.100.200/": "address-metadata",
    "http://192.0.0.192/": "address-metadata",
    "http://[fd00:ec2::254]/": "address-metadata",
    "http://100.64.0.1/": "address-shared",
    "http://100.127.255.255/": "address-shared",
    "http://224.0.0.1/": "address-multicast",
    "http://239.255.255.250/": "address-multicast",
    "http://[ff02::1]/": "address-multicast",
    "http://240.0.0.1/": "address-reserved",
    "http://255.255.255.255/": "address-reserved",
    "http://192.0.0.8/": "address-reserved",
    "http://198.18.0.1/": "address-reserved",
    "http://[100::1]/": "address-reserved",
    "http://[4000::1]/": "address-reserved",
    "http://192.0.2.1/": "address-documentation",
    "http://203.0.113.9/": "address-documentation",
    "http://[2001:db8::1]/": "address-documentation",
    "http://[::ffff:127.0.0.1]/": "address-translated",
    "http://[::ffff:8.8.8.8]/": "address-translated",
    "http://[::ffff:a9fe:a9fe]/": "address-translated",
    "http://[::127.0.0.1]/": "address-translated",
    "http://[64:ff9b::7f00:1]/": "address-translated",
    "http://[64:ff9b:1::a00:1]/": "address-translated",
    "http://[2002:7f00:1::]/": "address-translated",
    "http://[2001:0:7f00:1::]/": "address-translated",
    "http://192.88.99.1/": "address-translated",
    "http://2130706433/": "address-not-canonical",
    "http://0x7f000001/": "address-not-canonical",
    "http://0x7f.0.0.1/": "address-not-canonical",
    "http://0177.0.0.1/": "address-not-canonical",
    "http://127.1/": "address-not-canonical",
    "http://127.0.0.1./": "address-loopback",
    "http://１２７.0.0.1/": "address-loopback",
    "http://127。0。0。1/": "address-loopback",
    "ftp://feeds.test/x": "scheme-not-allowed",
    "file:///etc/passwd": "scheme-not-allowed",
    "gopher://feeds.test/": "scheme-not-allowed",
    "data:text/xml,x": "scheme-not-allowed",
    "javascript:alert(1)": "scheme-not-allowed",
    "//feeds.test/feed": "scheme-not-allowed",
    "http://user@feeds.test/": "credentials-in-url",
    "http://user:pass@feeds.test/": "credentials-in-url",
    "http://public.test@127.0.0.1/": "credentials-in-url",
    "http://feeds.test:22/": "port-not-allowed",
    "http://feeds.test:6379/": "port-not-allowed",
    "http://feeds.test:0/": "bad-url",
    "http://feeds.test:99999/": "bad-url",
    "http:///feed": "bad-url",
    "http://127.0.0.1\\@feeds.test/": "bad-url",
    "http://feeds.test\r\nHost: x/": "bad-url",
    "http://[::1": "bad-url",
    "http://feeds.test/" + "a" * 5000: "bad-url",
    "": "bad-url",
    # Names, by what they resolve to.
    "http://private.test/": "address-private",
    "http://metadata.test/": "address-metadata",
    "http://mapped.test/": "address-translated",
    "http://loop.test/": "address-loopback",
    "http://localhost/": "address-loopback",
    "http://several.test/": "address-private",
    "http://unknown.test/": "dns-failed",
    "http://empty.test/": "dns-failed",
}
# Answers of a server on loopback, which is open for this.
ANSWERS = {
    "/bomb-gzip": "too-large-decoded",
    "/bomb-x-gzip": "too-large-decoded",
    "/bomb-deflate": "too-large-decoded",
    "/bomb-raw-deflate": "too-large-decoded",
    "/bomb-brotli": "too-large-decoded",
    "/bomb-members": "too-large-decoded",
    "/bomb-nested": "encoding-not-supported",
    "/zstd": "encoding-not-supported",
    "/many-members": "bad-encoding",
    "/bad-gzip": "bad-encoding",
    "/bad-brotli": "bad-encoding",
    "/cut-gzip": "incomplete-body",
    "/cut-brotli": "incomplete-body",
    "/cut": "incomplete-body",
    "/announced": "too-large-on-wire",
    "/large": "too-large-on-wire",
    "/chunks": "too-large-on-wire",
    "/long-header": "headers-too-large",
    "/many-headers": "headers-too-large",
    "/long-status": "headers-too-large",
    "/no-http": "protocol-error",
    "/nothing": "disconnected",
    "/drip": "total-timeout",
    "/drip-headers": "first-byte-timeout",
    "/hang": "first-byte-timeout",
    "/to-self": "redirect-loop",
    "/hop0": "too-many-redirects",
    "/to-nowhere": "redirect-without-target",
    "/to-garbage": "bad-url",
    "/to-file": "scheme-not-allowed",
    "/to-ftp": "scheme-not-allowed",
    "/to-data": "scheme-not-allowed",
    "/to-private": "address-private",
    "/to-metadata": "address-metadata",
    "/to-mapped": "address-translated",
    "/to-decimal": "address-not-canonical",
    "/to-user": "credentials-in-url",
    "/to-port": "port-not-allowed",
    "/to-name": "address-private",
    "/gone": "http-410",
    "/missing": "http-404",
}
NAMES = {
    "private.test": ["10.1.2.3"],
    "metadata.test": ["169.254.169.254"],
    "mapped.test": ["::ffff:10.0.0.1"],
    "loop.test": ["127.0.0.1"],
    "localhost": ["127.0.0.1"],
    "several.test": ["10.0.0.1", "192.168.0.1", "fe80::1"],
    "empty.test": [],
}
LIMITS = FetchLimits(
    total_s=1.5, first_byte_s=0.6, wire_bytes=1_000_000, body_bytes=1_000_000, header_line_bytes=4096, redirects=8
)


async def _lookup(host: str, _port: int, _family: int) -> Sequence[str]:
    if host not in NAMES:
        msg = "no such name"
        raise OSError(msg)
    return NAMES[host]


async def _fetch(url: str, *, loopback: bool, limits: FetchLimits = LIMITS) -> Fetched:
    rules = TargetRules(frozenset({80, 443}), allow_loopback=loopback)
    settings = FetchSettings("test", rules, limits, host_delay_s=0.0)
    async with Fetcher(settings, SystemClock(), lookup=_lookup) as fetcher:
        return await fetcher.fetch(FetchRequest(url))


@pytest.mark.parametrize(("url", "reason"), ADDRESSES.items(), ids=lambda value: str(value)[:60])
async def test_addresses_are_refused(url: str, reason: str) -> None:
    """An address that is not of the public internet is refused with its reason, whatever way it is written."""
    with pytest.raises(FetchRefused) as refused:
        await _fetch(url, loopback=False)
    assert refused.value.reason == reason
    assert refused.value.detail


@pytest.mark.parametrize(("path", "reason"), ANSWERS.items(), ids=str)
async def test_answers_are_refused(path: str, reason: str, hostile_port: int) -> None:
    """A server that sends bombs, endless or broken answers, or redirects inwards, is refused with the reason."""
    # A busy machine may be slow to read a million small chunks; only what must time out has little time.
    limits = LIMITS if reason.endswith("timeout") else replace(LIMITS, total_s=60.0, first_byte_s=20.0)
    with pytest.raises(FetchRefused) as refused:
        await _fetch(f"http://127.0.0.1:{hostile_port}{path}", loopback=True, limits=limits)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ok", b"hello"),
        ("/gzip", b"hello" * 1000),
        ("/brotli", b"hello" * 100_000),
        ("/deflate", b"hello" * 1000),
        ("/raw-deflate", b"hello" * 1000),
        ("/not-gzip", b"hello plain"),
    ],
)
async def test_honest_answers_are_decoded(path: str, body: bytes, hostile_port: int) -> None:
    """What is within the limits comes out whole, also where the server's header is not quite true."""
    assert (await _fetch(f"http://127.0.0.1:{hostile_port}{path}", loopback=True)).body == body


async def test_only_permanent_redirects_are_remembered(hostile_port: int) -> None:
    """The new address is the end of the permanent redirects at the chain's beginning."""
    base = f"http://127.0.0.1:{hostile_port}"
    moved = await _fetch(f"{base}/moved", loopback=True)
    found = await _fetch(f"{base}/found", loopback=True)
    mixed = await _fetch(f"{base}/moved-then-found", loopback=True)
    assert (moved.moved_to, found.moved_to, mixed.moved_to) == (f"{base}/ok", None, f"{base}/found")
    assert {moved.final_url, found.final_url, mixed.final_url} == {f"{base}/ok"}


async def test_name_that_changes_its_address_is_refused_at_the_socket(hostile_port: int) -> None:
    """Whatever a name server said before, the address that is connected to is checked itself, at that moment."""
    connector = aiohttp.TCPConnector(socket_factory=checked_sockets(allow_loopback=False))
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(FetchRefused, match="address-loopback"):
            await session.get(f"http://127.0.0.1:{hostile_port}/ok")


async def test_one_good_address_of_several_is_used(hostile_port: int) -> None:
    """Of a name with good and bad addresses only the good ones are ever connected to."""

    async def lookup(_host: str, _port: int, _family: int) -> Sequence[str]:
        return ["10.9.8.7", "127.0.0.1"]

    rules = TargetRules(frozenset({hostile_port}), allow_loopback=True)
    async with Fetcher(FetchSettings("test", rules, LIMITS), SystemClock(), lookup=lookup) as fetcher:
        assert (await fetcher.fetch(FetchRequest(f"http://both.test:{hostile_port}/ok"))).status == 200


async def test_retry_after_closes_the_host(hostile_port: int) -> None:
    """A host that asked to be left alone is not asked again, for any address, until its time is over."""
    rules = TargetRules(allow_loopback=True)
    async with Fetcher(FetchSettings("test", rules, LIMITS, host_delay_s=0.0), SystemClock()) as fetcher:
        base = f"http://127.0.0.1:{hostile_port}"
        with pytest.raises(FetchRefused, match="http-429") as refused:
            await fetcher.fetch(FetchRequest(f"{base}/busy"))
        assert refused.value.retry_after_s == 120
        with pytest.raises(FetchRefused, match="host-asked-to-wait"):
            await fetcher.fetch(FetchRequest(f"{base}/ok"))


def test_the_tables_are_large_enough() -> None:
    """At least sixty cases are held, and every reason has a severity."""
    assert len(ADDRESSES) + len(ANSWERS) >= 60
    assert {severity_of(reason) for reason in (*ADDRESSES.values(), *ANSWERS.values())} == set(Severity)
