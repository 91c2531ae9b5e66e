"""The file of listed outlets: the claims of each list, and what they come to for each domain. Claims in, `Source` out.

One SQLite file, read by every step as it looks up publishers: a registry of any size costs nothing at the start, and an
import takes effect in programs that run already. Merging is `sources.merge`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from pipeline.sources.merge import BY_HAND, FEEDS_TRUST, SHIPPED_TRUST, Merged, merge_claims
from pipeline.sources.names import normalise_name
from pipeline.sources.registry import Listed
from pipeline.sqlite_file import Layout, SqliteFile
from schemas.source import OutletClaim, Source

# `stronger` are the facts that lists say which are trusted more than what is shipped.
_TABLES: Final = """
CREATE TABLE lists (name TEXT PRIMARY KEY, trust INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE claims (number INTEGER PRIMARY KEY, domain TEXT NOT NULL, list_name TEXT NOT NULL, place TEXT NOT NULL,
    record TEXT NOT NULL);
CREATE INDEX claims_by_domain ON claims (domain);
CREATE INDEX claims_by_list ON claims (list_name);
CREATE TABLE outlets (domain TEXT PRIMARY KEY, id TEXT NOT NULL, name_key TEXT NOT NULL, trust INTEGER NOT NULL,
    record TEXT NOT NULL, stronger TEXT) WITHOUT ROWID;
CREATE INDEX outlets_by_id ON outlets (id);
CREATE INDEX outlets_by_name ON outlets (name_key);
"""
_LAYOUT: Final = Layout(
    "the file of listed outlets",
    _TABLES,
    application_id=0x4E574F4C,  # "NWOL"
    mend="move it away and import the lists again",
)


@dataclass(frozen=True, slots=True)
class OutletList:
    """A list, how far it is trusted, and how much it claims."""

    name: str
    trust: int
    claims: int
    domains: int


class OutletStore(SqliteFile):
    """The file of lists. Reading is safe for several threads."""

    def __init__(self, path: Path) -> None:
        """Open it. Errors as `SqliteFile`."""
        # Lists can be imported again, and feeds say it again.
        super().__init__(path, _LAYOUT, synchronous="NORMAL")

    def put_lists(self, claims: Iterable[OutletClaim], trust: Mapping[str, int]) -> int:
        """Let whole lists say this and nothing else; `trust` names them all. Return how many domains they touch.

        Idempotent. Raises:
            Unavailable: another process keeps the file busy; nothing was changed.
        """
        with self._transaction():
            touched = set()
            for name in trust:
                touched |= {row[0] for row in self._rows("SELECT domain FROM claims WHERE list_name = ?", name)}
                self._connection.execute("DELETE FROM claims WHERE list_name = ?", (name,))
            return self._put(claims, trust, touched)

    def put_claims(self, claims: Sequence[OutletClaim], list_name: str, trust: int) -> int:
        """Let one list say this at these places, beside what it says elsewhere; the same again changes nothing.

        As `put_lists`.
        """
        new = [claim for claim in claims if self._said_at(list_name, claim) != [_encode(claim)]]
        if not new:
            return 0
        with self._transaction():
            for claim in new:
                self._connection.execute(
                    "DELETE FROM claims WHERE domain = ? AND list_name = ? AND place = ?",
                    (claim.domain, list_name, claim.place),
                )
            return self._put(new, {list_name: trust}, set())

    def _said_at(self, list_name: str, claim: OutletClaim) -> list[str]:
        rows = self._rows(
            "SELECT record FROM claims WHERE domain = ? AND list_name = ? AND place = ?",
            claim.domain,
            list_name,
            claim.place,
        )
        return [record for (record,) in rows]

    def at(self, host: str) -> Listed | None:
        """Return what stands under exactly this host name."""
        row = next(iter(self._rows("SELECT record, stronger FROM outlets WHERE domain = ?", host)), None)
        return Listed(Source.model_validate_json(row[0]), json.loads(row[1]) if row[1] else {}) if row else None

    def get(self, source_id: str) -> Source | None:
        """Return the source with this id, with all its domains."""
        return _joined(self._rows("SELECT record FROM outlets WHERE id = ? ORDER BY domain", source_id))

    def find_name(self, name: str) -> Source | None:
        """Return the source that bears this name, None when there is none or several do."""
        ids = self._rows("SELECT DISTINCT id FROM outlets WHERE name_key = ? LIMIT 2", normalise_name(name))
        return self.get(ids[0][0]) if len(ids) == 1 else None

    def all(self) -> Iterator[Source]:
        """Yield all sources, by id."""
        rows = self._rows("SELECT id, record FROM outlets ORDER BY id, domain")
        for _, same in groupby(rows, key=lambda row: str(row[0])):
            source = _joined([(record,) for _, record in same])
            if source is not None:
                yield source

    def merged(self, domain: str) -> Merged | None:
        """Return who says what of a domain, None when nobody says anything."""
        claims = self._claims(domain)
        return merge_claims(domain, claims, self._trust()) if claims else None

    def by_hand(self, domain: str) -> OutletClaim | None:
        """Return what a person has said of a domain."""
        return next((claim for claim in self._claims(domain) if claim.list_name == BY_HAND), None)

    def lists(self) -> list[OutletList]:
        """Return the lists, the most trusted first."""
        return [
            OutletList(name, int(trust), int(claims), int(domains))
            for name, trust, claims, domains in self._rows(
                "SELECT name, trust, count(number), count(DISTINCT domain) FROM lists LEFT JOIN claims"
                " ON list_name = name GROUP BY name, trust ORDER BY trust DESC, name"
            )
        ]

    def counts(self) -> tuple[int, int]:
        """Return how many sources were listed, and how many are provisional."""
        query = "SELECT count(DISTINCT iif(trust > ?, id, NULL)), count(iif(trust > ?, NULL, 1)) FROM outlets"
        ((listed, provisional),) = self._rows(query, FEEDS_TRUST, FEEDS_TRUST)
        return int(listed), int(provisional)

    def _put(self, claims: Iterable[OutletClaim], trust: Mapping[str, int], touched: set[str]) -> int:
        self._connection.executemany("INSERT OR REPLACE INTO lists VALUES (?, ?)", trust.items())

        def rows() -> Iterator[tuple[str, str, str, str]]:
            for claim in claims:
                touched.add(claim.domain)
                yield claim.domain, claim.list_name, claim.place, _encode(claim)

        self._connection.executemany(
            "INSERT INTO claims (domain, list_name, place, record) VALUES (?, ?, ?, ?)", rows()
        )
        all_trust = self._trust()
        self._connection.executemany("DELETE FROM outlets WHERE domain = ?", [(domain,) for domain in touched])
        self._connection.executemany(
            "INSERT INTO outlets VALUES (?, ?, ?, ?, ?, ?)",
            (row for domain in sorted(touched) if (row := self._outlet(domain, all_trust))),
        )
        return len(touched)

    def _outlet(self, domain: str, trust: Mapping[str, int]) -> tuple[str, str, str, int, str, str | None] | None:
        claims = self._claims(domain)
        if not claims:
            return None
        merged = merge_claims(domain, claims, trust)
        source = merged.source
        strong = [claim for claim in claims if trust[claim.list_name] > SHIPPED_TRUST]
        stronger = merge_claims("", strong, trust).facts if strong else {}
        # The id stays that of the shipped row: articles and saved searches hold it.
        stronger.pop("id", None)
        record = source.model_dump_json(exclude_defaults=True)
        extra = json.dumps(stronger, ensure_ascii=False) if stronger else None
        return domain, source.id, normalise_name(source.name), merged.trust, record, extra

    def _claims(self, domain: str) -> list[OutletClaim]:
        rows = self._rows("SELECT record FROM claims WHERE domain = ? ORDER BY number", domain)
        return [OutletClaim.model_validate_json(record) for (record,) in rows]

    def _trust(self) -> dict[str, int]:
        return {name: int(trust) for name, trust in self._rows("SELECT name, trust FROM lists")}


def _encode(claim: OutletClaim) -> str:
    return claim.model_dump_json(exclude_defaults=True)


def _joined(rows: Sequence[tuple[str, ...]]) -> Source | None:
    sources = [Source.model_validate_json(record) for (record,) in rows]
    if not sources:
        return None
    domains = tuple(domain for source in sources for domain in source.domains)
    return sources[0].model_copy(update={"domains": domains})
