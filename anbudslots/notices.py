"""`anbudslots notices`: import, list and show."""

import json
from pathlib import Path

import click

from anbudslots.context import (
    DONE,
    IN_PART,
    App,
    echo_rows,
    echo_set_aside,
    json_option,
    note,
    pass_app,
    progress_bar,
)
from crawler import importing
from crawler.archive import Archive
from register import documents, findings, notices


@click.group()
def command() -> None:
    """Import, list and show notices."""


@command.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["eforms", "uhm", "mail"]),
    default="eforms",
    show_default=True,
    help="eforms: XML files, folders, .zip, .tar.gz; uhm: Upphandlingsmyndigheten's CSV; "
    "mail: portals' alert mails as .eml, mbox, Maildir.",
)
@pass_app
def import_(app: App, paths: tuple[Path, ...], form: importing.Format) -> int:
    """Import notices from PATHS; the same notice again changes nothing.

    Example: anbudslots notices import 202600157.tar.gz
    """
    with app.writing() as register, progress_bar("importing notices") as progress:
        run = importing.import_notices(
            list(paths),
            format=form,
            register=register,
            archive=Archive(app.data / "raw"),
            at=app.now,
            progress=progress,
        )
    echo_set_aside(run.set_aside)
    for problem in run.problems:
        note(problem)
    click.echo(
        f"{run.new} new, {run.changed} changed, {run.unchanged} unchanged, {len(run.set_aside)} set aside "
        f"of {run.announced}"
    )
    return IN_PART if run.set_aside or run.problems else DONE


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
    """Show one notice with its lots, versions and findings, as JSON."""
    with app.reading() as register:
        notice = notices.get(register, number)
        files = documents.listing(register, number)
        shown = {
            **notice.model_dump(mode="json"),
            "example": notice.is_example,
            "provenance": notices.provenance(register, number),
            "versions": [seen.isoformat() for seen, _ in notices.versions(register, number)],
            "documents": [document.model_dump(mode="json") for document in files],
            "read": documents.reading_words(notice, files),
            "findings": [finding.model_dump(mode="json") for finding in findings.of(register, number)],
        }
    click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
