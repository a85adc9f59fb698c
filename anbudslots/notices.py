"""`anbudslots notices`: import, list, show; what has changed; which are of one tender."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

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
from crawler import importing, merging
from crawler.archive import Archive
from crawler.sniffing import Format
from register import documents, findings, history, joins, notices, placing
from register.database import Register


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
    for run in made:
        echo_set_aside(run.set_aside)
        for sentence in (*run.notes, *run.problems):
            note(sentence)
    new, changed, unchanged = (sum(getattr(run, name) for run in made) for name in ("new", "changed", "unchanged"))
    aside = sum(len(run.set_aside) for run in made)
    announced = sum(run.announced for run in made)
    click.echo(f"{new} new, {changed} changed, {unchanged} unchanged, {aside} set aside of {announced}")
    return IN_PART if aside or any(run.problems for run in made) else DONE


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
            "placed": {lot: place.model_dump(mode="json") for lot, place in placing.of(register, number).items()},
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
