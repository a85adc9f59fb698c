"""`anbudslots opendata`: which tender has which social clause, as open data; and what others have published."""

from pathlib import Path

import click

from anbudslots.context import DONE, IN_PART, App, echo_set_aside, pass_app
from crawler.tables import open_data as files
from register import open_data


@click.group()
def command() -> None:
    """Publish figures on social clauses as open data, and take in what others have published."""


@command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@pass_app
def export(app: App, file: Path) -> None:
    """Write all tenders that have been read to FILE: .csv or .json (docs/open-data.md).

    Example: anbudslots opendata export klausuler.csv
    """
    if file.suffix not in (".csv", ".json"):
        raise click.UsageError("FILE has to end with .csv or .json.")
    with app.reading() as register:
        tenders = open_data.everything(register)
    file.write_bytes(files.as_csv(tenders) if file.suffix == ".csv" else files.as_json(tenders))
    click.echo(f"{len(tenders)} tenders written to {file}.")


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_app
def import_(app: App, file: Path) -> int:
    """Take in FILE (.csv or .json) of another installation: it counts in the public figures beside one's own tenders.

    Example: anbudslots opendata import klausuler.csv
    """
    tenders, aside = files.read(file.read_bytes(), file.name)
    with app.writing() as register:
        counts = open_data.add(register, tenders, at=app.now)
    click.echo(", ".join(f"{counts[outcome]} {outcome}" for outcome in ("new", "changed", "unchanged")))
    echo_set_aside(aside)
    return IN_PART if aside else DONE
