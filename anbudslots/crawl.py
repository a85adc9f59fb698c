"""`anbudslots crawl`: collect notices from a source, or from all whose dossier allows it."""

from datetime import date, datetime, timedelta

import click

from anbudslots.context import (
    DONE,
    IN_PART,
    NOTHING_DONE,
    App,
    echo_set_aside,
    note,
    pass_app,
    progress_bar,
)
from config import sources
from config.errors import SettingsError, SourceRefusedError
from crawler import collect, mailbox
from crawler.archive import Archive
from register import runs
from register.models import Run

MAILBOX = "mailbox"
"""What is no web source but is collected like one: one's own mailbox."""
FIRST_DAYS = 7
"""How far back the first crawl of a source goes when no --since is given."""


@click.command()
@click.argument("source", required=False)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Every source that has a spider and an enabled dossier, and the mailbox if one is set.",
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day of publication.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of publication; default today.")
@pass_app
def command(app: App, source: str | None, everything: bool, since: datetime | None, until: datetime | None) -> int:
    """Collect notices from SOURCE; without --since from some days before the last complete run.

    Example: anbudslots crawl ted --since 2026-11-16
    """
    if bool(source) == everything:
        raise click.UsageError("Name one source, or say --all.")
    chosen = [source] if source else [name for name in collect.SPIDERS if sources.load()[name].status == "enabled"]
    if everything and app.settings.mailbox.host:
        chosen.append(MAILBOX)
    last = until.date() if until else app.now.astimezone(app.zone).date()
    if since and since.date() > last:
        raise SettingsError(f"--since {since.date()} is after --until {last}.")
    statuses = []
    for name in chosen:
        assert name is not None
        statuses.append(_crawl(app, name, since.date() if since else None, last))
    if not statuses or all(status == NOTHING_DONE for status in statuses):
        return NOTHING_DONE
    return IN_PART if any(statuses) else DONE


def _crawl(app: App, name: str, since: date | None, until: date) -> int:
    if name == MAILBOX:
        with app.writing() as register, progress_bar("reading the mailbox") as progress:
            run = mailbox.crawl(register, Archive(app.data / "raw"), app.settings, app.now, progress)
        report(run)
        return {"complete": DONE, "partial": IN_PART}.get(run.status, NOTHING_DONE)
    if name not in sources.load():
        raise SettingsError(f"There is no source {name!r}. `anbudslots sources list` shows them.")
    if name not in collect.SPIDERS:
        raise SourceRefusedError(
            f"The source {name} has no spider: its dossier in config/sources.yaml says "
            f"{sources.load()[name].status!r}. Use `anbudslots notices import`."
        )
    with app.writing() as register, progress_bar(f"crawling {name}") as progress:
        first = since
        if first is None:
            complete = runs.last_complete(register, name)
            reached = complete.until if complete and complete.until else until - timedelta(days=FIRST_DAYS)
            first = min(reached, until) - timedelta(days=app.settings.ted.overlap_days if complete else 0)
        run = collect.crawl(
            name,
            register=register,
            archive=Archive(app.data / "raw"),
            settings=app.settings,
            since=first,
            until=until,
            now=app.now,
            progress=progress,
        )
    report(run)
    return (
        {"complete": DONE, "partial": IN_PART}.get(run.status, NOTHING_DONE)
        if not run.set_aside
        else max(IN_PART, {"failed": NOTHING_DONE}.get(run.status, IN_PART))
    )


def report(run: Run) -> None:
    """Print what a run announced, received and missed."""
    echo_set_aside(run.set_aside)
    for problem in run.problems:
        note(problem)
    click.echo(
        f"{run.source} {run.since}..{run.until}: {run.status}; announced {run.announced}, received {run.received}, "
        f"new {run.new}, changed {run.changed}, unchanged {run.unchanged}, set aside {len(run.set_aside)}"
    )
