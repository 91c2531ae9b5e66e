"""What came of each publisher, and what its rhythm lets expect."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.index.tantivy import TantivyIndex
from pipeline.monitoring.source_counts import MAX_SOURCES, SourceTally, expected_per_second
from pipeline.monitoring.source_rhythm import expect_sources
from schemas.annotations import ArticleTime, Precision, TimeConflict, TimeSignal
from schemas.article import Enrichment, Problem, RawArticle, SourceClaim, SourceFacts
from schemas.sample_fields import BY_NAME
from tests.index.making import make_article, make_document

NOW = datetime(2024, 5, 15, 12, tzinfo=UTC)
DAY_S = 86_400


LONG = "word " * 60


def of(domain: str) -> SourceFacts:
    """Return a publisher that the registry does not know."""
    return SourceFacts(name=domain.title(), domain=domain)


def test_each_publisher_is_counted_apart() -> None:
    """Articles, anomalies and refusals of each, with the time of the last article; once taken, counting begins anew."""
    tally = SourceTally()
    quays = of("quay.example")
    conflict = TimeConflict(at=NOW, signal=TimeSignal.FEED, raw="x")
    dated = ArticleTime(at=NOW, precision=Precision.SECOND, signal=TimeSignal.META, conflicts=(conflict,))
    later = make_article(1, text=LONG, source=quays, fetched=NOW + timedelta(seconds=5))
    tally.add(later.model_copy(update={"published": dated}), word_count=60)
    tally.add(make_article(2, text="Subscribe to read on.", source=quays, fetched=NOW), word_count=4)
    failed = Enrichment(version=1, problems=(Problem(step="places", reason="error"),))
    third = make_article(3, text=LONG, source=of("pier.example"))
    tally.add(third.model_copy(update={"enrichment": failed}), word_count=60)
    raw = {"article_id": "0" * 32, "version": 1, "fetched_at": NOW, "channel": "http", "content_type": "html"}
    tally.refuse(RawArticle.model_validate({**raw, "content": "x", "url": "https://dock.example/1"}))
    tally.refuse(RawArticle.model_validate({**raw, "content": "x", "source": SourceClaim(domain="pier.example")}))
    found = tally.take()
    by_domain = {(each["source"]["domain"], each["articles"]): each for each in found}
    quay = by_domain["quay.example", 2]
    assert (quay["undated"], quay["date_conflicts"], quay["short_texts"], quay["failed_steps"]) == (1, 1, 1, 0)
    assert quay["last_seen_at"] == "2024-05-15T12:00:05Z"
    assert by_domain["pier.example", 1]["failed_steps"] == 1
    assert by_domain["pier.example", 0]["refused"] == by_domain["dock.example", 0]["refused"] == 1
    assert {f"source.{part}" for each in found for part in each["source"]} <= set(BY_NAME)
    assert {name for each in found for name in each} - {"source"} <= set(BY_NAME)
    assert tally.take() == []


def test_made_up_publishers_cost_no_memory() -> None:
    """Beyond a number of publishers, further ones are counted together."""
    tally = SourceTally()
    for number in range(MAX_SOURCES + 50):
        tally.add(make_article(number, source=of(f"p{number}.example")), word_count=60)
    found = tally.take()
    assert len(found) == MAX_SOURCES + 1
    assert sum(each["articles"] for each in found) == MAX_SOURCES + 50


@pytest.mark.parametrize(
    ("weeks", "a_day"), [([7, 7, 7, 7], 1), ([0, 0, 0, 7], 1), ([7, 0, 0, 0], 0.25), ([0, 0, 0, 0], 0)]
)
def test_rhythm(weeks: list[int], a_day: float) -> None:
    """Weeks before the first article do not count against a publisher; silent ones after it do."""
    assert expected_per_second(weeks) * DAY_S == pytest.approx(a_day)


def test_expectations_come_from_the_index(tmp_path: Path) -> None:
    """A publisher of two articles a day for a week is expected to bring two a day."""
    index = TantivyIndex(tmp_path / "index", ManualClock(NOW), background=False)
    index.install()
    times = [NOW - timedelta(hours=12 * n, minutes=1) for n in range(14)]
    index.write([make_document(n, fetched=at, source=of("quay.example")) for n, at in enumerate(times)])
    (found,) = expect_sources(index, NOW, DAY_S)
    assert found["source"] == {"domain": "quay.example"}
    assert found["expected_articles"] == pytest.approx(2)
    index.close()
