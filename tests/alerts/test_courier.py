"""Alerts arrive: through receivers that are down, processes that are killed, and several couriers at once."""

import asyncio
from datetime import timedelta

from pipeline.alerts.courier import GIVE_UP_AFTER, LEASE
from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.metrics import ALERTS_FAILED, ALERTS_PENDING, ALERTS_POSTPONED, ALERTS_RAISED, ALERTS_SENT
from schemas.alert import DeliveryState, FileSink
from schemas.errors import ALERT_REFUSED, ConfigurationError, Rejected, Unavailable
from schemas.message import Message
from tests.alerts.newsdesk import HOOK, Newsdesk

ENDS = (ALERTS_SENT, ALERTS_POSTPONED, ALERTS_FAILED)


class Killed(BaseException):
    """The process ends here."""


async def deliver_for(newsdesk: Newsdesk, seconds: int) -> None:
    """Look for what is due, as the role does, every two seconds."""
    for _ in range(0, seconds, 2):
        await newsdesk.courier.deliver_due()
        newsdesk.later(2)


async def test_an_alert_is_told_once(newsdesk: Newsdesk) -> None:
    """What was sent is noted, and not sent again."""
    newsdesk.save()
    newsdesk.matcher.raise_alerts([newsdesk.publish("a"), newsdesk.publish("b")])
    await deliver_for(newsdesk, 600)
    assert sorted(one.title for one in newsdesk.desk.told) == ["News of a", "News of b"]
    assert {one.state for one in newsdesk.alerts()} == {DeliveryState.SENT}


async def test_a_receiver_that_is_down_for_five_minutes(newsdesk: Newsdesk) -> None:
    """Alerts wait for it, are tried ever more seldom, and arrive once each when it is back."""
    newsdesk.save()
    newsdesk.desk.down_until_s = newsdesk.clock.monotonic_s() + 300
    newsdesk.matcher.raise_alerts([newsdesk.publish("a")])
    await deliver_for(newsdesk, 290)
    (waiting,) = newsdesk.alerts()
    assert (waiting.state, waiting.deliveries[0].error) == (DeliveryState.PENDING, "connection refused")
    assert 4 <= newsdesk.desk.attempts <= 8
    newsdesk.matcher.raise_alerts([newsdesk.publish("b"), newsdesk.publish("copy", "a")])
    await deliver_for(newsdesk, 500)
    assert sorted(one.title for one in newsdesk.desk.told) == ["News of a", "News of b"]
    assert {one.deliveries[0].error for one in newsdesk.alerts()} == {""}


async def test_killed_between_match_and_send(newsdesk: Newsdesk) -> None:
    """A match that nobody has sent is sent by the next process, though its event is acknowledged."""
    newsdesk.save()
    newsdesk.matcher.raise_alerts([newsdesk.publish("a")])
    newsdesk.courier = newsdesk.new_courier()
    await newsdesk.courier.deliver_due()
    assert [one.title for one in newsdesk.desk.told] == ["News of a"]


async def test_killed_while_sending(newsdesk: Newsdesk) -> None:
    """Who dies with an alert in hand leaves it to the next one when the claim ends; the id is the same."""
    newsdesk.save()
    newsdesk.matcher.raise_alerts([newsdesk.publish("a")])
    newsdesk.desk.answers = [Killed()]
    try:
        await newsdesk.courier.deliver_due()
    except Killed:
        newsdesk.courier = newsdesk.new_courier()
    await newsdesk.courier.deliver_due()
    assert newsdesk.desk.told == []
    newsdesk.later(LEASE.total_seconds())
    await newsdesk.courier.deliver_due()
    assert [one.alert_id for one in newsdesk.desk.told] == [newsdesk.alerts()[0].alert_id]


async def test_two_couriers_send_once(newsdesk: Newsdesk) -> None:
    """Of several that see the same alerts, one sends each."""
    newsdesk.save()
    newsdesk.matcher.raise_alerts([newsdesk.publish(f"article {n}") for n in range(12)])
    couriers = [newsdesk.new_courier() for _ in range(3)]
    await asyncio.gather(*(one.deliver_due() for one in couriers))
    assert len(newsdesk.desk.told) == len({one.alert_id for one in newsdesk.desk.told}) == 12


async def test_refused_for_good(newsdesk: Newsdesk) -> None:
    """An alert that is refused for good is tried once, and leaves a dead letter that says whose and why."""
    saved = newsdesk.save()
    newsdesk.desk.answers = [Rejected(ALERT_REFUSED, "the webhook answered 404")]
    grouped = newsdesk.publish("a")
    newsdesk.matcher.raise_alerts([grouped])
    await deliver_for(newsdesk, 600)
    assert newsdesk.desk.attempts == 1
    (letter,) = newsdesk.letters.sent
    message = Message(letter.topic, 0, 0, 0, letter.key, letter.value, letter.headers)
    facts = parse_dead_letter(message)
    assert (facts.stage, facts.reason, facts.offset) == ("alert", ALERT_REFUSED, grouped.message.offset)
    assert facts.error_message == f"saved search '{saved.name}', webhook: the webhook answered 404"
    assert (letter.key, letter.value) == (grouped.message.key, grouped.message.value)


async def test_given_up_after_a_day(newsdesk: Newsdesk) -> None:
    """A receiver that is down for longer than a day loses the alert to the dead letters, not silently."""
    newsdesk.save()
    newsdesk.desk.down_until_s = newsdesk.clock.monotonic_s() + timedelta(days=3).total_seconds()
    newsdesk.matcher.raise_alerts([newsdesk.publish("a")])
    for _ in range(60):
        await newsdesk.courier.deliver_due()
        newsdesk.later(1800)
    assert newsdesk.clock.now() - newsdesk.alerts()[0].raised_at > GIVE_UP_AFTER
    assert newsdesk.alerts()[0].state is DeliveryState.FAILED
    assert "given up after" in newsdesk.alerts()[0].deliveries[0].error
    assert len(newsdesk.letters.sent) == 1


async def test_each_receiver_for_itself(newsdesk: Newsdesk) -> None:
    """One receiver that refuses, waits or is not set up keeps the alert from no other; each is told once."""
    newsdesk.save(sinks=(HOOK, FileSink()))
    newsdesk.desk.answers = [ConfigurationError("no secret"), Unavailable("later")]
    newsdesk.matcher.raise_alerts([newsdesk.publish("a")])
    await newsdesk.courier.deliver_due()
    assert newsdesk.desk.told == []
    await deliver_for(newsdesk, 60)
    assert len(newsdesk.desk.told) == 2
    assert newsdesk.desk.attempts == 4


async def test_what_becomes_of_alerts_is_counted(newsdesk: Newsdesk) -> None:
    """Raised by kind; sent, postponed, given up and pending by the channel."""
    newsdesk.save(sinks=(HOOK, FileSink()))
    newsdesk.matcher.raise_alerts([newsdesk.publish("a"), newsdesk.publish("copy", "a")])
    newsdesk.desk.answers = [Unavailable("later"), Rejected(ALERT_REFUSED, "never")]
    await newsdesk.courier.count_pending()
    read = newsdesk.metrics.value
    channels = ("webhook", "mail", "file")
    assert [read(ALERTS_PENDING, stage="alert", channel=one) for one in channels] == [1, 0, 1]
    await newsdesk.courier.deliver_due()
    await newsdesk.courier.count_pending()
    assert [read(ALERTS_PENDING, stage="alert", channel=one) for one in channels] == [1, 0, 0]
    await deliver_for(newsdesk, 20)
    await newsdesk.courier.count_pending()
    assert [read(ALERTS_PENDING, stage="alert", channel=one) for one in channels] == [0, 0, 0]
    assert read(ALERTS_RAISED, stage="alert", kind="story") == 1
    counted = {metric: [read(metric, stage="alert", channel=one) for one in channels] for metric in ENDS}
    assert counted == {ALERTS_SENT: [1, 0, 0], ALERTS_POSTPONED: [1, 0, 0], ALERTS_FAILED: [0, 0, 1]}
