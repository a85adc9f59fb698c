"""`anbudslots digest`: the weekly letters: preview, send, status."""

from pathlib import Path

import click

from anbudslots.context import (
    DONE,
    IN_PART,
    NOTHING_DONE,
    App,
    echo_rows,
    json_option,
    note,
    pass_app,
    progress_bar,
)
from notifier import digest, mail, outbox
from register import deliveries
from register.database import Register


@click.group()
def command() -> None:
    """The weekly letters."""


@command.command("preview")
@click.argument("enterprise")
@click.option("--html", "html_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the HTML part here.")
@pass_app
def preview(app: App, enterprise: str, html_file: Path | None) -> None:
    """Show this week's letter to ENTERPRISE as it would be now; nothing is stored or sent."""
    with app.reading() as register:
        made = outbox.preview(register, enterprise, settings=app.settings, now=app.now)
    if isinstance(made, digest.Quiet):
        click.echo(f"No letter this week: {made.reason}")
        return
    _, letter = made
    click.echo(f"Subject: {letter.subject}\n\n{letter.text}")
    if html_file:
        html_file.write_text(letter.html, encoding="utf-8")
        note(f"HTML: {html_file}")


@command.command("send")
@pass_app
def send(app: App) -> int:
    """Compose this week's letters and send what is due; a second run sends nothing again."""
    with app.writing() as register:
        return send_letters(app, register)


def send_letters(app: App, register: Register) -> int:
    """Queue and send; prints what went to whom. Also the scheduler's job."""
    queued = outbox.queue_letters(register, settings=app.settings, now=app.now)
    rows = [
        {"enterprise": q.enterprise, "recipient": q.recipient, "period": q.period, "outcome": q.outcome} for q in queued
    ]
    echo_rows(rows, ["enterprise", "recipient", "period", "outcome"], as_json=False, empty="No enterprises.")
    waiting = len(deliveries.waiting(register))
    if not waiting:
        click.echo("Nothing is due.")
        return DONE
    with progress_bar("sending") as progress, mail.SmtpTransport(app.settings.mail) as transport:
        states = outbox.send_due(register, transport, settings=app.settings, now=app.now, progress=progress)
    click.echo(", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "Nothing sent.")
    if set(states) == {"accepted"}:
        return DONE
    return IN_PART if states.get("accepted") else NOTHING_DONE


@command.command("status")
@click.option("--period", default=None, help="ISO week such as 2026-W48; default all.")
@json_option
@pass_app
def status(app: App, period: str | None, as_json: bool) -> None:
    """List letters with recipient, period, state and the mail server's answer."""
    with app.reading() as register:
        rows = [
            {
                "enterprise": d.enterprise,
                "recipient": d.recipient,
                "period": d.period,
                "state": d.state,
                "message_id": d.message_id,
                "subject": d.subject,
                "attempts": d.attempts,
                "answer": d.answer,
                "lots": [f"{number}/{lot}" for number, lot in d.lots],
                "changed": d.changed.isoformat(),
            }
            for d in deliveries.listing(register, period=period)
        ]
    columns = ["enterprise", "recipient", "period", "state", "attempts", "answer", "subject"]
    echo_rows(rows, columns, as_json=as_json, empty="No letters yet. `anbudslots digest send` makes them.")
