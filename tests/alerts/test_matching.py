"""Which alerts are raised: once a story, whatever comes again, grows, joins, or was there before."""

from pipeline.delivery.dead_letter import REPLAYS_HEADER
from schemas.alert import AlertKind, DeliveryState
from schemas.errors import ALERT_REFUSED, Rejected
from tests.alerts.newsdesk import HOOK, Newsdesk
from tests.index.making import article_id


def test_a_story_raises_one_alert_however_it_grows(newsdesk: Newsdesk) -> None:
    """A story that grows from 1 to 40 copies, one by one and in batches, raises one alert."""
    newsdesk.save()
    assert newsdesk.matcher.raise_alerts([newsdesk.publish("first")]) == 1
    assert [newsdesk.matcher.raise_alerts([newsdesk.publish(f"copy {n}", "first")]) for n in range(9)] == [0] * 9
    batch = [newsdesk.publish(f"copy {n}", "first") for n in range(9, 39)]
    assert newsdesk.matcher.raise_alerts(batch) == 0
    (alert,) = newsdesk.alerts()
    assert (alert.kind, alert.subject, alert.title) == (AlertKind.STORY, article_id("first"), "News of first")
    assert [one.sink for one in alert.deliveries] == [HOOK]


def test_events_that_come_again_raise_nothing(newsdesk: Newsdesk) -> None:
    """The same events, redelivered whole, in part and out of order, raise no second alert."""
    newsdesk.save()
    batch = [newsdesk.publish("a"), newsdesk.publish("b"), newsdesk.publish("c", "a")]
    assert newsdesk.matcher.raise_alerts(batch) == 2
    assert newsdesk.matcher.raise_alerts(batch[::-1]) == 0
    assert newsdesk.matcher.raise_alerts(batch[1:]) == 0
    assert len(newsdesk.alerts()) == 2


def test_only_what_the_search_finds(newsdesk: Newsdesk) -> None:
    """Articles that do not match raise nothing; each search of several raises its own alert for the same story."""
    newsdesk.save("ferry")
    newsdesk.save("ferry -storm")
    newsdesk.save("zeppelin")
    events = [newsdesk.publish("a", text="The ferry sails in the storm."), newsdesk.publish("b", text="A bridge.")]
    assert newsdesk.matcher.raise_alerts(events) == 1
    assert newsdesk.matcher.raise_alerts([newsdesk.publish("c")]) == 2


def test_a_copy_can_be_the_first_to_match(newsdesk: Newsdesk) -> None:
    """A story whose first article says nothing of it raises its alert at the first article that does."""
    newsdesk.save()
    assert newsdesk.matcher.raise_alerts([newsdesk.publish("a", text="Nothing yet.")]) == 0
    assert newsdesk.matcher.raise_alerts([newsdesk.publish("b", "a")]) == 1
    assert newsdesk.alerts()[0].text == "story with 2 articles: News of b (Harbour Post)"


def test_every_copy_when_asked_for(newsdesk: Newsdesk) -> None:
    """With every copy, each article raises an alert of its own, once."""
    newsdesk.save(every_copy=True)
    events = [newsdesk.publish("a"), newsdesk.publish("b", "a"), newsdesk.publish("c", "a")]
    assert newsdesk.matcher.raise_alerts(events) == 3
    assert newsdesk.matcher.raise_alerts(events) == 0
    assert {one.kind for one in newsdesk.alerts()} == {AlertKind.ARTICLE}


def test_joined_stories_raise_nothing_new(newsdesk: Newsdesk) -> None:
    """A story that was told and becomes a part of another one is not told again, nor is the one it joined."""
    newsdesk.save()
    newsdesk.matcher.raise_alerts([newsdesk.publish("small"), newsdesk.publish("more", "small")])
    assert newsdesk.matcher.raise_alerts([newsdesk.publish("large", text="Not a word.")]) == 0
    assert newsdesk.matcher.raise_alerts(newsdesk.join("small", "large")[1:]) == 0
    assert newsdesk.matcher.raise_alerts([newsdesk.publish("last", "large")]) == 0
    assert len(newsdesk.alerts()) == 1


def test_what_was_there_before_is_not_news(newsdesk: Newsdesk) -> None:
    """What was grouped before a search was saved, or while it was paused, raises nothing, also when it is read late."""
    before = newsdesk.publish("a")
    newsdesk.later(1)
    saved = newsdesk.save()
    assert newsdesk.matcher.raise_alerts([before]) == 0
    newsdesk.store.pause(saved.search_id)
    meanwhile = newsdesk.publish("b")
    assert newsdesk.matcher.raise_alerts([meanwhile]) == 0
    newsdesk.later(1)
    newsdesk.store.resume(saved.name, newsdesk.clock.now())
    assert newsdesk.matcher.raise_alerts([meanwhile]) == 0
    assert newsdesk.matcher.raise_alerts([newsdesk.publish("c")]) == 1


async def test_a_replayed_dead_letter_is_told_again(newsdesk: Newsdesk) -> None:
    """An alert that could not be told is told again when a person sends its dead letter again, with the same id."""
    newsdesk.save()
    newsdesk.desk.answers = [Rejected(ALERT_REFUSED, "the webhook answered 404")]
    newsdesk.matcher.raise_alerts([newsdesk.publish("a")])
    await newsdesk.courier.deliver_due()
    (alert,) = newsdesk.alerts()
    assert (alert.state, newsdesk.desk.told) == (DeliveryState.FAILED, [])
    newsdesk.matcher.raise_alerts([newsdesk.publish("a", headers=((REPLAYS_HEADER, b"1"),))])
    await newsdesk.courier.deliver_due()
    assert [one.alert_id for one in newsdesk.desk.told] == [alert.alert_id]
    assert newsdesk.alerts()[0].state is DeliveryState.SENT
