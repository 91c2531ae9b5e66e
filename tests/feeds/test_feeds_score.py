"""`newswire evaluate feeds`: nothing crashes and nothing is missed on real and broken files of five feed readers."""

import gzip
import io
import json
import resource
import tarfile
from pathlib import Path

import pytest

from pipeline.evaluate.feeds import find_examples, score
from pipeline.feeds.feed_list import BadRow, read_feed_list
from schemas.errors import ConfigurationError


@pytest.mark.slow
def test_readers_hold_on_the_collection(shared_dir: Path) -> None:
    """Over all files: no crash, nowhere fewer entries than feedparser, no figure below its baseline, bounded time."""
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = score(shared_dir / "data" / "feeds.tar.gz")
    assert found.records == 821
    assert (found.figures["crashes"], found.figures["files_fewer_entries"]) == (0, 0)
    assert found.figures["files_fewer_facts"] <= found.baseline["files_fewer_facts"]
    for name, value in found.figures.items():
        if not name.startswith("files_fewer") and name.endswith(
            ("_entries", "_facts", "_expected", "_rows", "_whole", "_addresses", "_records")
        ):
            assert value >= found.baseline[name], name
    assert found.figures["opml_files_whole"] == 59
    assert (found.figures["robots_expected"], found.figures["json_expected"]) == (1.0, 1.0)
    assert found.figures["warc_broken_reported"] == 6
    assert found.figures["addresses_expected"] > 0.9
    assert found.figures["files_too_slow"] == 0
    assert found.figures["peak_memory_mb"] - before_mb < 256


@pytest.mark.slow
def test_each_file_with_fewer_facts_has_its_reason(shared_dir: Path) -> None:
    """Where feedparser has more, it is a content that is no article: shorter than half its summary, or no text."""
    lines = [*find_examples(shared_dir / "data" / "feeds.tar.gz", None, 10)]
    fewer = [line for line in lines if line.startswith("fewer facts than feedparser: ")]
    assert 0 < len(fewer) < 10
    for line in fewer:
        facts, _, reasons = line.partition("; ")
        assert facts.rpartition(": ")[2].endswith(" content"), line
        assert "taken for the text" in reasons or "is no text" in reasons, line
    assert sum(line.startswith("broken archive: ") for line in lines) == 4
    assert sum(line.startswith("slowest: ") for line in lines) == 10


def test_list_of_real_feeds_is_read_whole(shared_dir: Path) -> None:
    """Every row of the list of real news sites is a feed or a repetition of one."""
    value = (shared_dir / "data" / "feed_list.jsonl.gz").read_bytes()
    rows = list(read_feed_list(value))
    written = {json.loads(line)["feed_url"] for line in gzip.decompress(value).splitlines()}
    assert not [row for row in rows if isinstance(row, BadRow)]
    assert len(rows) >= len(written) * 0.99


def _collection(folder: Path, members: dict[str, tuple[str, bytes]]) -> Path:
    path = folder / "feeds.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, (_, value) in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(value)
            archive.addfile(entry, io.BytesIO(value))
    rows = "".join(
        json.dumps({"file": name, "suite": "own", "kind": kind}) + "\n" for name, (kind, _) in members.items()
    )
    (folder / "feeds_manifest.jsonl.gz").write_bytes(gzip.compress(rows.encode()))
    return path


def test_small_collection_is_scored_by_kind(tmp_path: Path) -> None:
    """Each kind is scored by its reader; a file name that climbs out of the archive is data and opens nothing."""
    path = _collection(
        tmp_path,
        {
            "../../rss_channel_item_title.xml": (
                "rss",
                b"<rss><channel><item><title>Fog</title></item></channel></rss>",
            ),
            "list.opml": ("opml", b"<opml><body><outline text='A & B' xmlUrl='http://a.example/f'/></body></opml>"),
            "map.xml": ("sitemap", b"<urlset><url><loc>http://a.example/?a=1&b=2</loc></url></urlset>"),
            "bad.warc": ("warc", b"no archive"),
        },
    )
    found = score(path)
    assert (found.figures["own_entries"], found.figures["own_expected"]) == (1, 1.0)
    assert (found.figures["opml_rows"], found.baseline["opml_rows"]) == (1, 0)
    assert found.figures["sitemap_addresses"] == 1
    assert found.figures["warc_broken_reported"] == 1


def test_collection_without_manifest_is_refused(tmp_path: Path) -> None:
    """Without its manifest the archive cannot be scored, and the message names the file."""
    (tmp_path / "feeds.tar.gz").write_bytes(b"")
    with pytest.raises(ConfigurationError, match=r"feeds_manifest\.jsonl\.gz"):
        score(tmp_path / "feeds.tar.gz")
