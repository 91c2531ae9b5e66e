"""Articles that an operator takes back, in the documents' file of the embedded index. A connection in, outcomes out."""

import sqlite3
from typing import Final

from pipeline.index.base import Withdrawal, WriteOutcome, WriteResult
from pipeline.index.packing import pack, unpack
from pipeline.index.revisions import is_settled, withdrawn_fields
from pipeline.index.sqlite_layout import next_change
from schemas.errors import BAD_INPUT, Rejected

_HELD: Final = "SELECT row, packed FROM documents JOIN contents USING (row) WHERE article_id = ?"


def withdraw_article(connection: sqlite3.Connection, withdrawal: Withdrawal) -> WriteOutcome:
    """Set or clear what says that the article was taken back; inside a writing transaction only."""
    held = connection.execute(_HELD, (withdrawal.article_id,)).fetchone()
    if held is None:
        return Rejected(BAD_INPUT, f"article {withdrawal.article_id} is not in this index")
    row, packed = held
    fields, stored = unpack(packed)
    if is_settled(fields, withdrawal):
        return WriteResult.UNCHANGED
    changed = {name: value for name, value in {**fields, **withdrawn_fields(withdrawal)}.items() if value is not None}
    connection.execute("INSERT OR REPLACE INTO contents VALUES (?, ?)", (row, pack(changed, stored)))
    connection.execute("UPDATE documents SET change = ? WHERE row = ?", (next_change(connection), row))
    return WriteResult.UPDATED
