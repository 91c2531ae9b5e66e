"""Feeds are found from a home page."""

from pipeline.feeds.discovery import find_feeds, guess_feeds

PAGE = b"""<html><head><base href="https://a.example/en/"><title>A</title>
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
<link rel="alternate" type="application/rss+xml" title="News &amp; more" href="feed.xml">
<link rel="alternate" type="application/feed+json" href="//a.example/feed.json">
<link rel="alternate" type="application/json" href="https://a.example/wp-json/wp/v2/pages/2">
<link rel="alternate" hreflang="de" href="/de/"><link rel="stylesheet" href="/rss.css"></head>
<body><a href="/rss/sport">Sport</a><a href="https://other.example/rss">Other</a><a href="/feedback.html">Write</a>
<a href="https://feeds.feedburner.com/A">Burner</a></body></html>"""


def test_declared_feeds_come_first_and_comments_last() -> None:
    """Links of the head come before links of the text, comments last; interfaces and other sites are left."""
    found = find_feeds(PAGE, "https://a.example/")
    assert [one.url for one in found] == [
        "https://a.example/en/feed.xml", "https://a.example/feed.json", "https://a.example/rss/sport",
        "https://feeds.feedburner.com/A", "https://a.example/comments/feed",
    ]  # fmt: skip
    assert (found[0].title, found[0].how) == ("News & more", "link")


def test_broken_pages_name_what_they_can() -> None:
    """A page that is cut still names the feeds before the cut; garbage names none."""
    assert len(find_feeds(PAGE[:300], "https://a.example/")) == 2
    assert find_feeds(b"\x00\xff" * 50, "https://a.example/") == []
    assert find_feeds(b"", "https://a.example/") == []


def test_well_known_addresses() -> None:
    """Guesses lie on the site itself: feeds first, then sitemaps."""
    guessed = guess_feeds("https://a.example/some/page")
    assert guessed[0].url == "https://a.example/feed"
    assert guessed[-1].kind == "sitemap"
    assert all(one.url.startswith("https://a.example/") for one in guessed)
