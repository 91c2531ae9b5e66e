"""The layout of the poller's file. Knows of feeds only their tables."""

from typing import Final

from pipeline.sqlite_file import Layout

# Times are milliseconds since 1970, UTC. `items` says what of each feed is known; `articles` which feed an article
# belongs to, under each id that it may arrive with; `tail` how far the log was written when the state was.
_TABLES: Final = """
CREATE TABLE feeds (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, given_url TEXT NOT NULL, host TEXT NOT NULL, title TEXT,
    site_url TEXT, source TEXT, language TEXT, country TEXT, tags TEXT NOT NULL DEFAULT '[]',
    kind TEXT NOT NULL DEFAULT 'feed', full_text TEXT, added_at INTEGER NOT NULL, next_poll_at INTEGER NOT NULL,
    last_poll_at INTEGER, last_success_at INTEGER, last_new_at INTEGER, etag TEXT, last_modified TEXT, body_hash BLOB,
    unchanged INTEGER NOT NULL DEFAULT 0, is_etag_wrong INTEGER NOT NULL DEFAULT 0,
    rhythm_s REAL, interval_s REAL, failures INTEGER NOT NULL DEFAULT 0, reason TEXT, detail TEXT,
    polls INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0, claim TEXT);
CREATE INDEX feeds_by_turn ON feeds (next_poll_at);
CREATE UNIQUE INDEX feeds_by_given_url ON feeds (given_url);
CREATE TABLE items (
    feed_id INTEGER NOT NULL, key BLOB NOT NULL, article_id BLOB NOT NULL, digest BLOB NOT NULL,
    versions INTEGER NOT NULL, attempts INTEGER NOT NULL, first_at INTEGER NOT NULL,
    PRIMARY KEY (feed_id, key)) WITHOUT ROWID;
CREATE INDEX items_by_article ON items (article_id);
CREATE TABLE articles (
    id BLOB PRIMARY KEY, article_id BLOB NOT NULL, feed_id INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tail (partition INTEGER PRIMARY KEY, next_offset INTEGER NOT NULL) WITHOUT ROWID;
"""
LAYOUT: Final = Layout(
    "the state of feeds",
    _TABLES,
    application_id=0x4E574644,  # "NWFD"
    mend="move it away to begin a new one",
)
