"""`anbudslots sources`: the dossiers that decide which spiders may run."""

import click

from anbudslots.context import App, echo_rows, json_option, pass_app
from config import sources
from register import absences, runs


@click.group()
def command() -> None:
    """The sources' dossiers: who runs them, what their rules say, and what was decided."""


@command.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List the sources with the decision on each and its last run."""
    rows = []
    with app.reading() as register:
        for source in sources.load().values():
            last = runs.latest(register, source.id)
            complete = runs.last_complete(register, source.id)
            rows.append(
                {
                    "id": source.id,
                    "name": source.name,
                    "status": source.status,
                    "last_run": last.started.isoformat(timespec="minutes") if last else None,
                    "last_status": last.status if last else None,
                    "last_complete": complete.started.isoformat(timespec="minutes") if complete else None,
                }
            )
    columns = ["id", "name", "status", "last_run", "last_status", "last_complete"]
    echo_rows(rows, columns, as_json=as_json, empty="No sources.")


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
