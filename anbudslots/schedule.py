"""`anbudslots schedule`: crawl, match and send letters by the clock; what it has done and will do."""

import signal
import subprocess
import sys
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from types import FrameType

import click

from anbudslots import serve
from anbudslots.answers import read_answers
from anbudslots.context import DONE, IN_PART, NOTHING_DONE, WRONG_USE, App, echo_rows, json_option, note, pass_app
from anbudslots.digest import send_letters
from notifier import chain, operator, slots, summaries
from notifier.chain import Result
from notifier.schedule import LEASE, Clock, holder
from portal import server
from register import enterprises, leases, pauses, steps
from register.database import Register, open_register

WORDS = {DONE: "done", IN_PART: "done in part", WRONG_USE: "wrong use or settings", NOTHING_DONE: "nothing done"}


@click.group(invoke_without_command=True)
@click.option("--serve", "serves", is_flag=True, help="Serve the pages as well, as `anbudslots serve` does.")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="With --serve; 0 for any free one.")
@click.pass_context
def command(context: click.Context, serves: bool, port: int | None) -> None:
    """Each day crawl and match, and send each enterprise's letter at its own weekday and hour. Runs until Ctrl-C.

    Only one scheduler runs on a data folder; a second one waits, and takes over when the first falls silent.
    """
    if port is not None and not serves:
        raise click.UsageError("--port is the port of the pages: say --serve too.")
    if context.invoked_subcommand is None:
        app = context.ensure_object(App)
        pages = serving(app, port) if serves else nullcontext()
        with pages:
            run(app)


def serving(app: App, port: int | None) -> AbstractContextManager[None]:
    """The pages beside the scheduler, in the same process: what ends the one ends the other."""
    return server.beside(
        serve.pages(app.data_only()),
        app.settings.serve,
        port=port,
        started=lambda address: serve.told(app.data_only(), address),
    )


def run(app: App) -> None:
    """The scheduler, with the real clock; settings are read anew for each tick."""
    name = holder()
    clock = Clock(
        app.settings,
        name=name,
        open_register=lambda: open_register(app.data),
        tick=lambda register: _tick(app.data_only(), register, name),
        clock=lambda: datetime.now(UTC),
        told=lambda sentence: note(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z {sentence}"),
    )
    signal.signal(signal.SIGTERM, _end)
    _next(app)
    clock.run()


@command.command("status")
@json_option
@pass_app
def status(app: App, as_json: bool) -> None:
    """Show the next runs in local time, who holds the clock, and what the last steps did."""
    with app.reading() as register:
        found = steps.listing(register, limit=15)
        lease = leases.held(register, LEASE)
        paused = pauses.in_force(register)
        upcoming = coming(app, register)
    rows = [
        {
            "step": step.name,
            "started": f"{step.started.astimezone(app.zone):%Y-%m-%d %H:%M}",
            "ended": f"{step.ended.astimezone(app.zone):%Y-%m-%d %H:%M}" if step.ended else "",
            "result": "cut off, or running" if step.status is None else WORDS[step.status],
            "detail": step.detail,
        }
        for step in found
    ]
    if as_json:
        echo_rows([*upcoming, *rows], [], as_json=True, empty="")
        return
    running = lease is not None and lease[1] > app.now
    click.echo(f"Running: {lease[0]}" if running and lease else "No scheduler runs. `anbudslots schedule` starts one.")
    echo_rows(upcoming, ["next", "what"], as_json=False, empty="", title="Next runs")
    echo_rows(rows, ["step", "started", "ended", "result", "detail"], as_json=False, empty="No steps yet.")
    for pause in paused:
        note(f"Paused since {pause.at.astimezone(app.zone):%Y-%m-%d %H:%M}: {operator.why(pause, 'en')}")


def coming(app: App, register: Register) -> list[dict[str, str]]:
    """The next chain, and each moment of the coming week at which letters are due, in local time."""
    settings = app.settings
    due = Counter(slots.following(one.digest, settings.digest, app.now).due for one in enterprises.everyone(register))
    found = [(chain.next_day(settings, app.now), "crawl, then match")]
    found += [(at, f"letters of {count} enterprises") for at, count in due.items()]
    return [{"next": f"{at:%a %Y-%m-%d %H:%M %Z}", "what": what} for at, what in sorted(found)]


def _next(app: App) -> None:
    with app.reading() as register:
        rows = coming(app, register)
    echo_rows(rows, ["next", "what"], as_json=False, empty="", title="Next runs")
    note("Stop with Ctrl-C.")


def _tick(app: App, register: Register, name: str) -> None:
    chain.tick(
        register,
        name,
        work={
            "crawl": lambda: _program(app, "crawl", "--all"),
            "match": lambda: _program(app, "match"),
            **({"answers": lambda: read_answers(app, register)} if app.settings.answers.host else {}),
            "letters": lambda: _letters(app, register, name),
        },
        settings=app.settings,
        clock=lambda: datetime.now(UTC),
    )


def _letters(app: App, register: Register, name: str) -> Result:
    """Once a month the municipalities' letters are composed, by a program of its own since it loads the model."""
    if summaries.month_is_due(register, settings=app.settings, now=app.now):
        step = steps.start(register, summaries.MONTHLY, name, at=app.now)
        status, detail = _program(app, "digest", "municipalities")
        steps.finish(register, step, status=status, detail=detail, at=app.now)
    return send_letters(app, register, by_clock=True)


def _program(app: App, *arguments: str) -> Result:
    """A step in a program of its own: its memory is free again afterwards, and its fault stops no other."""
    done = subprocess.run(  # noqa: S603  (our own program)
        [sys.executable, "-m", "anbudslots", "--data", str(app.data), *arguments], check=False
    )
    status = done.returncode if done.returncode in WORDS else NOTHING_DONE
    return status, f"ended with {done.returncode}: {WORDS[status]}"


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise SystemExit(0)
