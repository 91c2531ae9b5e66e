"""How far the search side has followed the documents: which folder is in use, and up to which change. In SQLite."""

from typing import NamedTuple

from pipeline.index.sqlite_layout import Database


class Progress(NamedTuple):
    """`folder` holds all changes up to `applied`, `last_change` is the newest; somebody awaits `wanted`."""

    folder: str | None
    applied: int
    last_change: int
    wanted: int

    @property
    def pending(self) -> bool:
        """Whether there are changes that cannot be found yet."""
        return self.applied < self.last_change


class SqliteProgress:
    """Progress that all processes share."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> Progress:
        """Return where things stand."""
        query = "SELECT name, value FROM meta WHERE name IN ('folder', 'applied', 'last_change', 'wanted')"
        with self._database.reading() as connection:
            values = dict(connection.execute(query).fetchall())
        return Progress(values["folder"], values["applied"], values["last_change"], values["wanted"])

    def advance(self, folder: str, applied: int) -> None:
        """Record that `folder` holds all changes up to `applied`; nothing when another folder is in use by now."""
        with self._database.writing() as connection:
            in_use = connection.execute("SELECT value FROM meta WHERE name = 'folder'").fetchone()[0]
            if in_use == folder:
                connection.execute("UPDATE meta SET value = max(value, ?) WHERE name = 'applied'", (applied,))

    def want(self, change: int) -> None:
        """Ask whoever applies changes not to wait for more before this one."""
        with self._database.writing() as connection:
            connection.execute("UPDATE meta SET value = max(value, ?) WHERE name = 'wanted'", (change,))

    def replace_folder(self, old: str | None, new: str, applied: int = 0) -> bool:
        """Go on in folder `new`, which holds changes up to `applied`; False when another process was first."""
        with self._database.writing() as connection:
            in_use = connection.execute("SELECT value FROM meta WHERE name = 'folder'").fetchone()[0]
            if in_use != old:
                return False
            connection.execute("UPDATE meta SET value = ? WHERE name = 'folder'", (new,))
            connection.execute("UPDATE meta SET value = ? WHERE name = 'applied'", (applied,))
            return True
