"""Canonical URLs and article ids."""

import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.sources.urls import article_id, canonical_url, domain_of, host_of

SAME_PAGE = [
    ("https://harbour-post.example/ferry", "https://harbour-post.example/ferry"),
    ("HTTPS://Harbour-Post.EXAMPLE/ferry", "https://harbour-post.example/ferry"),
    ("https://harbour-post.example:443/ferry", "https://harbour-post.example/ferry"),
    ("http://harbour-post.example:80/ferry", "http://harbour-post.example/ferry"),
    ("https://harbour-post.example:8443/ferry", "https://harbour-post.example:8443/ferry"),
    ("https://harbour-post.example/ferry/", "https://harbour-post.example/ferry"),
    ("https://harbour-post.example", "https://harbour-post.example/"),
    ("https://harbour-post.example./ferry", "https://harbour-post.example/ferry"),
    ("https://me:secret@harbour-post.example/ferry", "https://harbour-post.example/ferry"),
    ("https://harbour-post.example/ferry#comments", "https://harbour-post.example/ferry"),
    ("https://harbour-post.example/#!/ferry", "https://harbour-post.example/#!/ferry"),
    ("https://harbour-post.example/ferry?utm_source=a&UTM_Medium=b&fbclid=c", "https://harbour-post.example/ferry"),
    ("https://harbour-post.example/?p=12&gclid=x", "https://harbour-post.example/?p=12"),
    ("https://harbour-post.example/?b=2&a=1&b=1", "https://harbour-post.example/?a=1&b=2&b=1"),
    ("https://harbour-post.example/ferry?&&", "https://harbour-post.example/ferry"),
    ("https://harbour-post.example/a/./b/../ferry", "https://harbour-post.example/a/ferry"),
    ("https://harbour-post.example/../../ferry", "https://harbour-post.example/ferry"),
    ("https://harbour-post.example/%7eferry/%c3%a9", "https://harbour-post.example/~ferry/%C3%A9"),
    ("https://harbour-post.example/é", "https://harbour-post.example/%C3%A9"),
    ("https://harbour-post.example/a%2Fb", "https://harbour-post.example/a%2Fb"),
    ("https://harbour-post.example/ferry;jsessionid=12AB", "https://harbour-post.example/ferry"),
    ("https://bücher.example/ferry", "https://xn--bcher-kva.example/ferry"),
    ("https://harbour-post.example/ferry/amp/", "https://harbour-post.example/ferry"),
    ("https://harbour-post.example/ferry.amp.html", "https://harbour-post.example/ferry.html"),
    ("https://harbour-post.example/ferry?amp=1", "https://harbour-post.example/ferry"),
    ("https://harbour-post.example/amp", "https://harbour-post.example/amp"),
    ("https://www.google.com/amp/s/harbour-post.example/ferry", "https://harbour-post.example/ferry"),
    (
        "https://harbour--post-example.cdn.ampproject.org/c/s/harbour-post.example/ferry",
        "https://harbour-post.example/ferry",
    ),
    ("  https://harbour-post.example/fe\nrry ", "https://harbour-post.example/ferry"),
    ("http://[::1]:80/ferry", "http://[::1]/ferry"),
    ("http://192.0.2.7./ferry", "http://192.0.2.7/ferry"),
]
NO_PAGE = [
    None, "", "ferry", "/ferry", "//harbour-post.example/ferry", "www.harbour-post.example", "ftp://a.example/x",
    "javascript:alert(1)", "data:text/html,x", "mailto:ida@a.example", "https://", "https://:80/", "http://[::1/x",
    "http://a.example:99999/", "http://a.example:x/", "http://a b.example\\@c/", "http://-a.example/",
    "http://a..example/", "http://1.2.3.4.5/", "http://256.1.1.1/", "http://0x7f000001/", "http://a.example.09/",
    "http://" + "a" * 300 + ".example/", "https://a.example/" + "x" * 5000, "http://\udcff/",
]  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), SAME_PAGE)
def test_one_spelling_for_one_page(written: str, expected: str) -> None:
    """Spellings that name the same page become one; what may name another page is kept."""
    assert canonical_url(written) == expected


@pytest.mark.parametrize("written", NO_PAGE)
def test_what_is_no_web_address_gives_none(written: str | None) -> None:
    """Relative, foreign, broken and hostile addresses are refused quietly."""
    assert canonical_url(written) is None


HOSTILE = st.text() | st.builds(
    "{}://{}{}?{}#{}".format,
    st.sampled_from(["http", "HTTPS", "https"]),
    st.sampled_from(["a.example", "bücher.example", "www.google.com", "x.cdn.ampproject.org", "[::1]", "1.2.3.4"])
    | st.text(max_size=12),
    st.lists(
        st.sampled_from(
            ["/", "/amp", ".amp", ".html", "%2e", "%2F", "..", "/s/", "/c/", "b.example", ";jsessionid=1", "%"]
        )
        | st.text(max_size=4),
        max_size=9,
    ).map("".join),
    st.lists(
        st.sampled_from(["a=1", "utm_x=1", "&", "=", "amp", "%26", "%3D", "+"]) | st.text(max_size=4)
    ).map("".join),
    st.text(max_size=5) | st.just("!/x"),
)  # fmt: skip


@given(HOSTILE)
@example("HTTP://A/%2E.AMP")
@example("http://a/b/...amp")
def test_canonical_form_is_stable(written: str) -> None:
    """Any input gives None or a URL that is its own canonical form, with a host to be found in it."""
    once = canonical_url(written)
    if once is not None:
        assert canonical_url(once) == once
        assert once.startswith(("http://", "https://"))
        assert once.isascii()
        assert host_of(once)


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("https://news.bbc.co.uk/x", "bbc.co.uk"),
        ("www.harbour-post.example", "harbour-post.example"),
        ("//cdn.harbour-post.example/x", "harbour-post.example"),
        ("ida.blogspot.com", "ida.blogspot.com"),
        ("https://127.0.0.1/x", None),
        ("http://[::1]/x", None),
        ("http://localhost/x", None),
        ("", None),
        (None, None),
    ],
)
def test_domain_is_what_was_registered(written: str | None, domain: str | None) -> None:
    """Sub-domains fold into the registered domain; hosts on shared suffixes stay apart; addresses have none."""
    assert domain_of(written) == domain


def test_article_id_takes_the_strongest_evidence() -> None:
    """The canonical URL decides alone; then source and guid; then the content."""
    url = "https://harbour-post.example/ferry"
    expected = hashlib.sha256(url.encode()).hexdigest()[:32]
    assert article_id(url, "Harbour Post", "7", "text") == expected
    assert article_id(None, "Harbour Post", "7", "text") == article_id(None, "harbour post ", "7", "other text")
    assert article_id(None, "Harbour Post", "7") != article_id(None, "Tasman Monitor", "7")
    assert article_id(None, "Harbour Post", None, "text") == article_id(None, None, None, "text")
    assert article_id(None, None, None, "text") != article_id(None, None, "text")


@given(st.text(), st.text(), st.text())
def test_article_id_always_has_the_form_of_the_record(source: str, guid: str, content: str) -> None:
    """Any text gives 32 hex characters, lone surrogates included."""
    made = article_id(None, source, guid, content)
    assert len(made) == 32
    assert set(made) <= set("0123456789abcdef")
