"""Who may come in and how much: hosts, tokens, forged requests, sizes, rates, and the headers of every answer."""

import base64
import socket
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from pipeline.clock import ManualClock
from pipeline.web.access import Access, is_forged, is_loopback
from pipeline.web.app import create_app, create_site
from pipeline.web.guard import HEADERS, MAX_BODY_BYTES, POLICY, Guard
from pipeline.web.links import web_address
from pipeline.web.patience import PatientProtocol
from pipeline.web.rate import MAX_CLIENTS, RateLimit
from pipeline.web.site import Site
from schemas.errors import ConfigurationError
from tests.index.making import NOW
from tests.web.newsroom import INGEST_TOKEN, all_pages
from tests.web.serving import serve, serve_app

TOKEN = "a-token-for-readers"  # noqa: S105 - of a server that lives for one test
PATHS = (
    *all_pages(),
    "/search.json?q=a",
    "/search.csv",
    "/search.rss",
    "/robots.txt",
    "/metrics",
    "/static/x/newswire.css",
)


def with_settings(site: Site, **settings: object) -> Site:
    """Return the site with other settings."""
    return replace(site, settings=site.settings.model_copy(update=settings))


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers(client: httpx.Client, path: str) -> None:
    """The content policy and its kin stand on every answer, errors included."""
    answer = client.get(path)
    assert {name: answer.headers.get(name) for name, _ in HEADERS} == dict(HEADERS)
    assert "unsafe" not in POLICY


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[", "localhost@evil.example"])
def test_strange_hosts_are_refused(client: httpx.Client, host: str) -> None:
    """A name that somebody pointed at this machine opens nothing (DNS rebinding)."""
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code in {400, 421}
    assert "article" not in answer.text


def test_loopback_names_are_answered(client: httpx.Client) -> None:
    """On loopback, its names work, with any port."""
    assert client.get("/livez", headers={"Host": "localhost:1"}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/x/../../site.py",
        "/static/x/..%2f..%2fsite.py",
        "/static/x/%2e%2e%2fnewswire.css",
        "/static/..%5c..%5cwin.ini/x",
        "/articles/..%2f..%2fetc%2fpasswd",
        "/stories/%00",
        "/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_paths_lead_nowhere_else(client: httpx.Client, path: str) -> None:
    """No path reaches a file that is not the site's own."""
    assert client.get(path).status_code in {400, 404}


def test_header_injection(client: httpx.Client) -> None:
    """Line ends in parameters stay in the page's text and never reach a header."""
    answer = client.get("/?q=%0d%0aSet-Cookie:%20a=b&sort=%0d%0aX-Evil:1")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "x-evil" not in answer.headers


def test_long_addresses_are_refused(client: httpx.Client) -> None:
    """An address beyond any search is refused before anything reads it."""
    assert client.get("/", params={"q": "a" * 20_000}).status_code in {400, 414}


def test_large_bodies_are_refused(client: httpx.Client) -> None:
    """A body over the limit is refused, whether its length is declared or only found."""
    headers = {"Authorization": f"Bearer {INGEST_TOKEN}"}
    with socket.create_connection((client.base_url.host, client.base_url.port or 80), timeout=10) as declared:
        head = f"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n\r\n"
        declared.sendall(head.encode())
        assert declared.recv(64).startswith(b"HTTP/1.1 413")
    pieces = (b"x" * 2**20 for _ in range(MAX_BODY_BYTES // 2**20 + 1))
    found = client.post("/ingest", headers=headers, content=pieces)
    assert found.status_code == 413


def test_slow_bodies_are_refused(site: Site) -> None:
    """A body that trickles is refused after a while, and its connection is closed."""
    access = Access.build(site.settings, "127.0.0.1")
    app = Guard(create_app(site), access, RateLimit(0, site.clock), site.counts, body_s=0.2)
    lines = ("POST /ingest HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {INGEST_TOKEN}", "Content-Length: 100")
    head = "\r\n".join((*lines, "", ""))
    with serve_app(app) as address, connect(address) as slow:
        slow.sendall(head.encode() + b"{")
        answer = slow.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"too-slow" in answer


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
def test_slow_heads_are_cut_off(site: Site, sent: bytes) -> None:
    """Whoever opens a connection and says nothing, or never finishes, does not keep it; others do not notice."""

    class Impatient(PatientProtocol):
        head_s = 0.3

    with serve_app(create_site(site), Impatient) as address, connect(address) as slow:
        slow.sendall(sent)
        assert httpx.get(f"{address}/livez", trust_env=False).status_code == 200
        assert slow.recv(100) == b""


def test_slow_second_heads_are_cut_off(site: Site) -> None:
    """On a connection that has asked before, a further head may not trickle either."""

    class Impatient(PatientProtocol):
        head_s = 0.3

    whole = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with serve_app(create_site(site), Impatient) as address, connect(address) as slow:
        slow.sendall(whole)
        answer = b""
        while not answer.endswith(b"\r\n\r\nok\n"):
            answer += slow.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200")
        slow.sendall(whole[:20])
        assert slow.makefile("rb").read() == b""


def connect(address: str) -> socket.socket:
    """Return a connection to the server."""
    host, _, port = address.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_forged_writes_are_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    """Another site's page cannot write, not even with the token."""
    answer = client.post("/ingest", headers={"Authorization": f"Bearer {INGEST_TOKEN}"} | headers, content=b"{}")
    assert answer.status_code == 403
    assert answer.json()["error"]["reason"] == "cross-site"


def test_own_pages_may_write() -> None:
    """The site's own pages and programs are no forgery."""
    assert not is_forged({"host": "a.example", "origin": "https://a.example"})
    assert not is_forged({"host": "a.example", "sec-fetch-site": "same-origin", "origin": "https://a.example"})
    assert not is_forged({"host": "a.example"})


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_pages_take_no_writes(client: httpx.Client, method: str) -> None:
    """Reading is all that pages are for."""
    assert client.request(method, "/").status_code == 405


def test_beyond_loopback_a_token_is_needed(site: Site) -> None:
    """Listening elsewhere without a token or a proxy is refused at start, with what to set."""
    with pytest.raises(ConfigurationError, match="NEWSWIRE_WEB_TOKEN"):
        Access.build(site.settings, "0.0.0.0")  # noqa: S104 - refused
    with pytest.raises(ConfigurationError, match="NEWSWIRE_WEB_NAMES"):
        Access.build(site.settings.model_copy(update={"web_token": TOKEN}), "0.0.0.0")  # noqa: S104 - refused


def test_readers_token(site: Site) -> None:
    """With a token, nothing is shown without it; browsers send it as a password, programs as Bearer."""
    basic = base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
    with (
        serve(with_settings(site, web_token=TOKEN)) as address,
        httpx.Client(base_url=address, trust_env=False) as own,
    ):
        for path in ("/", "/search.json", "/search.csv", "/openapi.json", "/static/x/newswire.css", "/nothing"):
            refused = own.get(path)
            assert (refused.status_code, refused.headers["www-authenticate"][:5]) == (401, "Basic")
        assert own.get("/", headers={"Authorization": f"Basic {basic}"}).status_code == 200
        assert own.get("/search.json", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        for wrong in ("Bearer x", f"Basic {TOKEN}", "Basic !!", "Basic eA==", f"Digest {TOKEN}", "Bearer \xff"):
            assert own.get("/", headers={b"Authorization": wrong.encode("latin-1")}).status_code == 401
        assert own.get("/livez").status_code == 200


def test_proxy_header(site: Site) -> None:
    """With a proxy's header, only what the proxy let in is answered."""
    behind = with_settings(site, web_proxy_header="X-Forwarded-User")
    with serve(behind) as address, httpx.Client(base_url=address, trust_env=False) as own:
        assert own.get("/").status_code == 401
        assert own.get("/", headers={"X-Forwarded-User": "ida"}).status_code == 200
        assert own.get("/", headers={"X-Forwarded-User": ""}).status_code == 401


def test_rate(site: Site) -> None:
    """A client that asks too often is told when to go on."""
    with (
        serve(with_settings(site, web_requests_per_minute=3)) as address,
        httpx.Client(base_url=address, trust_env=False) as own,
    ):
        answers = [own.get("/livez") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[3].headers["retry-after"]) > 0
    assert answers[3].headers["content-security-policy"] == POLICY


def test_rate_refills_and_forgets() -> None:
    """Tokens come back steadily, clients do not share them, and memory is bounded."""
    clock = ManualClock(NOW)
    limit = RateLimit(60, clock)
    assert [limit.wait_s("a") for _ in range(60)] == [0.0] * 60
    assert limit.wait_s("a") == pytest.approx(1.0)
    assert limit.wait_s("b") == 0.0
    clock.advance(2)
    assert [bool(limit.wait_s("a")) for _ in range(3)] == [False, False, True]
    for number in range(MAX_CLIENTS):
        limit.wait_s(f"other {number}")
    assert limit.wait_s("a") == 0.0


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://a.example/x?y=z#w", True),
        ("HTTP://a.example", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("vbscript:x", False),
        ("file:///etc/passwd", False),
        ("//a.example", False),
        ("https:evil.example", False),
        ("https://", False),
        ("https://[", False),
        ("https://a.example\\@b.example", False),
        ("", False),
        (None, False),
        ("https://a.example/" + "x" * 3000, False),
    ],
)
def test_only_web_addresses_are_linked(url: str | None, allowed: bool) -> None:
    """Links lead to http and https, and nowhere else."""
    assert (web_address(url) is not None) is allowed


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("news.example", False)],
)
def test_loopback(host: str, expected: bool) -> None:
    """Only this machine reaches a loopback address."""
    assert is_loopback(host) is expected


def test_no_inline_code_in_templates(repository: Path) -> None:
    """No template holds what the content policy would refuse."""
    for path in (repository / "pipeline" / "web" / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        for forbidden in ("<style", "style=", "onclick", "onload", "javascript:", "|safe"):
            assert forbidden not in text, f"{path.name} has {forbidden}"
