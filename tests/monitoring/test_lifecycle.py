"""The life of what is kept: excerpts where rights allow no more, and what was taken back, on both runtimes."""

from pipeline.cli.workspace import open_workspace_at
from pipeline.index.base import Withdrawal, WriteResult
from pipeline.search.service import find
from tests.cli.conftest import run_newswire
from tests.monitoring.world import EXCERPTED, NORMAL, WITHDRAWN, World


def found(world: World, text: str) -> list[str]:
    """Return the ids of the articles that a search finds."""
    with open_workspace_at(world.settings) as workspace:
        answer = find(world.index, text, now=workspace.clock.now(), collapse=False)
    return [hit.article_id for hit in answer.page.hits]


def test_excerpt_only(world: World) -> None:
    """Of a publisher whose rights allow an excerpt, nothing beyond it is stored, searched or shown."""
    assert EXCERPTED in found(world, "herring")
    assert found(world, "porpoise") == []
    stored = world.index.get(EXCERPTED)
    assert stored is not None
    assert stored.fields["word_count"] > 100
    assert "porpoise" not in stored.stored + str(stored.fields)
    assert len(stored.fields["body"]) <= 400


def test_what_was_withdrawn_stays_away(world: World) -> None:
    """Neither a newer version nor a back-fill brings it back; it is kept with its flag, and undone by word."""
    assert WITHDRAWN not in found(world, "tugboat")
    stored = world.index.get(WITHDRAWN)
    assert stored is not None
    assert (stored.version, stored.fields["withdrawn"]) == (2, True)
    assert list(world.index.withdraw([Withdrawal(WITHDRAWN)])) == [WriteResult.UNCHANGED]


def test_the_command(world: World) -> None:
    """`newswire withdraw` takes an article out of searches and puts it back; an unknown one is said to be unknown."""
    settings = world.settings
    variables = {
        "NEWSWIRE_LOG_URL": settings.resolved_log_url,
        "NEWSWIRE_INDEX_URL": settings.resolved_index_url,
        "NEWSWIRE_TOPIC_PREFIX": settings.topic_prefix,
        "NEWSWIRE_INDEX_PREFIX": settings.index_prefix,
    }
    assert NORMAL in found(world, "lighthouse")
    done = run_newswire(settings.data_dir, "withdraw", NORMAL, "--json", **variables)
    assert done.json["articles"] == {NORMAL: "updated"}
    assert found(world, "lighthouse") == []
    assert "WITHDRAWN by operator" in run_newswire(settings.data_dir, "show", NORMAL, **variables).out
    done = run_newswire(settings.data_dir, "withdraw", NORMAL, "f" * 32, "--undo", **variables)
    assert done.code == 1
    assert "1 article put back" in done.out
    assert "f" * 32 in done.err
    assert NORMAL in found(world, "lighthouse")
