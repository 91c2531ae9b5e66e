"""robots.txt and the signals against training: what is asked is heard, also where it is written badly."""

import time

import pytest

from pipeline.feeds.ai_signals import combine, signals_of_headers, signals_of_page, signals_of_tdmrep
from pipeline.feeds.robots import Robots

FILE = b"""User-agent: gptbot
User-agent: CCBot
Disallow: /

User-agent: slow
Crawl-delay: 10
User-agent: other
Desallow: /private/
Request-rate: 1/5

Content-Signal: search=yes, ai-train=no
Sitemap: /news.xml
Sitemap: https://a.example/news.xml
"""


def test_rules_delays_and_sitemaps() -> None:
    """Groups stay together over a crawl-delay, slips are mended, sitemaps absolute and once."""
    robots = Robots(FILE, "https://a.example/robots.txt")
    assert not robots.is_allowed("https://a.example/x", "GPTBot")
    assert not robots.is_allowed("https://a.example/private/x", "slow")
    assert not robots.is_allowed("https://a.example/private/x", "other")
    assert robots.is_allowed("https://a.example/private/x", "newswire")
    assert (robots.delay_s("slow"), robots.delay_s("other"), robots.delay_s("newswire")) == (10.0, 5.0, None)
    assert robots.sitemaps == ("https://a.example/news.xml",)


def test_training_opt_outs_are_recorded() -> None:
    """Crawlers that are shut out and the content signal are evidence."""
    signals = Robots(FILE, "https://a.example/robots.txt").ai_signals
    assert signals.no_training is True
    assert set(signals.disallowed_agents) == {"GPTBot", "CCBot"}
    assert any("ai-train=no" in line for line in signals.evidence)


def test_a_site_closed_to_all_is_no_opt_out() -> None:
    """Where everybody is shut out, nothing is said about training."""
    signals = Robots(b"User-agent: *\nDisallow: /\n").ai_signals
    assert (signals.no_training, signals.disallowed_agents) == (False, ())


@pytest.mark.parametrize("value", [b"", b"<!DOCTYPE html><html>404</html>", b"\x00\xff" * 99, b"Disallow: /"])
def test_what_holds_no_rules_allows_all(value: bytes) -> None:
    """Empty files, pages instead of rules, garbage and rules for nobody forbid nothing."""
    assert Robots(value).is_allowed("https://a.example/x", "newswire")


def test_hostile_patterns_are_answered_at_once() -> None:
    """Rules full of wildcards on a long address take no time."""
    robots = Robots(b"User-agent: *\n" + b"Disallow: /" + b"*a" * 900 + b"$\n" * 50)
    started = time.process_time()
    assert robots.is_allowed("https://a.example/" + "a" * 3000 + "b", "newswire")
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("headers", "no_training", "reserved"),
    [
        ({"X-Robots-Tag": "noai, noimageai"}, True, None),
        ({"tdm-reservation": "1", "tdm-policy": "https://a.example/p"}, False, True),
        ({"TDM-Reservation": "0"}, False, False),
        ({"Content-Usage": "train-ai=n"}, True, None),
        ({"X-Robots-Tag": "noarchive, noairbrush"}, False, None),
        ({}, False, None),
    ],
)
def test_headers(headers: dict[str, str], no_training: bool, reserved: bool | None) -> None:
    """Headers speak of training or of reserved mining, whatever their case; look-alikes do not."""
    signals = signals_of_headers(headers)
    assert (signals.no_training, signals.tdm_reserved) == (no_training, reserved)


def test_page_and_well_known_file() -> None:
    """Meta tags of the head and tdmrep.json count; the first rule whose path fits decides."""
    page = '<head><meta content="noai" name="robots"><meta name=tdm-reservation content=1></head>'
    assert signals_of_page(page).no_training is True
    assert signals_of_page(page).tdm_reserved is True
    rules = (
        b'[{"location": "/open/*", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1, "tdm-policy": "u"}]'
    )
    assert signals_of_tdmrep(rules, "/open/x").tdm_reserved is False
    assert signals_of_tdmrep(rules, "/news").tdm_policy == "u"
    assert signals_of_tdmrep(b"not json", "/news").tdm_reserved is None
    both = combine([signals_of_page(page), signals_of_tdmrep(rules, "/open/x")])
    assert (both.no_training, both.tdm_reserved) == (True, True)
