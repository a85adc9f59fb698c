"""`anbudslots schedule`: match and send the weekly letters by the clock."""

from datetime import UTC, datetime

import click

from anbudslots.context import App, note, pass_app
from anbudslots.digest import send_letters
from config.errors import AnbudslotsError
from matcher import encoder, matching
from matcher.screening import learned
from notifier import schedule


@click.command()
@click.option("--show", is_flag=True, help="Only print the next runs, in local time.")
@pass_app
def command(app: App, show: bool) -> None:
    """Every Monday 07:00 (or as set): match what is new, and send the letters. Runs until Ctrl-C.

    Collect notices before it, for example by a daily `anbudslots crawl --all` of the system's own timer.
    """
    runs = schedule.next_runs(app.settings.digest, app.now, 3)
    for at in runs:
        click.echo(at.strftime("%Y-%m-%d %H:%M %Z"))
    if show:
        return
    note("Waiting for the next run; stop with Ctrl-C.")
    schedule.run(app.settings.digest, lambda: job(app.data_only()), started=lambda: None)


def job(app: App) -> None:
    """One weekly run; an error is told and the schedule goes on."""
    note(f"{datetime.now(UTC).isoformat(timespec='seconds')} weekly run")
    try:
        with app.writing() as register:
            model = encoder.load(app.settings.model, app.data / "model", note)
            judge = learned.shipped(app.data / "model", note)
            matching.run(register, model, app.settings.matcher, now=app.now, judge=judge)
            send_letters(app, register)
    except AnbudslotsError as error:
        note(f"The weekly run failed: {error}")
