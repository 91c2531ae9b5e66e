"""Ids of saved searches and alerts. Pure.

An alert's id follows from what it is raised for, so that the same one cannot be raised twice.
"""

from hashlib import sha256


def alert_id(search_id: str, kind: str, subject: str) -> str:
    """Return the id of the alert of a saved search for a subject, 32 hexadecimal digits.

    >>> alert_id("0" * 16, "story", "a") == alert_id("0" * 16, "story", "a")
    True
    """
    return sha256(f"{search_id}\n{kind}\n{subject}".encode()).hexdigest()[:32]


def search_id(name: str, created: str) -> str:
    """Return the id of a saved search by its name and the instant it was made at, 16 hexadecimal digits."""
    return sha256(f"{name}\n{created}".encode()).hexdigest()[:16]
