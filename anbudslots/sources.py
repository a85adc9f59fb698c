"""`anbudslots sources`: the dossiers that decide which spiders may run, and permissions."""

import json
from datetime import datetime
from typing import Any

import click

from anbudslots.context import App, echo_rows, json_option, pass_app, warn
from config import sources
from config.errors import SettingsError, SourceRefusedError
from config.sources import Source
from crawler import collect
from register import absences, permissions, runs, windows
from register.database import Register
from register.permissions import Permission


@click.group()
def command() -> None:
    """The sources' dossiers: who runs them, what their rules say, and what was decided."""


@command.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List the sources with the decision on each, permission, last run and last complete run."""
    with app.reading() as register:
        rows = [
            {**source.model_dump(mode="json"), **_row(register, source, app.now)} for source in sources.load().values()
        ]
    columns = ["id", "name", "status", "decided", "permission_until", "last_run", "last_status", "last_complete"]
    columns.append("partial_windows")
    echo_rows(rows, columns, as_json=as_json, empty="No sources.")


@command.command("show")
@click.argument("source")
@json_option
@pass_app
def show(app: App, source: str, as_json: bool) -> None:
    """Show SOURCE's dossier: operator, addresses, robots.txt, terms, decision, evidence, permissions, runs, windows.

    Example: anbudslots sources show kommersannons
    """
    dossier = known(source)
    with app.reading() as register:
        row = _row(register, dossier, app.now)
        held = permissions.listing(register, source)
        partial = [window.model_dump(mode="json") for window in windows.partial(register, source)]
    told = [{**own.model_dump(mode="json"), "ended": own.ended(app.now)} for own in held]
    if as_json:
        full = {**dossier.model_dump(mode="json"), **row, "permissions": told, "partial": partial}
        click.echo(json.dumps(full, ensure_ascii=False, indent=2))
        return
    for line in described(dossier):
        click.echo(line)
    if dossier.status == "needs_permission" or held:
        for own in held:
            state = own.ended(app.now) or f"in force until {own.until}"
            click.echo(f"permission: {state}; recorded {own.recorded.astimezone(app.zone):%Y-%m-%d} by {own.by}")
            click.echo(f"  reference: {own.reference}")
        if not held:
            click.echo("permission: none recorded")
    click.echo(f"last run: {row['last_run'] or 'never'} {row['last_status'] or ''}".rstrip())
    click.echo(f"last complete: {row['last_complete'] or 'never'}")
    click.echo(f"partial windows: {len(partial) or 'none'}")
    for window in partial:
        click.echo(f"  {window['window']}: {window['problem']}")


def described(dossier: Source) -> list[str]:
    """A dossier in lines."""
    decision, robots = dossier.decision, dossier.robots
    lines = [
        f"{dossier.id}: {dossier.name}",
        f"operator: {dossier.operator}",
        *(f"address: {address}" for address in dossier.addresses),
        f"robots.txt: {robots.result} ({_looked(robots.checked, robots.second_hand)})"
        if robots
        else "robots.txt: not looked at; nothing is crawled",
    ]
    lines += [
        f"terms: {term.says}\n  where: {term.where} ({_looked(term.checked, term.second_hand)})"
        for term in dossier.terms
    ] or ["terms: not looked at"]
    lines += [
        f"decision: {decision.status.replace('_', ' ')}, by {decision.by}, {decision.day}: {decision.because}",
        f"evidence: {dossier.evidence}",
    ]
    if dossier.next_step:
        lines.append(f"next step: {dossier.next_step}")
    if dossier.politeness:
        own = dossier.politeness
        lines.append(f"pace: {own.delay_seconds:g} s between requests, {own.concurrency} at once. {own.why}")
    return lines


def _looked(checked: str | None, second_hand: bool) -> str:
    return f"{f'as of {checked}' if checked else 'not checked by date'}{', second-hand' if second_hand else ''}"


def known(source: str) -> Source:
    """The dossier of a source that was named. Raises SettingsError."""
    if source not in sources.load():
        raise SettingsError(f"There is no source {source!r}. `anbudslots sources list` shows them.")
    return sources.load()[source]


def _row(register: Register, source: Source, at: datetime) -> dict[str, Any]:
    last = runs.latest(register, source.id)
    complete = runs.last_complete(register, source.id)
    permission = permissions.in_force(register, source.id, at)
    return {
        "id": source.id,
        "name": source.name,
        "status": source.status,
        "decided": source.decision.day.isoformat(),
        "permission_until": permission.until.isoformat() if permission else None,
        "last_run": last.started.isoformat(timespec="minutes") if last else None,
        "last_status": last.status if last else None,
        "last_complete": complete.started.isoformat(timespec="minutes") if complete else None,
        "partial_windows": len(windows.partial(register, source.id)),
    }


@command.command("permit")
@click.argument("source")
@click.option("--by", required=True, help="Who records it and answers for it.")
@click.option("--reference", required=True, help="The permission itself: who gave it, when, and where it is kept.")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Its last day.")
@pass_app
def permit(app: App, source: str, by: str, reference: str, until: datetime) -> None:
    """Record that the operator of SOURCE has permitted crawling it; the spider then runs up to and with --until.

    Example: anbudslots sources permit kommersannons --by "Asta A" --reference "mail of 2026-11-20, folder 7"
    --until 2027-06-30
    """
    dossier = known(source)
    if dossier.status in ("never", "import_only"):
        raise SourceRefusedError(
            f"No permission can be recorded for {source}: its dossier in config/sources.yaml says {dossier.status!r} "
            f"({dossier.decision.because}). {dossier.next_step}"
        )
    if dossier.status == "enabled":
        raise SettingsError(f"{source} is enabled by its dossier and needs no permission.")
    if not by.strip() or not reference.strip():
        raise SettingsError("--by and --reference must say who and what.")
    last = until.date()
    if last < app.now.astimezone(app.zone).date():
        raise SettingsError(f"--until {last} has passed.")
    with app.writing() as register:
        made = permissions.record(register, source, by=by, reference=reference, until=last, at=app.now)
    click.echo(f"{source} may be crawled up to and with {made.until}, by {made.by}: {made.reference}")
    if source not in collect.SPIDERS:
        warn(f"{source} has no spider: the permission is kept, but there is nothing that it starts.")


@command.command("withdraw")
@click.argument("source")
@click.option("--by", required=True, help="Who withdraws it.")
@pass_app
def withdraw(app: App, source: str, by: str) -> None:
    """Withdraw the permission for SOURCE: its spider does not start any more.

    Example: anbudslots sources withdraw kommersannons --by "Asta A"
    """
    known(source)
    if not by.strip():
        raise SettingsError("--by must say who.")
    with app.writing() as register:
        gone: tuple[Permission, ...] = permissions.withdraw(register, source, by=by, at=app.now)
    click.echo(f"{len(gone)} permission{'s' * (len(gone) > 1)} for {source} withdrawn.")


@command.command("confirm")
@click.argument("run", type=int)
@click.argument("decision", type=click.Choice(["close", "keep"]))
@click.option("--by", required=True, help="Who has looked at the source.")
@pass_app
def confirm(app: App, run: int, decision: absences.Decision, by: str) -> None:
    """Decide on the notices that RUN no longer found: close marks them as no longer published, keep leaves them open.

    Example: anbudslots sources confirm 12 keep --by "Asta A"
    """
    with app.writing() as register:
        numbers = absences.decide(register, run, decision, by=by, at=app.now)
    done = "marked as no longer published" if decision == "close" else "kept as published"
    click.echo(f"{len(numbers)} notices {done}: {', '.join(numbers) or 'none is missed any more'}")
