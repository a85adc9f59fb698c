"""`anbudslots reparse`: today's parsers over what was received before."""

import json
from datetime import UTC, datetime

import click

from anbudslots.context import DONE, IN_PART, App, echo_set_aside, json_option, pass_app
from crawler import reparsing
from crawler.archive import Archive

SHOWN = 100
"""Longest value that is shown in a line."""


@click.command()
@click.option("--source", help="Only what was received from this source.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what was received on this day or later.")
@click.option("--dry-run", is_flag=True, help="Only report; write nothing.")
@json_option
@pass_app
def command(app: App, source: str | None, since: datetime | None, dry_run: bool, as_json: bool) -> int:
    """Read the archive with today's parsers; report what they read otherwise, field by field, then write it.

    What changes so is no change by the buyer: no letter tells of it.

    Example: anbudslots reparse --source ted --dry-run
    """
    with app.writing() as register:
        archive = Archive(app.data / "raw")
        when = since.replace(tzinfo=UTC) if since else None
        # First all is reported, then it is written: who stops in between has changed nothing.
        report = reparsing.reparse(register, archive, at=app.now, source=source, since=when, write=False)
        tell(report, as_json=as_json)
        if not dry_run and report.rereadings:
            reparsing.reparse(register, archive, at=app.now, source=source, since=when, write=True)
    echo_set_aside(report.set_aside)
    if not as_json:
        done = "would change" if dry_run else "changed"
        fields = sum(len(rereading.fields) for rereading in report.rereadings)
        click.echo(f"{report.records} records read; {len(report.rereadings)} notices, {fields} fields {done}")
    return IN_PART if report.set_aside else DONE


def tell(report: reparsing.Report, *, as_json: bool) -> None:
    """Print what is read otherwise, notice by notice."""
    if as_json:
        rows = [rereading.model_dump(mode="json") for rereading in report.rereadings]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for rereading in report.rereadings:
        which = "" if rereading.current else " (an earlier version)"
        click.echo(f"{rereading.number}{which}" + ("" if rereading.fields else ": could not be read before"))
        for change in rereading.fields:
            click.echo(f"  {change.path}: {shown(change.before)} -> {shown(change.after)}")


def shown(value: object) -> str:
    """A value in one line, shortened."""
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
