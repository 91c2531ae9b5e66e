"""`newswire entities`: correct who is who, for the articles that are there and all that come."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.entities_text import describe_correction, draw_sweep, tell_sweep
from pipeline.cli.output import count, note, print_json, print_table
from pipeline.cli.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from pipeline.corrections.office import CorrectionOffice, KnownEntity
    from schemas.corrections import EntityCorrection

app = typer.Typer(
    help="Correct who is who: merge, rename, hide, split; for old articles and new ones, and through every replay.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `newswire entities find` prints it.")]
JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command("find")
def find_entities(
    name: Annotated[str, typer.Argument(help="A name, or words of it.")], as_json: JsonOption = False
) -> None:
    """Find the ids behind a name, in the newest articles that have it.

    Example: newswire entities find Holm
    """
    from dataclasses import asdict

    with open_workspace() as workspace:
        found = _office(workspace).find(name)
    if as_json:
        print_json([asdict(entity) for entity in found])
        return
    print_table([(one.id, one.name, one.label, one.articles) for one in found], ("id", "name", "label", "articles"))


@app.command("merge")
def merge(
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="The entities that are the same as the other.")],
    into: Annotated[str, typer.Option("--into", metavar="ID", help="The entity that they are.")],
    as_json: JsonOption = False,
) -> None:
    """Say that entities are one and the same.

    Example: newswire entities merge person:d-holm person:ada-holme --into person:ada-holm
    """
    from schemas.corrections import CorrectionKind, EntityCorrection
    from schemas.errors import ConfigurationError

    if into in ids:
        msg = f"{into} cannot be merged into itself"
        raise ConfigurationError(msg)
    with open_workspace() as workspace:
        office = _office(workspace)
        target = _require(office, into)
        now = workspace.clock.now()
        corrections = [
            EntityCorrection(
                kind=CorrectionKind.MERGE,
                entity_id=_require(office, one).id,
                target_id=target.id,
                name=target.name,
                label=target.label,
                corrected_at=now,
            )
            for one in ids
        ]
        _say(office, corrections, as_json=as_json)


@app.command("rename")
def rename(
    entity_id: IdArgument,
    name: Annotated[str, typer.Argument(help="What it is called from now on; the id stays.")],
    as_json: JsonOption = False,
) -> None:
    """Call an entity by another name.

    Example: newswire entities rename org:met-office "Met Office (UK)"
    """
    from schemas.corrections import CorrectionKind, EntityCorrection

    with open_workspace() as workspace:
        office = _office(workspace)
        correction = EntityCorrection(
            kind=CorrectionKind.RENAME,
            entity_id=_require(office, entity_id).id,
            name=_clean_name(name),
            corrected_at=workspace.clock.now(),
        )
        _say(office, [correction], as_json=as_json)


@app.command("hide")
def hide(
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="What is no entity at all.")],
    as_json: JsonOption = False,
) -> None:
    """Say that something is no entity; it is shown and counted nowhere any more.

    Example: newswire entities hide org:read-more
    """
    from schemas.corrections import CorrectionKind, EntityCorrection

    with open_workspace() as workspace:
        office = _office(workspace)
        now = workspace.clock.now()
        corrections = [
            EntityCorrection(kind=CorrectionKind.HIDE, entity_id=_require(office, one).id, corrected_at=now)
            for one in ids
        ]
        _say(office, corrections, as_json=as_json)


@app.command("split")
def split(
    entity_id: IdArgument,
    name: Annotated[str, typer.Argument(help="The name of the other one that is mixed up with it.")],
    text: Annotated[list[str] | None, typer.Option(help="Mentions written so are the other one. Repeatable.")] = None,
    article: Annotated[list[str] | None, typer.Option(help="In this article (id) only. Repeatable.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="In articles of this domain only. Repeatable.")] = None,
    label: Annotated[str | None, typer.Option(help="PERSON, ORG, GPE, …; as the first one by default.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say that some mentions of an entity are somebody else: by wording, by article, by publisher, or all of them.

    Example: newswire entities split person:ada-holm "Ada Holm (chemist)" --source chem-letters.example
    """
    from pipeline.enrich.found import LABEL_GROUPS
    from pipeline.enrich.normal_name import slug
    from schemas.corrections import CorrectionKind, EntityCorrection
    from schemas.errors import ConfigurationError

    if not (text or article or source):
        msg = "say which mentions are the other one: --text, --article or --source"
        raise ConfigurationError(msg)
    if wrong := [one for one in article or () if not re.fullmatch(r"[0-9a-fA-F]{32}", one)]:
        msg = f"--article {wrong[0]!r} is no id of an article; `newswire search` prints them"
        raise ConfigurationError(msg)
    if label is not None and label.upper() not in LABEL_GROUPS:
        msg = f"--label {label!r} is not known; there is {', '.join(LABEL_GROUPS)}"
        raise ConfigurationError(msg)
    name = _clean_name(name)
    with open_workspace() as workspace:
        office = _office(workspace)
        whole = _require(office, entity_id)
        wanted = label.upper() if label else whole.label
        target = f"{LABEL_GROUPS[wanted]}:{slug(name)}"
        if target == whole.id:
            msg = f"{name!r} has the id {target} too; give the other one a name that tells them apart"
            raise ConfigurationError(msg)
        correction = EntityCorrection(
            kind=CorrectionKind.SPLIT,
            entity_id=whole.id,
            target_id=target,
            name=name,
            label=wanted,
            texts=tuple(text or ()),
            articles=tuple(one.lower() for one in article or ()),
            sources=tuple(one.lower() for one in source or ()),
            corrected_at=workspace.clock.now(),
        )
        _say(office, [correction], as_json=as_json)


@app.command("list")
def list_corrections(as_json: JsonOption = False) -> None:
    """List the corrections that count.

    Example: newswire entities list
    """
    with open_workspace() as workspace:
        known = list(_office(workspace).corrections().counting())
    if as_json:
        print_json([{"key": one.correction.key, **one.correction.model_dump(mode="json")} for one in known])
        return
    rows = [
        (one.key, one.kind.value, describe_correction(one), f"{one.corrected_at:%Y-%m-%d %H:%M}")
        for one in (each.correction for each in known)
    ]
    print_table(rows, ("key", "kind", "means", "said at"))
    note(count(len(known), "correction"))


@app.command("undo")
def undo(
    keys: Annotated[list[str], typer.Argument(metavar="KEY…", help="As `newswire entities list` prints it.")],
    as_json: JsonOption = False,
) -> None:
    """Take corrections back: articles say again what was found in them.

    Example: newswire entities undo person:d-holm
    """
    from schemas.corrections import CorrectionKind, EntityCorrection
    from schemas.errors import NewswireError

    with open_workspace() as workspace:
        office = _office(workspace)
        counting = {one.correction.key: one.correction for one in office.corrections().counting()}
        unknown = [key for key in keys if key not in counting]
        if unknown:
            msg = f"there is no correction {unknown[0]!r}; `newswire entities list` prints all"
            raise NewswireError(msg)
        now = workspace.clock.now()
        corrections = [
            EntityCorrection(
                kind=CorrectionKind.UNDO,
                entity_id=counting[key].entity_id,
                target_id=counting[key].target_id if counting[key].kind is CorrectionKind.SPLIT else None,
                corrected_at=now,
            )
            for key in keys
        ]
        _say(office, corrections, as_json=as_json)


@app.command("apply")
def apply_corrections(as_json: JsonOption = False) -> None:
    """Apply all corrections to the index again: after an interruption, or to an index that was restored.

    Example: newswire entities apply
    """
    with open_workspace() as workspace:
        tell_sweep(_office(workspace).apply_all(draw_sweep), as_json=as_json)


def _office(workspace: Workspace) -> "CorrectionOffice":
    from pipeline.corrections.office import CorrectionOffice

    return CorrectionOffice(workspace.log, workspace.index, workspace.clock)


def _require(office: "CorrectionOffice", entity_id: str) -> "KnownEntity":
    from pipeline.corrections.office import KnownEntity
    from schemas.errors import NewswireError

    found = office.get(entity_id)
    if found is not None:
        return found
    # It may be gone from the index only because it was corrected before; it is corrected in another way then.
    known = office.corrections().by_key.get(entity_id)
    if known is not None:
        return KnownEntity(entity_id, known.correction.name or entity_id, known.correction.label or "ORG", 0)
    msg = f"no article names an entity with the id {entity_id!r}; `newswire entities find NAME` prints ids"
    raise NewswireError(msg)


def _clean_name(name: str) -> str:
    from schemas.errors import ConfigurationError

    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > 300 or not cleaned.isprintable():
        msg = "the name must have 1 to 300 letters, on one line"
        raise ConfigurationError(msg)
    return cleaned


def _say(office: "CorrectionOffice", corrections: "list[EntityCorrection]", *, as_json: bool) -> None:
    from schemas.errors import Unavailable

    try:
        done = office.say(corrections, draw_sweep)
    except Unavailable as error:
        msg = f"{error}; when it answers again, `newswire entities list` shows what was said, `apply` does the rest"
        raise Unavailable(msg) from error
    tell_sweep(done, as_json=as_json)
