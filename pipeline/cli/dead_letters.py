"""`newswire dead-letters`: what could not be used, why, and how to give it another chance."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import count, note, print_json, print_table
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pipeline.log.base import Log
    from schemas.dead_letter import DeadLetter
    from schemas.message import Message

app = typer.Typer(
    help="What could not be used, and why; replay it after the fix.", no_args_is_help=True, rich_markup_mode=None
)

ReasonOption = Annotated[str | None, typer.Option(help="Only this reason, e.g. bad-input, not-an-article, decode.")]
StageOption = Annotated[str | None, typer.Option(help="Only this stage: ingest, enrich, index, group, alert.")]
LimitOption = Annotated[int, typer.Option(min=1, help="At most so many.")]
JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]

SHOWN_BYTES = 4000


@app.command("list")
def list_letters(
    reason: ReasonOption = None, stage: StageOption = None, limit: LimitOption = 50, as_json: JsonOption = False
) -> None:
    """List dead letters, oldest first within each partition.

    Example: newswire dead-letters list --reason bad-input
    """
    with open_workspace() as workspace:
        chosen = list(_select(workspace.log, reason, stage, limit))
    if as_json:
        print_json([_as_json(message, letter) for message, letter in chosen])
        return
    print_table(
        [
            (_name(m), letter.stage, letter.reason, f"{letter.failed_at:%Y-%m-%d %H:%M}", letter.error_message[:90])
            for m, letter in chosen
        ],
        ("id", "stage", "reason", "failed at", "why"),
    )
    note(count(len(chosen), "dead letter"))


@app.command("show")
def show_letter(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="As printed by `list`, e.g. 2-17.")],
    as_json: JsonOption = False,
) -> None:
    """Show one dead letter with all its headers and its original bytes.

    Example: newswire dead-letters show 2-17
    """
    with open_workspace() as workspace:
        message, letter = _find(workspace.log, letter_id)
    value = (message.value or b"").decode("utf-8", "replace")
    if as_json:
        print_json({**_as_json(message, letter), "value": value})
        return
    for name, fact in _as_json(message, letter).items():
        if fact is not None:
            typer.echo(f"{name:<15} {fact}")
    typer.echo(f"\n{value[:SHOWN_BYTES]}{'…' if len(value) > SHOWN_BYTES else ''}")


@app.command("replay")
def replay_letters(
    reason: ReasonOption = None,
    stage: StageOption = None,
    limit: LimitOption = 1000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
) -> None:
    """Send dead letters back to the topic they came from, keeping their key.

    Each is replayed at most once per stay in the dead-letter topic and five times in all. Without --reason, pages that
    are no articles are left alone.

    Example: newswire dead-letters replay --reason worker-crash --dry-run
    """
    from pipeline.delivery.replay import replay

    with open_workspace() as workspace:
        letters = (
            message
            for message, letter in _select(workspace.log, reason, stage, limit)
            if reason or letter.reason != "not-an-article"
        )
        result = replay(workspace.log, letters, dry_run=dry_run)
    for position, why in result.refused:
        note(f"{position.partition}-{position.offset} left alone: {why}")
    verb = "would be sent" if dry_run else "sent"
    typer.echo(f"{count(result.sent, 'dead letter')} {verb} again, {len(result.refused):,} left alone")


def _select(log: "Log", reason: str | None, stage: str | None, limit: int) -> Iterator[tuple["Message", "DeadLetter"]]:
    from pipeline.delivery.dead_letter import parse_dead_letter
    from pipeline.log.tools import read_topic
    from schemas.errors import Rejected
    from schemas.topics import DEAD_LETTER

    found = 0
    for message in read_topic(log, DEAD_LETTER.name):
        try:
            letter = parse_dead_letter(message)
        except Rejected as error:
            note(f"{_name(message)} is no dead letter of this program and is passed over: {error.detail}")
            continue
        if (reason and letter.reason != reason) or (stage and letter.stage != stage):
            continue
        yield message, letter
        found += 1
        if found == limit:
            return


def _find(log: "Log", letter_id: str) -> tuple["Message", "DeadLetter"]:
    from pipeline.delivery.dead_letter import parse_dead_letter
    from schemas.errors import NewswireError
    from schemas.topics import DEAD_LETTER

    partition, _, offset = letter_id.partition("-")
    if partition.isdigit() and offset.isdigit() and int(partition) < DEAD_LETTER.partitions:
        for message in log.read(DEAD_LETTER.name, int(partition), int(offset), 1):
            if message.offset == int(offset):
                return message, parse_dead_letter(message)
    msg = f"no dead letter {letter_id!r}; `newswire dead-letters list` prints the ids"
    raise NewswireError(msg)


def _name(message: "Message") -> str:
    return f"{message.partition}-{message.offset}"


def _as_json(message: "Message", letter: "DeadLetter") -> dict[str, object]:
    from dataclasses import asdict

    return {"id": _name(message), **asdict(letter), "value_bytes": len(message.value or b"")}
