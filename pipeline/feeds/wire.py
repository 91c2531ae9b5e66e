"""What readers of wire formats give: a message with its items and what was withheld. Data only."""

from dataclasses import dataclass

from pipeline.feeds.entry import Entry
from schemas.feed import FeedClaim


@dataclass(frozen=True, slots=True)
class WireItem:
    """One news item of an agency.

    `status` is `usable`, or why it must not be shown: `withheld`, `canceled`, `embargoed`. `version` as the sender
    counts; of an item's versions the highest counts. `note` is the editor's note to newsrooms, never part of the
    story; `embargoed_until` as written.
    """

    entry: Entry
    claim: FeedClaim
    status: str = "usable"
    version: str | None = None
    urgency: str | None = None
    note: str | None = None
    embargoed_until: str | None = None
    byline: str | None = None
    dateline: str | None = None

    @property
    def is_usable(self) -> bool:
        """Whether the sender lets it be shown."""
        return self.status == "usable"
