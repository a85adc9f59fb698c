"""`anbudslots documents`: add a notice's files, list them, show their text."""

import json
from pathlib import Path
from typing import Any

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
from crawler.archive import Archive
from crawler.documents import adding
from register import documents


@click.group()
def command() -> None:
    """Add files to a notice (PDF, DOCX, ODT, XLSX, HTML, text, zip of these), list them, show their text."""


@command.command("add")
@click.argument("notice")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_app
def add(app: App, notice: str, files: tuple[Path, ...]) -> int:
    """Add FILES to NOTICE; the same file again changes nothing.

    Nothing in a file is run or fetched. Scanned pages are read by Tesseract where it is installed.

    Example: anbudslots documents add 990001-2026 underlag.pdf avtal.docx
    """
    settings = app.settings.documents
    with app.writing() as register, progress_bar("reading documents") as progress:
        archive = Archive(app.data / "raw")
        added = adding.add(
            files, notice, register=register, archive=archive, at=app.now, settings=settings, progress=progress
        )
    for document in added.documents:
        if document.status == "read":
            note(f"{document.name}: read. {document.note}".rstrip())
    echo_set_aside(added.set_aside)
    counts = added.counts
    click.echo(f"{counts['new']} new, {counts['changed']} changed, {counts['unchanged']} unchanged")
    if not added.set_aside:
        return DONE
    usable = counts["unchanged"] or any(document.status != "unread" for document in added.documents)
    return IN_PART if usable else NOTHING_DONE


@command.command("list")
@click.argument("notice")
@json_option
@pass_app
def list_(app: App, notice: str, as_json: bool) -> None:
    """List the documents of NOTICE and how far each has been read."""
    with app.reading() as register:
        rows = [_row(document.model_dump(mode="json")) for document in documents.listing(register, notice)]
    empty = f"No documents. Add some: anbudslots documents add {notice} FILE..."
    echo_rows(rows, ["id", "name", "pages", "language", "status", "note"], as_json=as_json, empty=empty)


def _row(document: dict[str, Any]) -> dict[str, Any]:
    return {"id": document["sha256"][:12], **document}


@command.command("show")
@click.argument("notice")
@click.argument("document")
@click.option("--json", "as_json", is_flag=True, help="Print an object with each part's page, place and offsets.")
@pass_app
def show(app: App, notice: str, document: str, as_json: bool) -> None:
    """Show the text of DOCUMENT (a name, or the first characters of its id) of NOTICE."""
    with app.reading() as register:
        found = documents.get(register, notice, document)
        text, placed = documents.text(register, found.sha256)
    if as_json:
        parts = [{**part.model_dump(mode="json"), "start": start, "end": end} for part, start, end in placed]
        shown = {**found.model_dump(mode="json"), "text": text, "parts": parts}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    if found.note:
        note(found.note)
    page: int | None = None
    for part, _, _ in placed:
        if part.page != page:
            page = part.page
            click.echo(f"\n[{page}]" if page else "")
        click.echo(part.text if part.kind == "row" else f"{part.text}\n")
