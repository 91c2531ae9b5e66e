"""What every `SampleStore` promises, wherever the samples are kept."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.index.samples import Sample, SampleStore
from schemas.sample_fields import SampleKind

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def make_sample(name: str, at: datetime = NOW, kind: SampleKind = SampleKind.STAGE, **fields: object) -> Sample:
    """Return a sample with these fields beside the common ones."""
    text = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    common = {"at": text, "kind": kind.value, "process": "quay:7", "stage": "index", "interval_s": 10.0}
    return Sample(name, at, {**common, **fields})


class SampleContract:
    """Writing twice, reading the newest, pruning what is old."""

    def test_what_was_written_is_read_newest_first(self, store: SampleStore) -> None:
        """Samples of the kinds asked for come back whole, those after `since` only, at most `limit`."""
        samples = [make_sample(str(n), NOW + timedelta(seconds=n), done=n, batch_ms=0.5) for n in range(5)]
        store.write([*samples, make_sample("r", kind=SampleKind.REASON, event="retry", reason="step", count=2)])
        assert list(store.read([SampleKind.STAGE], NOW + timedelta(seconds=2))) == [samples[4], samples[3]]
        assert list(store.read([SampleKind.STAGE], NOW - timedelta(days=1), limit=1)) == [samples[4]]
        assert len(store.read(list(SampleKind), NOW - timedelta(days=1))) == 6

    def test_written_twice_is_there_once(self, store: SampleStore) -> None:
        """The same id replaces what was there: an answer that was lost may be asked for again."""
        store.write([make_sample("a", done=1)])
        store.write([make_sample("a", done=2), make_sample("b")])
        found = {each.sample_id: each.fields.get("done") for each in store.read([SampleKind.STAGE], LONG_AGO)}
        assert found == {"a": 2, "b": None}

    def test_nothing_written_reads_as_nothing(self, store: SampleStore) -> None:
        """Before the first sample there are none, and nothing to prune."""
        assert list(store.read([SampleKind.STAGE], NOW - timedelta(days=365))) == []
        assert store.prune_before(NOW) == 0

    @pytest.mark.parametrize("dry_run", [True, False])
    def test_old_months_are_pruned(self, store: SampleStore, dry_run: bool) -> None:
        """What is older than the month of `before` goes, unless it is a dry run."""
        store.write([make_sample("old", NOW - timedelta(days=60)), make_sample("new")])
        assert store.prune_before(NOW.replace(day=1), dry_run=dry_run) == 1
        left = [sample.sample_id for sample in store.read([SampleKind.STAGE], NOW - timedelta(days=365))]
        assert left == (["new", "old"] if dry_run else ["new"])
