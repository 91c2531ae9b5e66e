"""`newswire sources import|lists|confirm`: what people add to the registry."""

from pathlib import Path
from typing import Annotated, Final

import typer

from pipeline.cli.output import count, note, print_json, print_table
from pipeline.cli.workspace import open_workspace

_SHOWN_FAULTS: Final = 5


def import_sources(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="CSV, also packed as .gz.")],
    trust: Annotated[
        list[str] | None,
        typer.Option(metavar="N|LIST=N", help="How far the lists are trusted, 1 to 999; what is shipped counts 100."),
    ] = None,
    list_name: Annotated[str | None, typer.Option("--list", help="The list's name, for rows that give none.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Add lists of outlets: one domain a row (domain,name,country,language,owner,…), or as in seeds/sources.csv.

    Lists may contradict each other: every claim is kept with its list; the most trusted list decides, then the value
    that most lists give. Importing a list again replaces it. Trust is 50, or what it was before.

    Example: newswire sources import outlets.csv.gz --trust local-press=70
    """
    from pipeline.outlets.reading import read_claims_file
    from pipeline.outlets.store import OutletStore
    from pipeline.outlets.trust import parse_trust, trust_lists

    wished = parse_trust(trust or ())
    read = [(file, *read_claims_file(file.expanduser(), list_name)) for file in files]
    claims = [claim for _, found, _ in read for claim in found]
    faults = [f"{file}, {bad}" for file, _, faulty in read for bad in faulty]
    rows = sum(bad.costs_row for _, _, faulty in read for bad in faulty)
    with open_workspace() as workspace, OutletStore(workspace.settings.listed_sources_path) as store:
        before = {one.name: one.trust for one in store.lists()}
        chosen = trust_lists(dict.fromkeys(claim.list_name for claim in claims), wished, before)
        domains = store.put_lists(claims, chosen)
    for fault in faults[:_SHOWN_FAULTS]:
        note(fault)
    if len(faults) > _SHOWN_FAULTS:
        note(f"… and {count(len(faults) - _SHOWN_FAULTS, 'more cell')} that cannot be used (--json names all)")
    if as_json:
        counts = {
            "claims": len(claims),
            "domains": domains,
            "rows_left_out": rows,
            "cells_left_out": len(faults) - rows,
        }
        print_json({**counts, "lists": chosen, "faults": faults})
        return
    typer.echo(f"{count(len(claims), 'claim')} about {count(domains, 'domain')}")
    for name, number in chosen.items():
        typer.echo(f"  {name}: {count(sum(c.list_name == name for c in claims), 'claim')}, trust {number}")
    if faults:
        typer.echo(f"left out: {count(rows, 'row')}, and {count(len(faults) - rows, 'cell')} of other rows")


def print_lists(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the imported lists, the most trusted first; what is shipped counts 100, feeds count 0.

    Example: newswire sources lists
    """
    from dataclasses import asdict

    from pipeline.outlets.store import OutletStore

    with open_workspace() as workspace:
        path = workspace.settings.listed_sources_path
        found = []
        if path.exists():
            with OutletStore(path) as store:
                found = store.lists()
    if as_json:
        print_json([asdict(one) for one in found])
        return
    print_table(
        [(one.name, one.trust, one.claims, one.domains) for one in found], ("list", "trust", "claims", "domains")
    )


def confirm_source(
    domain: Annotated[str, typer.Argument(help="The outlet's domain.")],
    name: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    kind: Annotated[str | None, typer.Option(help="agency, newspaper, broadcaster, …")] = None,
    country: Annotated[str | None, typer.Option(help="Two letters.")] = None,
    language: Annotated[str | None, typer.Option(help="Two letters.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who owns it.")] = None,
    store: Annotated[str | None, typer.Option(help="full, or excerpt where its licence asks for it.")] = None,
) -> None:
    """Say yourself what a source is: it counts more than every list, and a provisional source is one no longer.

    Example: newswire sources confirm harbour-post.example --name "The Harbour Post" --kind newspaper --country IE
    """
    from pipeline.outlets.hand import read_by_hand
    from pipeline.outlets.store import OutletStore
    from pipeline.sources.merge import BY_HAND, HAND_TRUST

    facts = {"name": name, "kind": kind, "country": country, "language": language, "owner": owner, "store": store}
    with open_workspace() as workspace, OutletStore(workspace.settings.listed_sources_path) as file:
        claim = read_by_hand(domain, {key: value for key, value in facts.items() if value}, file.by_hand(domain))
        file.put_claims([claim], BY_HAND, HAND_TRUST)
        source = workspace.registry.publisher(domain=domain)
    if source:
        said = ", ".join(filter(None, (source.kind, source.country, source.language)))
        typer.echo(f"{source.name} ({said}), known as {source.id}")
