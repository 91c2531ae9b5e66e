"""`newswire doctor`: checks the set-up, and says for each fault what to do."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import print_json
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pipeline.cli.workspace import Workspace

# Below this much free disk a day of articles may not fit: 100,000 articles take about 1 GB in log and index.
LEAST_FREE_BYTES = 1_000_000_000
# A clock that is wrong by years spoils versions and retention; finer errors cannot be seen without a network.
EARLIEST_PLAUSIBLE_YEAR = 2025


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked. `fix` says what to do when it is not well."""

    check: str
    well: bool
    found: str
    fix: str = ""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Check versions, data folder, log, index, language models and settings; exit 1 when something is wrong.

    Example: newswire doctor
    """
    with open_workspace() as workspace:
        findings = [_run(check, workspace) for check in CHECKS]
        settings = workspace.settings.shown()
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings], "settings": settings})
    else:
        for finding in findings:
            typer.echo(f"{'ok  ' if finding.well else 'FAIL'}  {finding.check:<10} {finding.found}")
            if not finding.well:
                typer.echo(f"      {'':<10} → {finding.fix}")
        typer.echo("\nsettings (NEWSWIRE_* or newswire.toml)")
        for name, value in settings.items():
            typer.echo(f"      {name:<18} {'default' if value is None else value}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


def _run(check: "Callable[[Workspace], Finding]", workspace: "Workspace") -> Finding:
    from schemas.errors import NewswireError

    name = check.__name__.removeprefix("_check_")
    try:
        return check(workspace)
    except NewswireError as error:
        return Finding(name, well=False, found=str(error), fix="see the message; the setting it names is listed below")
    except OSError as error:
        return Finding(
            name, well=False, found=str(error), fix="check that the path exists and that you may write there"
        )


def _check_python(_workspace: "Workspace") -> Finding:
    version = sys.version.split()[0]
    return Finding("python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer, then `make install`")


def _check_clock(workspace: "Workspace") -> Finding:
    now = workspace.clock.now()
    return Finding("clock", now.year >= EARLIEST_PLAUSIBLE_YEAR, f"{now:%Y-%m-%d %H:%M} UTC", "set the machine's clock")


def _check_disk(workspace: "Workspace") -> Finding:
    folder = workspace.settings.data_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    fix = "free some space, or set NEWSWIRE_DATA_DIR to another disk"
    return Finding("disk", free >= LEAST_FREE_BYTES, f"{free / 1e9:.1f} GB free for {folder}", fix)


def _check_log(workspace: "Workspace") -> Finding:
    from schemas.topics import TOPICS

    faults = workspace.log.verify_topics(TOPICS)
    found = "; ".join(faults) or f"{len(TOPICS)} topics as they should be in {workspace.settings.resolved_log_url}"
    fix = "newswire setup creates what is missing; alter or create anew a topic that differs"
    return Finding("log", not faults, found, fix)


def _check_index(workspace: "Workspace") -> Finding:
    from pipeline.connections import COMMAND_TIMEOUT_S
    from pipeline.steps import open_checked_index
    from schemas.errors import ConfigurationError

    settings = workspace.settings
    try:
        open_checked_index(settings, workspace.clock, COMMAND_TIMEOUT_S).close()
    except ConfigurationError as error:
        return Finding("index", well=False, found=str(error), fix="newswire setup, or see the message")
    return Finding("index", well=True, found=f"{workspace.index.count():,} articles in {settings.shown_index_url}")


def _check_sources(workspace: "Workspace") -> Finding:
    from pipeline.outlets.store import OutletStore

    found, path = f"{len(workspace.registry.sources):,} in the registry", workspace.settings.listed_sources_path
    if path.exists():
        with OutletStore(path) as store:
            listed, provisional = store.counts()
        found += f", {listed:,} of imported lists, {provisional:,} provisional"
    return Finding("sources", well=True, found=found)


def _check_models(workspace: "Workspace") -> Finding:
    from pipeline.enrich.model import describe_models

    described, missing = describe_models(workspace.settings.models)
    fix = f"pip install {' '.join(missing)}, or leave it out of NEWSWIRE_MODELS"
    return Finding("models", not missing, "; ".join(f"{lang}: {what}" for lang, what in described.items()), fix)


def _check_workers(workspace: "Workspace") -> Finding:
    from pipeline.connections import samples_of
    from pipeline.monitoring.stage_report import WINDOW, report_stage
    from pipeline.roles import ROLES
    from schemas.sample_fields import SampleKind

    if workspace.settings.resolved_log_url.startswith("sqlite:"):
        return Finding("workers", well=True, found="none needed: newswire run does it all")
    if not workspace.settings.metrics_interval_s:
        return Finding("workers", well=True, found="unknown: NEWSWIRE_METRICS_INTERVAL_S is 0")
    now = workspace.clock.now()
    samples = samples_of(workspace.settings)
    try:
        told = samples.read([SampleKind.STAGE], now - WINDOW)
    finally:
        samples.close()
    running = {role.name: report_stage(role.name, told, None, now).processes for role in ROLES}
    missing = [name for name, number in running.items() if not number]
    found = ", ".join(f"{name} {number}" for name, number in running.items())
    return Finding("workers", not missing, found, "start " + ", ".join(f"newswire worker {name}" for name in missing))


def _check_alerts(workspace: "Workspace") -> Finding:
    from pipeline.alerts.saving import find_unusable
    from pipeline.alerts.store import AlertStore

    searches = AlertStore(workspace.index.records).searches()
    faults = find_unusable(workspace.settings, workspace.clock, searches)
    found = "; ".join(faults) or f"{len(searches):,} saved searches, everybody who is told can be"
    return Finding("alerts", not faults, found, "see the message, or newswire alerts remove NAME")


CHECKS: tuple["Callable[[Workspace], Finding]", ...] = (
    _check_python,
    _check_clock,
    _check_disk,
    _check_log,
    _check_index,
    _check_sources,
    _check_models,
    _check_workers,
    _check_alerts,
)
