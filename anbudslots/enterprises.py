"""`anbudslots enterprises`: import, list and show."""

import json
from dataclasses import asdict
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
    warn,
)
from matcher import encoder, profile, suggesting
from matcher.lexical import Analyser
from register import consents, enterprise_files, enterprises, matches
from register.models import SetAside


@click.group()
def command() -> None:
    """Import, list and show enterprises."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--confirmed", is_flag=True, help="The addresses in the file have agreed to get letters.")
@pass_app
def import_(app: App, file: Path, confirmed: bool) -> int:
    """Import enterprises from FILE (.jsonl, .csv or .xlsx); a second import updates, never doubles.

    Example: anbudslots enterprises import foretag.csv --confirmed
    """
    counts = {"new": 0, "changed": 0, "unchanged": 0}
    aside: list[SetAside] = []
    lines: dict[str, int] = {}
    with app.writing() as register:
        for row in enterprise_files.read(file):
            if isinstance(row, SetAside):
                aside.append(row)
                continue
            enterprise = row.enterprise
            for field in row.unknown:
                warn(f"{file.name} line {row.line}: unknown field {field!r} is left out")
            if enterprise.id in lines:
                reason = f"{enterprise.id!r} stands on line {lines[enterprise.id]} too; the first is kept"
                aside.append(SetAside(item=f"{file.name} line {row.line}", field="id", reason=reason))
                continue
            lines[enterprise.id] = row.line
            counts[enterprises.add(register, enterprise, at=app.now)] += 1
            if confirmed and enterprise.contact.email:
                consents.confirm(
                    register, enterprise.id, enterprise.contact.email, how=f"import of {file.name}", at=app.now
                )
    echo_set_aside(aside)
    click.echo(
        f"{counts['new']} new, {counts['changed']} changed, {counts['unchanged']} unchanged, {len(aside)} set aside"
    )
    return IN_PART if aside else DONE


@command.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List enterprises."""
    with app.reading() as register:
        counts = matches.counts(register)
        confirmed = {enterprise for enterprise, _ in consents.confirmed(register)}
        rows = [
            {
                "id": enterprise.id,
                "name": enterprise.name,
                "municipality": enterprise.municipality,
                "weekday": enterprise.digest.weekday,
                "letters": enterprise.id in confirmed,
                "matches": counts.get(enterprise.id, 0),
                "example": enterprise.is_example,
            }
            for enterprise in enterprises.everyone(register)
        ]
    empty = "No enterprises yet. Import some: anbudslots enterprises import FILE --confirmed"
    echo_rows(rows, ["id", "name", "municipality", "weekday", "letters", "matches"], as_json=as_json, empty=empty)


@command.command("show")
@click.argument("id")
@pass_app
def show(app: App, id: str) -> None:
    """Show one enterprise with all its fields, as JSON."""
    with app.reading() as register:
        enterprise = enterprises.get(register, id)
    click.echo(json.dumps(enterprise.model_dump(mode="json"), ensure_ascii=False, indent=2))


@command.command("suggest-cpv")
@click.argument("id")
@json_option
@pass_app
def suggest_cpv(app: App, id: str, as_json: bool) -> None:
    """Suggest CPV codes for an enterprise, each with the words that it came from; a person decides.

    Example: anbudslots enterprises suggest-cpv asf-1
    """
    with app.writing() as register:
        enterprise = enterprises.get(register, id)
        model = encoder.load(app.settings.model, app.data / "model", note)
        own = profile.build(enterprise, model, Analyser(), register=register)
        rows = [asdict(found) for found in suggesting.codes(own, model, register=register)]
    columns = ["code", "label", "confidence", "line", "given"]
    echo_rows(rows, columns, as_json=as_json, empty="No code is near: describe what you do in more words.")
