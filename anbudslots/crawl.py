"""`anbudslots crawl`: collect notices from a source, or from all whose dossier allows it."""

import json
import subprocess
import sys
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import click

from anbudslots.answers import read_answers
from anbudslots.context import (
    DONE,
    IN_PART,
    NOTHING_DONE,
    App,
    echo_set_aside,
    json_option,
    pass_app,
    progress_bar,
    warn,
)
from config import sources
from config.errors import SettingsError, SourceRefusedError
from crawler import health
from crawler.archive import Archive
from crawler.intake import ready
from crawler.sandbox import Sandbox
from register import permissions, runs
from register.database import Register
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
    help="Every source with a daily spider that its dossier or a permission allows, and the mailbox if one is set.",
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day of publication.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of publication; default today.")
@json_option
@pass_app
def command(
    app: App, source: str | None, everything: bool, since: datetime | None, until: datetime | None, as_json: bool
) -> int:
    """Collect notices from SOURCE; without --since from some days before the last complete run.

    Example: anbudslots crawl ted --since 2026-11-16
    """
    if bool(source) == everything:
        raise click.UsageError("Name one source, or say --all.")
    chosen = [source] if source else daily(app)
    for sentence in [] if source else left_out(app):
        warn(sentence)
    last = until.date() if until else app.now.astimezone(app.zone).date()
    if since and since.date() > last:
        raise SettingsError(f"--since {since.date()} is after --until {last}.")
    if source:
        status = _crawl(app, source, since.date() if since else None, last)
    else:
        status = worst(_apart(app, name, since.date() if since else None, last) for name in chosen)
    with app.reading() as register:
        answers_alone = not app.settings.mailbox.host
        states = [health.state(register, name) for name in chosen if name != MAILBOX or not answers_alone]
    if as_json:
        click.echo(json.dumps([state.model_dump(mode="json") for state in states], ensure_ascii=False, indent=2))
    else:
        for state in states:
            echo_state(state)
    return status


def daily(app: App) -> list[str]:
    """What is crawled each day: spiders that may run, but for those of earlier days, and the mailbox if one is set."""
    from crawler import collect

    with app.reading() as register:
        allowed = [
            name
            for name, spider in collect.SPIDERS.items()
            if not spider.backfill
            and (sources.load()[name].status == "enabled" or permissions.in_force(register, name, app.now))
        ]
    return [*allowed, MAILBOX] if app.settings.mailbox.host or app.settings.answers.host else allowed


def left_out(app: App) -> list[str]:
    """What was crawled each day until its permission ran out not long ago, in words."""
    from crawler import collect

    with app.reading() as register:
        found = {name: permissions.run_out(register, name, app.now) for name in collect.SPIDERS}
    return [
        f"{name} is left out: its permission, of {own.by}, ended with {own.until}. Ask its operator again, and record "
        f"the answer with `anbudslots sources permit {name}`."
        for name, own in found.items()
        if own is not None
    ]


def worst(statuses: Iterable[int]) -> int:
    """The exit status of several crawls: nothing done only where none did anything."""
    found = list(statuses)
    if all(status == NOTHING_DONE for status in found):
        return NOTHING_DONE
    return IN_PART if any(found) else DONE


def _apart(app: App, name: str, since: date | None, until: date) -> int:
    """Crawl in a program of its own: Scrapy starts once in a process, and one source's failure stops no other."""
    days = ["--until", until.isoformat(), *(["--since", since.isoformat()] if since else [])]
    clock = ["--now", app.fixed_now.isoformat()] if app.fixed_now else []
    program = [sys.executable, "-m", "anbudslots", "--data", str(app.data), *clock, "crawl", name, *days]
    done = subprocess.run(program, check=False, stdout=subprocess.DEVNULL)  # noqa: S603  (our own program)
    return done.returncode if done.returncode in (DONE, IN_PART) else NOTHING_DONE


def _crawl(app: App, name: str, since: date | None, until: date) -> int:
    if name == MAILBOX:
        return _crawl_mailbox(app)
    if name not in sources.load():
        raise SettingsError(f"There is no source {name!r}. `anbudslots sources list` shows them.")
    with Sandbox() as sandbox:
        # It starts and loads what reads notices while Scrapy is loaded here, which takes as long.
        sandbox.prepare(ready)
        from crawler import collect

        if name not in collect.SPIDERS:
            dossier = sources.load()[name]
            raise SourceRefusedError(
                f"The source {name} has no spider: its dossier in config/sources.yaml says {dossier.status!r}. "
                f"{dossier.next_step or 'Use `anbudslots notices import`.'}"
            )
        with app.writing() as register, progress_bar(f"crawling {name}") as progress:
            # Also at the real time: --now must not bring back a permission that has run out.
            collect.check(name, register, app.settings, app.clock)
            run = collect.crawl(
                name,
                register=register,
                archive=Archive(app.data / "raw"),
                settings=app.settings,
                since=since or _since(app, register, name, until),
                until=until,
                now=app.now,
                sandbox=sandbox,
                progress=progress,
            )
    echo_set_aside(run.set_aside)
    return (
        {"complete": DONE, "partial": IN_PART}.get(run.status, NOTHING_DONE)
        if not run.set_aside
        else max(IN_PART, {"failed": NOTHING_DONE}.get(run.status, IN_PART))
    )


def _since(app: App, register: Register, name: str, until: date) -> date:
    """The first day of a crawl for which none is given: some days before the last complete run."""
    complete = runs.last_complete(register, name)
    reached = complete.until if complete and complete.until else until - timedelta(days=FIRST_DAYS)
    return min(reached, until) - timedelta(days=app.settings.ted.overlap_days if complete else 0)


def _crawl_mailbox(app: App) -> int:
    """Alert mails and what came back to letters: from two mailboxes, or two looks at one."""
    done = []
    if app.settings.mailbox.host or not app.settings.answers.host:
        from crawler import mailbox

        with app.writing() as register, progress_bar("reading the mailbox") as progress:
            done.append(
                _mailbox_status(mailbox.crawl(register, Archive(app.data / "raw"), app.settings, app.now, progress))
            )
    if app.settings.answers.host:
        with app.reading() as register:
            status, detail = read_answers(app, register)
        click.echo(f"answers to letters: {detail or 'nothing came back'}")
        done.append(status)
    return worst(done)


def _mailbox_status(run: Run) -> int:
    echo_set_aside(run.set_aside)
    done = IN_PART if run.set_aside else DONE
    return {"complete": done, "partial": IN_PART}.get(run.status, NOTHING_DONE)


def echo_state(state: health.State) -> None:
    """Print a source's state: a line of figures, then what is wrong and what to do, then what was overcome."""
    run = state.run
    if run is not None:
        when = f"{run.since}..{run.until}" if run.since else f"{run.started:%Y-%m-%d %H:%M}"
        click.echo(
            f"{run.source} {when}: {run.status}; announced {run.announced}, received {run.received}, "
            f"new {run.new}, changed {run.changed}, unchanged {run.unchanged}, set aside {len(run.set_aside)}"
        )
    complete = f"{state.last_complete:%Y-%m-%d %H:%M}" if state.last_complete else "never"
    click.echo(f"  last complete: {complete}; windows that are partial: {len(state.partial) or 'none'}")
    for sentence in state.wrong:
        click.echo(f"  ! {sentence}")
    for sentence in run.notes if run else ():
        click.echo(f"  - {sentence}")
