"""The trace tells the truth of each kind of article, on both runtimes."""

from datetime import timedelta

from pipeline.cli.trace import describe
from pipeline.clock import SystemClock
from pipeline.log.tools import read_topic
from pipeline.monitoring.trace import State, Trace
from pipeline.monitoring.trace_reading import read_evidence
from pipeline.monitoring.trace_steps import Stage
from schemas.topics import RAW
from tests.monitoring.world import (
    BACK_FILLED,
    COPY,
    DEAD,
    LATE,
    NO_ARTICLE,
    NORMAL,
    ORIGINAL,
    UPDATED,
    WITHDRAWN,
    World,
)


def stages(trace: Trace) -> list[Stage]:
    """Return the stages of the path, in order."""
    return [step.stage for step in trace.steps]


ALL = [Stage.RECEIVED, Stage.ENRICHED, Stage.INDEXED, Stage.GROUPED]


def test_a_normal_article(world: World) -> None:
    """Each stage once, in order of time, with where from, by which version, how long, and where to."""
    trace = world.trace(NORMAL)
    assert (trace.state, stages(trace), trace.title) == (State.INDEXED, ALL, "Report 0")
    received, enriched, _, grouped = trace.steps
    assert received.facts["received_from"] == "https://harbour-post.example/feed"
    assert {step.raw_position for step in trace.steps[:3]} == {received.position}
    assert enriched.facts["enrichment_version"] >= 1
    assert enriched.facts["milliseconds"]["extraction"] > 0
    assert "is_copy" in grouped.facts
    assert trace.index is not None
    assert trace.index["index"].endswith("2024.05")
    assert trace.index["story_id"] == grouped.facts["story_id"]
    assert [step.at for step in trace.steps] == sorted(step.at for step in trace.steps)


def test_a_copy(world: World) -> None:
    """It says of what it is a copy, as the index does."""
    trace = world.trace(COPY)
    assert (trace.state, stages(trace)) == (State.INDEXED, ALL)
    assert trace.index is not None
    assert trace.steps[-1].facts["copy_of"] == trace.index["copy_of"] == ORIGINAL
    assert f"a copy of {ORIGINAL}" in trace.summary


def test_an_updated_article(world: World) -> None:
    """Both versions went the whole way, and the index has the newer one."""
    trace = world.trace(UPDATED)
    assert trace.state is State.INDEXED
    assert [step.version for step in trace.steps if step.stage is Stage.RECEIVED] == [1, 2]
    assert [step.version for step in trace.steps if step.stage is Stage.INDEXED] == [1, 2]
    assert trace.index is not None
    assert trace.index["version"] == 2


def test_a_dead_letter(world: World) -> None:
    """What could not be read is told with stage, reason and the dead letter's id."""
    trace = world.trace(DEAD)
    assert (trace.state, stages(trace)) == (State.REFUSED, [Stage.RECEIVED, Stage.REFUSED])
    assert trace.index is None
    refused = trace.steps[-1].facts
    assert (refused["stage"], refused["reason"], refused["of"]) == ("enrich", "decode", trace.steps[0].position)
    assert refused["letter"].partition("-")[0].isdigit()
    assert "decode" in trace.summary


def test_not_an_article(world: World) -> None:
    """What was received and is no article is told apart from what failed."""
    trace = world.trace(NO_ARTICLE)
    assert (trace.state, stages(trace)) == (State.NOT_AN_ARTICLE, [Stage.RECEIVED, Stage.REFUSED])
    assert trace.steps[-1].facts["reason"] == "not-an-article"


def test_a_back_filled_article(world: World) -> None:
    """Its whole way is marked as back-fill."""
    trace = world.trace(BACK_FILLED)
    assert (trace.state, stages(trace)) == (State.INDEXED, ALL)
    assert [step.backfill for step in trace.steps[:3]] == [True, True, True]
    assert not any(step.backfill for step in world.trace(NORMAL).steps)


def test_a_withdrawn_article(world: World) -> None:
    """Everything that happened to it is told, and that nobody is shown it."""
    trace = world.trace(WITHDRAWN)
    assert trace.state is State.WITHDRAWN
    assert [step.version for step in trace.steps if step.stage is Stage.RECEIVED] == [1, 2, 1]
    assert trace.index is not None
    assert (trace.index["version"], trace.index["withdrawn"]) == (2, True)


def test_an_article_that_waits(world: World) -> None:
    """While no worker has taken it, it is told which stage it waits for, and how many are before it."""
    trace = world.trace(LATE)
    assert (trace.state, stages(trace), trace.waiting_for, trace.ahead) == (
        State.WAITING,
        [Stage.RECEIVED],
        "enrich",
        0,
    )


def test_nobody_knows_it(world: World) -> None:
    """An id that was never seen is unknown, and nothing is made up."""
    trace = world.trace("f" * 32)
    assert (trace.state, trace.steps, trace.index) == (State.UNKNOWN, (), None)


def test_a_time_cuts_off_what_is_older(world: World) -> None:
    """With `since`, messages before it are not read; those after it are all found."""
    message = next(one for one in read_topic(world.log, RAW.name) if one.key == NORMAL.encode())
    late = SystemClock().now() + timedelta(hours=1)
    assert read_evidence(world.log, world.index, NORMAL, since=late).messages == []
    early = late - timedelta(days=1)
    assert message in read_evidence(world.log, world.index, NORMAL, since=early).messages


def test_every_trace_can_be_read(world: World) -> None:
    """The lines for people name the state first, and every stage."""
    for wanted in (NORMAL, COPY, UPDATED, DEAD, NO_ARTICLE, BACK_FILLED, LATE):
        trace = world.trace(wanted)
        lines = list(describe(trace))
        assert lines[0].startswith(wanted)
        assert lines[1] == trace.summary
        assert all(any(step.stage.value in line for line in lines) for step in trace.steps)
        assert "None" not in " ".join(lines)
