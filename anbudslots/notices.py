"""`anbudslots notices`: import, list, show; what has changed; which are of one tender."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Literal

import click

from anbudslots.context import (
    DONE,
    IN_PART,
    NOTHING_DONE,
    App,
    echo_rows,
    echo_set_aside,
    json_option,
    note,
    pass_app,
    progress_bar,
)
from crawler import importing, merging
from crawler.archive import Archive
from crawler.sniffing import Format
from crawler.tables import columns, pasted, sheets, template
from register import documents, findings, history, joins, notices, placements, runs
from register.database import Register
from register.models import Run

MOST_TEXT = 1_000_000
"""Bytes read of a pasted notice; how much of it is taken is for `pasted` to say."""


@click.group()
def command() -> None:
    """Import, list, show, join and split notices."""


@command.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["auto", *importing.FORMATS]),
    default="auto",
    show_default=True,
    help="auto: each file by its own kind; eforms: XML files, folders, .zip, .tar.gz; uhm: Upphandlingsmyndigheten's "
    "CSV of procurements or awards, also .gz; mail: portals' alert mails as .eml, mbox, Maildir; "
    "table: CSV or XLSX, see `notices template`.",
)
@pass_app
def import_(app: App, paths: tuple[Path, ...], form: Format | Literal["auto"]) -> int:
    """Import notices from PATHS; the same notice again changes nothing.

    Example: anbudslots notices import 202600157.tar.gz
    """
    with app.writing() as register, progress_bar("importing notices") as progress:
        archive = Archive(app.data / "raw")
        if form == "auto":
            made = importing.import_files(
                list(paths), register=register, archive=archive, at=app.now, progress=progress
            )
        else:
            run = importing.import_notices(
                list(paths), format=form, register=register, archive=archive, at=app.now, progress=progress
            )
            made = [run]
    return _tell(made)


def _tell(made: Sequence[Run]) -> int:
    """List what runs set aside and their sentences, then the sums; returns the exit status."""
    for run in made:
        echo_set_aside(run.set_aside)
        for sentence in (*run.notes, *run.problems):
            note(sentence)
    new, changed, unchanged = (sum(getattr(run, name) for run in made) for name in ("new", "changed", "unchanged"))
    aside = sum(len(run.set_aside) for run in made)
    announced = sum(run.announced for run in made)
    click.echo(f"{new} new, {changed} changed, {unchanged} unchanged, {aside} set aside of {announced}")
    return IN_PART if aside or any(run.problems for run in made) else DONE


@command.command("template")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def template_(file: Path | None) -> None:
    """Write an empty table of notices to FILE, .csv or .xlsx; without FILE as CSV on stdout.

    Example: anbudslots notices template annonser.xlsx
    """
    if file is None:
        sys.stdout.buffer.write(template.csv_bytes())
        return
    makers: dict[str, Callable[[], bytes]] = {".csv": template.csv_bytes, ".xlsx": template.xlsx_bytes}
    if file.suffix.lower() not in makers:
        raise click.BadParameter(f"{file.name} must end in .csv or .xlsx.")
    if file.exists():
        raise click.BadParameter(f"{file} is there already; give another name.")
    try:
        file.write_bytes(makers[file.suffix.lower()]())
    except OSError as error:
        raise click.BadParameter(f"{file} can't be written: {error.strerror}.") from None
    click.echo(f"{file}: fill it in, then run `anbudslots notices import {file.name}`.")


def _cell_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each column that a person may want to give or mend."""
    for name, text in reversed(ADDED.items()):
        function = click.option(f"--{name.replace('_', '-')}", name, help=text)(function)
    return function


ADDED = {
    "title": "The tender's name.",
    "buyer": "Who buys.",
    "org_number": "The buyer's organisation number.",
    "deadline": "Last day for bids, such as 2026-12-17 or '17/12 2026 kl 12.00'.",
    "place": "Municipalities or counties, with commas.",
    "cpv": "CPV codes, main code first.",
    "value": "Such as '1 200 000 kr'.",
    "published": "Day of publication.",
    "kind": "Annons, förhandsannons, informationsförfrågan, efterannons.",
    "link": "Address of the notice.",
    "number": "The notice's own number; without it, one is made of the content.",
}
"""Options of `add`, by field of config/notice_table.yaml."""


@command.command("add")
@click.option("--text", type=click.File("rb"), help="The notice's text in a file, or - for stdin.")
@_cell_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_app
def add(app: App, /, text: BinaryIO | None, yes: bool, **cells: str | None) -> int:
    """Add one notice by hand: by options, or as its whole text, in which known labels are found.

    What is given as an option counts over the text; '' empties a field. The same content again changes nothing.

    Example: anbudslots notices add --text notice.txt --deadline 2026-12-17
    """
    given = {field: cell.strip() for field, cell in cells.items() if cell is not None}
    if text is None and "title" not in given:
        if sys.stdin.isatty():
            note("Paste the notice's text, then end with Ctrl-D.")
        text = sys.stdin.buffer
    read = pasted.read(sheets.text(text.read(MOST_TEXT))) if text else {}
    taken = {**read, **given}
    for field, column in columns.load().columns.items():
        if taken.get(field):
            click.echo(f"{column.head}: {taken[field]}")
    if not yes and sys.stdin.isatty():
        click.confirm("Add this notice?", abort=True)
    with app.writing() as register:
        archive = Archive(app.data / "raw")
        run = importing.add_row(pasted.row(taken), register=register, archive=archive, at=app.now)
        number = next(iter(runs.items(register, run.id or 0)), "")
    if run.received:
        click.echo(f"Number: {number}")
    status = _tell([run])
    return status if run.received else NOTHING_DONE


@command.command("list")
@click.option("--search", default="", help="Words in title, description or buyer.")
@click.option("--limit", type=click.IntRange(1), default=None, help="At most so many, newest first.")
@json_option
@pass_app
def list_(app: App, search: str, limit: int | None, as_json: bool) -> None:
    """List notices, newest first."""
    with app.reading() as register:
        rows = notices.listing(register, words=search, limit=limit)
    empty = "No notices. Collect some: anbudslots crawl ted --since 2026-11-16"
    columns = ["publication_number", "published", "deadline", "title", "buyer", "lots", "origin"]
    echo_rows(rows, columns, as_json=as_json, empty=empty)


@command.command("show")
@click.argument("number")
@pass_app
def show(app: App, number: str) -> None:
    """Show one notice with its lots, tender, versions, changes and findings, as JSON."""
    with app.reading() as register:
        notice = notices.get(register, number)
        files = documents.listing(register, number)
        shown = {
            **notice.model_dump(mode="json"),
            "example": notice.is_example,
            "provenance": notices.provenance(register, number),
            "placed": {lot: place.model_dump(mode="json") for lot, place in placements.of(register, number).items()},
            "versions": [seen.isoformat() for seen, _ in notices.versions(register, number)],
            "tender": _tender(register, number),
            "changes": _steps(register, number),
            "documents": [document.model_dump(mode="json") for document in files],
            "read": documents.reading_words(notice, files),
            "findings": [finding.model_dump(mode="json") for finding in findings.of(register, number)],
        }
    click.echo(json.dumps(shown, ensure_ascii=False, indent=2))


@command.command("changes")
@click.argument("number")
@json_option
@pass_app
def changes(app: App, number: str, as_json: bool) -> None:
    """Tell in Swedish what has changed of a notice, through its versions and those of its procedure.

    Example: anbudslots notices changes 123456-2026
    """
    with app.reading() as register:
        steps = _steps(register, number)
    if as_json:
        click.echo(json.dumps(steps, ensure_ascii=False, indent=2))
        return
    if not steps:
        click.echo("No changes.")
    for step in steps:
        click.echo(f"{step['published'] or step['seen'][:10]}  {step['before']} -> {step['after']}")
        for change in step["changes"]:
            click.echo(f"  {change['sentence']}")
        if step["own_words"]:
            click.echo(f"  Köparens egna ord: {step['own_words']}")


by_option = click.option("--by", required=True, help="Who decides.")
why_option = click.option("--why", default="", help="Why, in a few words.")


@command.command("join")
@click.argument("one")
@click.argument("other")
@by_option
@why_option
@pass_app
def join(app: App, one: str, other: str, by: str, why: str) -> None:
    """Say that two notices are of one tender. It stands over what rules find, now and later.

    Example: anbudslots notices join 123456-2026 mercell-4711 --by "Asta A"
    """
    _decide(app, one, other, same=True, by=by, why=why)


@command.command("split")
@click.argument("one")
@click.argument("other")
@by_option
@why_option
@pass_app
def split(app: App, one: str, other: str, by: str, why: str) -> None:
    """Say that two notices are of two tenders. It stands over what rules find, now and later.

    Example: anbudslots notices split 123456-2026 mercell-4711 --by "Asta A" --why "two buildings"
    """
    _decide(app, one, other, same=False, by=by, why=why)


def _decide(app: App, one: str, other: str, *, same: bool, by: str, why: str) -> None:
    with app.writing() as register:
        joins.decide(register, one, other, same=same, by=by, why=why, at=app.now)
        merging.settle(register, app.now, also=(one, other))
        for number in (one, other):
            click.echo(f"{number}: one tender with {', '.join(joins.members(register, number))}")


def _tender(register: Register, number: str) -> dict[str, Any]:
    """What stands for the tender, its notices, and why they are one (or are kept apart)."""
    return {
        "number": joins.tender(register, number),
        "notices": joins.members(register, number),
        "by_ids": [{"notice": other, "reason": reason} for other, reason in joins.by_ids(register, number)],
        "joins": [{**asdict(found), "at": found.at.isoformat()} for found in joins.of(register, number)],
    }


def _steps(register: Register, number: str) -> list[dict[str, Any]]:
    return [
        {
            **asdict(step),
            "seen": step.seen.isoformat(),
            "published": step.published.isoformat() if step.published else None,
        }
        for step in history.of(register, number)
    ]
