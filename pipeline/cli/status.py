"""`newswire status`: what is in the log and the index, what waits, and what was refused."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import print_json, print_table
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pipeline.log.base import Log

READ_AT_ONCE = 1000


def status(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Show topics, waiting work, the size of the index and dead letters by reason.

    Example: newswire status --json
    """
    with open_workspace() as workspace:
        report = build_status(workspace.log)
        report["index"] = {"articles": workspace.index.count()}
    if as_json:
        print_json(report)
        return
    print_table(
        [(name, facts["messages"], _waiting(facts["lag"])) for name, facts in report["topics"].items()],
        ("topic", "messages", "waiting"),
    )
    typer.echo(f"\nindex: {report['index']['articles']:,} articles")
    reasons = report["dead_letters"]
    if reasons:
        typer.echo("\ndead letters (newswire dead-letters list)")
        print_table(sorted(reasons.items(), key=lambda item: -item[1]), ("reason", "count"))
    else:
        typer.echo("no dead letters")


def _waiting(lag: dict[str, int]) -> str:
    return ", ".join(f"{group} {count:,}" for group, count in lag.items()) or "–"


def build_status(log: "Log") -> dict[str, Any]:
    """Return messages per topic, lag per consumer group, and dead letters by reason."""
    from pipeline.roles import ROLES
    from schemas.topics import TOPICS

    topics: dict[str, Any] = {}
    for topic in TOPICS:
        kept = sum(span.end - span.begin for span in log.offsets(topic.name).values())
        lag = {role.group: sum(log.lag(role.group, [topic.name]).values()) for role in ROLES if topic in role.inputs}
        topics[topic.name] = {"messages": kept, "lag": lag}
    return {"topics": topics, "dead_letters": dict(count_dead_letters(log))}


def count_dead_letters(log: "Log") -> Counter[str]:
    """Return how many dead letters are kept for each reason."""
    from pipeline.delivery.dead_letter import parse_dead_letter
    from pipeline.log.tools import read_topic
    from schemas.errors import Rejected
    from schemas.topics import DEAD_LETTER

    reasons: Counter[str] = Counter()
    for message in read_topic(log, DEAD_LETTER.name):
        try:
            reasons[parse_dead_letter(message).reason] += 1
        except Rejected:
            # Somebody else's message in our topic: counted, so that the numbers add up.
            reasons["unreadable"] += 1
    return reasons
