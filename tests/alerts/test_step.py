"""The role as the delivery loop drives it: outcomes, sending beside, and leaving in order."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

from pipeline.alerts.step import AlertStep
from pipeline.clock import SystemClock
from pipeline.delivery.outcome import Done, Refused
from pipeline.index.records import Collection
from schemas.alert import Alert, DeliveryState, Sink
from tests.alerts.newsdesk import Newsdesk


@dataclass
class SlowDesk:
    """Takes an alert after a while."""

    seconds: float
    told: list[Alert] = field(default_factory=list)

    async def send(self, alert: Alert, sink: Sink) -> None:  # noqa: ARG002 - every sink alike
        """Take the alert, later."""
        await asyncio.sleep(self.seconds)
        self.told.append(alert)


def step_of(newsdesk: Newsdesk) -> AlertStep:
    """Return the step over the newsdesk, by the machine's clock."""
    return AlertStep(newsdesk.matcher, newsdesk.courier, newsdesk.store, SystemClock())


async def test_events_are_done_and_what_is_none_is_refused(newsdesk: Newsdesk) -> None:
    """Every message has its outcome in order; one that is no event is refused and stops no other."""
    newsdesk.save()
    good = newsdesk.publish("a").message
    outcomes = await step_of(newsdesk).run([good, replace(good, value=b"{"), replace(good, value=None)])
    assert [type(one) for one in outcomes] == [Done, Refused, Refused]
    assert len(newsdesk.alerts()) == 1


async def test_alerts_are_sent_beside_the_events(newsdesk: Newsdesk) -> None:
    """An alert is sent without waiting for the next look; closing waits for what is being sent, and sends the rest."""
    newsdesk.save()
    newsdesk.desk = SlowDesk(0.3)  # type: ignore[assignment] # another desk
    newsdesk.courier = newsdesk.new_courier()
    step = step_of(newsdesk)
    step.start()
    await asyncio.sleep(0.05)
    await step.run([newsdesk.publish("a").message])
    await asyncio.sleep(0.15)
    await step.run([newsdesk.publish("b").message])
    await step.close()
    assert sorted(one.title for one in newsdesk.desk.told) == ["News of a", "News of b"]
    assert {one.state for one in newsdesk.alerts()} == {DeliveryState.SENT}


async def test_a_record_of_a_later_version_stops_nothing(newsdesk: Newsdesk) -> None:
    """What cannot be read is passed over: the other searches raise their alerts, and those are sent."""
    strange = newsdesk.save("zeppelin")
    newsdesk.later(1)
    newsdesk.save()
    held = newsdesk.index.records.read(Collection.SAVED_SEARCHES, [strange.search_id])[strange.search_id]
    newsdesk.index.records.replace([replace(held, content='{"schema_version": 9}')])
    newsdesk.matcher.raise_alerts([newsdesk.publish("a")])
    alert = newsdesk.index.records.newest(Collection.ALERTS, 1)[0]
    due = newsdesk.clock.now() - timedelta(hours=1)
    newsdesk.index.records.create([replace(alert, record_id="f" * 32, content="{}", due_at=due, revision=None)])
    await newsdesk.courier.deliver_due()
    assert [one.title for one in newsdesk.desk.told] == ["News of a"]
    assert [one.name for one in newsdesk.store.searches()] == ["about ferry"]
