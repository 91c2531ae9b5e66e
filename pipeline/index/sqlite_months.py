"""What the embedded index holds by month of first sight, and dropping old months. In SQLite; search follows it."""

from collections.abc import Sequence
from typing import Final

from pipeline.index.base import IndexUsage
from pipeline.index.sqlite_layout import Database, next_change
from pipeline.index.sqlite_versions import has_versions

_USAGE: Final = """
SELECT replace(substr(first_seen_at, 1, 7), '-', '.') AS month, count(*), sum(length(packed))
FROM documents JOIN contents USING (row) GROUP BY month ORDER BY month DESC
"""
_OF_MONTH: Final = "SELECT row FROM documents WHERE replace(substr(first_seen_at, 1, 7), '-', '.') = ?"


class SqliteMonths:
    """The months of one index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def usage(self) -> list[IndexUsage]:
        """Return what each month holds, the newest first."""
        with self._database.reading() as connection:
            found = connection.execute(_USAGE).fetchall()
        return [
            IndexUsage(month, month, articles, size, is_open=True, has_alias=True) for month, articles, size in found
        ]

    def drop(self, months: Sequence[str]) -> None:
        """Delete the articles first seen in these months."""
        with self._database.writing() as connection:
            for month in months:
                if has_versions(connection):
                    ids = f"SELECT article_id FROM documents WHERE row IN ({_OF_MONTH})"  # noqa: S608
                    connection.execute(f"DELETE FROM versions WHERE article_id IN ({ids})", (month,))  # noqa: S608
                for table in ("bands", "contents", "documents"):  # documents last: they say which rows
                    connection.execute(f"DELETE FROM {table} WHERE row IN ({_OF_MONTH})", (month,))  # noqa: S608
            # The search side ends at the last change, so somebody who stays has to have it.
            newest = "SELECT row FROM documents ORDER BY change DESC LIMIT 1"
            change = next_change(connection)
            connection.execute(f"UPDATE documents SET change = ? WHERE row = ({newest})", (change,))  # noqa: S608
