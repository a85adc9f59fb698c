"""`anbudslots sources`: the dossiers that decide which spiders may run."""

import click

from anbudslots.context import App, echo_rows, json_option, pass_app
from config import sources
from register import runs


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
