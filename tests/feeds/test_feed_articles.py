"""Entries become articles: ids, addresses, publisher, what goes along."""

from datetime import UTC, datetime

from pipeline.feeds.articles import build_articles
from pipeline.feeds.feed import read_feed
from schemas.article import RawArticle

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def _articles(items: str, *, feed_url: str = "https://harbour-post.example/feed") -> list[RawArticle]:
    text = (
        "<rss version='2.0' xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'><channel>"
        "<title>Harbour Post</title><link>https://harbour-post.example/</link><copyright>HP</copyright>"
        f"<language>en</language>{items}</channel></rss>"
    )
    return list(build_articles(read_feed(text.encode(), url=feed_url), AT, feed_url=feed_url))


def test_id_is_that_of_the_canonical_address() -> None:
    """Tracking parameters and the feed it was found in do not change an article's id."""
    one = _articles("<item><link>https://harbour-post.example/a?utm_source=rss</link><title>A</title></item>")
    two = _articles(
        "<item><link>https://harbour-post.example/a</link><title>A, again</title></item>",
        feed_url="https://x.example/f",
    )
    assert one[0].article_id == two[0].article_id


def test_id_without_address_is_by_guid_then_by_content() -> None:
    """Without a page the guid tells entries apart, without a guid their text does."""
    items = "<item><guid isPermaLink='false'>7</guid><title>A</title></item><item><title>B</title></item>"
    first, second = _articles(items), _articles(items)
    assert [one.article_id for one in first] == [one.article_id for one in second]
    assert len({one.article_id for one in first}) == 2


def test_article_says_where_it_comes_from() -> None:
    """Publisher, feed, rights and language go along, dates raw."""
    (article,) = _articles(
        "<item><link>/a</link><title>A</title><pubDate>yesterday, noon</pubDate><description>Text.</description></item>"
    )
    assert (article.source.domain, article.source.name) == ("harbour-post.example", "Harbour Post")
    assert article.source.feed_url == "https://harbour-post.example/feed"
    assert article.feed_entry.published == "yesterday, noon"
    assert (article.feed_entry.rights, article.feed_entry.language) == ("HP", "en")
    assert (article.channel, article.content, article.content_type) == ("feed", "Text.", "text")
    assert article.received_from == "https://harbour-post.example/feed"


def test_original_link_of_a_feed_service_is_canonical() -> None:
    """FeedBurner's redirect is the address, the publisher's own page the canonical one."""
    (article,) = _articles(
        "<item><link>https://feeds.example/~r/1</link><title>A</title>"
        "<feedburner:origLink>https://harbour-post.example/a</feedburner:origLink></item>"
    )
    assert article.canonical_url == "https://harbour-post.example/a"
    assert article.url == "https://feeds.example/~r/1"


def test_page_on_another_site_is_not_the_feeds_own() -> None:
    """An aggregator's title is never taken for the publisher of a page elsewhere."""
    (article,) = _articles("<item><link>https://other.example/a</link><title>A</title></item>")
    assert (article.source.domain, article.source.name) == ("other.example", None)


def test_empty_and_repeated_entries_are_left_out() -> None:
    """An entry with nothing in it is no article, and one id is sent once, the upper entry winning."""
    articles = _articles(
        "<item><author>x</author></item><item><link>/a</link><title>New</title></item>"
        "<item><link>/a</link><title>Old</title></item>"
    )
    assert [article.feed_entry.title for article in articles] == ["New"]
