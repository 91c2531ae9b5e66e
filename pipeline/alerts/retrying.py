"""When a sink that could not be told is tried again, and when it is given up. Pure."""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from schemas.alert import Alert, Delivery, DeliveryState

FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 1800.0
JITTER: Final = 0.2
"""Many alerts that wait for one receiver must not all ask it in the same second."""
MAX_ERROR_CHARS: Final = 500


def next_attempt(attempts: int, now: datetime, random: Random) -> datetime:
    """Return when to try again: after 5 s, doubled with each attempt up to half an hour, a fifth more or less."""
    pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(attempts - 1, 16))
    return now + timedelta(seconds=pause_s * random.uniform(1 - JITTER, 1 + JITTER))


def claimed(alert: Alert, now: datetime, lease: timedelta) -> Alert:
    """Return the alert with each delivery that is due counted as attempted, and due again when the lease ends.

    Stored before anything is sent: who dies in between leaves it to the next one, and two do not send at once.
    """
    return alert.model_copy(
        update={
            "deliveries": tuple(
                one.model_copy(update={"attempts": one.attempts + 1, "due_at": now + lease})
                if is_due(one, now)
                else one
                for one in alert.deliveries
            )
        }
    )


def is_due(delivery: Delivery, now: datetime) -> bool:
    """Whether the sink is to be told now."""
    return delivery.state is DeliveryState.PENDING and delivery.due_at is not None and delivery.due_at <= now


def sent(delivery: Delivery, now: datetime) -> Delivery:
    """Return the delivery as done."""
    return delivery.model_copy(update={"state": DeliveryState.SENT, "due_at": None, "done_at": now, "error": ""})


def failed(delivery: Delivery, now: datetime, error: str) -> Delivery:
    """Return the delivery as given up."""
    changes = {"state": DeliveryState.FAILED, "due_at": None, "done_at": now, "error": error[:MAX_ERROR_CHARS]}
    return delivery.model_copy(update=changes)


def postponed(delivery: Delivery, error: str, due_at: datetime) -> Delivery:
    """Return the delivery with its next attempt."""
    return delivery.model_copy(update={"due_at": due_at, "error": error[:MAX_ERROR_CHARS]})


def revived(alert: Alert, now: datetime) -> Alert:
    """Return the alert with those deliveries due again that were given up."""
    fresh = {"state": DeliveryState.PENDING, "attempts": 0, "due_at": now, "done_at": None}
    return alert.model_copy(
        update={
            "deliveries": tuple(
                one.model_copy(update=fresh) if one.state is DeliveryState.FAILED else one for one in alert.deliveries
            )
        }
    )
