"""`anbudslots digest`: the weekly letters: preview, send, status; what a person decides of them."""

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
    warn,
)
from config.settings import Settings
from crawler import imap
from notifier import archive, brakes, digest, dispatch, mail, operator, outbox, summaries, uncertain
from register import deliveries, letter_weeks, pauses
from register.database import Register
from register.models import Delivery
from register.pauses import Pause


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
@click.option("--due", is_flag=True, help="Only letters whose enterprise's own weekday and hour have come.")
@click.option("--dry-run", is_flag=True, help="Only say what would go; nothing is stored or sent.")
@pass_app
def send(app: App, due: bool, dry_run: bool) -> int:
    """Compose this week's letters and send what is due; a second run sends nothing again."""
    if dry_run:
        return _dry_run(app, due)
    with app.reading() as register:
        status, detail = send_letters(app, register, by_clock=due)
    click.echo(detail or "Nothing is due.")
    return status


def send_letters(app: App, register: Register, *, by_clock: bool) -> tuple[int, str]:
    """Queue and send: an exit status and how many letters ended how; an empty text where there was nothing to do.

    Prints what was composed for whom, and why the rest was not. Also the scheduler's step.
    """
    settings = app.settings
    _tidy(app, register)
    paused = brakes.check(register, settings=settings, now=app.now)
    if not paused:
        queued = outbox.queue_letters(register, settings=settings, now=app.now, by_clock=by_clock)
        queued += summaries.queue_advisers(register, settings=settings, now=app.now, by_clock=by_clock)
        _echo_queued(queued, quiet=by_clock)
        paused = brakes.check(register, settings=settings, now=app.now)
    _echo_pauses(paused)
    if not _ready(register, app, only_operator=bool(paused)):
        return (NOTHING_DONE, "") if paused else (DONE, "")
    copy = settings.archive.address if settings.mail.uncertain == "verify" else ""
    with progress_bar("sending") as progress, mail.SmtpTransport(settings.mail, copy=copy) as transport:
        sent = dispatch.send_due(register, transport, settings=settings, clock=lambda: app.now, progress=progress)
    if sent.stopped and not paused:
        warn(f"The rest waits: {sent.stopped}.")
    detail = ", ".join(f"{count} {state}" for state, count in sorted(sent.states.items())) or "Nothing sent."
    if set(sent.states) <= {"accepted"} and not sent.stopped:
        return DONE, detail
    return (IN_PART if sent.states.get("accepted") and not paused else NOTHING_DONE), detail


@command.command("municipalities")
@pass_app
def municipalities(app: App) -> int:
    """Compose this month's letter for each municipality's accounts; `digest send` sends them.

    A second run the same month composes nothing again. The scheduler does it after the month's first match.
    """
    from anbudslots import municipal  # loads the model's libraries, which no other command here needs

    with app.writing() as register:
        queued = municipal.queue(app, register)
    rows = [{"recipient": one.recipient, "period": one.period, "outcome": one.outcome} for one in queued]
    echo_rows(rows, ["recipient", "period", "outcome"], as_json=False, empty="Nothing is due.")
    return DONE


@command.command("status")
@click.option("--period", default=None, help="ISO week such as 2026-W48; default all.")
@json_option
@pass_app
def status(app: App, period: str | None, as_json: bool) -> None:
    """List letters with recipient, period, state and the mail server's answer; weeks without a letter, and why."""
    with app.reading() as register:
        rows = [
            {
                "kind": d.kind,
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
                "next_attempt": d.next_attempt.isoformat() if d.next_attempt else None,
            }
            for d in deliveries.listing(register, period=period)
        ]
        silent = letter_weeks.listing(register, period=period, but=("letter",))
        in_force = pauses.in_force(register)
    columns = ["enterprise", "recipient", "period", "state", "attempts", "answer", "subject"]
    echo_rows(rows, columns, as_json=as_json, empty="No letters yet. `anbudslots digest send` makes them.")
    if as_json:
        return
    if silent:
        weeks = [{"enterprise": w.enterprise, "period": w.period, "no letter": w.reason} for w in silent]
        click.echo("")
        echo_rows(weeks, ["enterprise", "period", "no letter"], as_json=False, empty="")
    _echo_pauses(in_force)
    uncertain = [row["message_id"] for row in rows if row["state"] == "uncertain"]
    if uncertain:
        warn("These letters may have gone out, or not. Ask the recipient, then `digest release` or `digest drop`:")
        for message_id in uncertain:
            note(f"  {message_id}")


@command.command("release")
@click.argument("message_id", nargs=-1, required=True)
@pass_app
def release(app: App, message_id: tuple[str, ...]) -> int:
    """Let uncertain letters go again, the same mail with the same Message-ID; `digest send` sends them."""
    with app.reading() as register:
        done = [uncertain.release(register, one, now=app.now) for one in message_id]
    return _told(message_id, done, "is due again", "is not uncertain")


@command.command("drop")
@click.argument("message_id", nargs=-1, required=True)
@click.option("--arrived", is_flag=True, help="The recipient has it: its news are not told again.")
@pass_app
def drop(app: App, message_id: tuple[str, ...], arrived: bool) -> int:
    """Let uncertain or waiting letters not go any more; their news come in the next letter."""
    with app.reading() as register:
        done = [uncertain.drop(register, one, arrived=arrived, now=app.now) for one in message_id]
    return _told(message_id, done, "goes no more", "is neither uncertain nor waiting")


@command.command("resume")
@click.option("--by", required=True, metavar="NAME", help="Who has looked at the reason.")
@pass_app
def resume(app: App, by: str) -> None:
    """Lift what pauses the sending (`digest status` says why); the next `digest send` goes on."""
    with app.reading() as register:
        lifted = pauses.lift(register, by=by, at=app.now)
    click.echo(f"{lifted} pauses lifted." if lifted else "The sending is not paused.")


def archive_of(settings: Settings) -> archive.Archive | None:
    """Where copies lie, if letters are verified there. Raises SettingsError where it is not set."""
    if settings.mail.uncertain != "verify":
        return None
    if settings.archive.maildir:
        return archive.Maildir(Path(settings.archive.maildir))
    access = imap.Access(settings.archive, "ARCHIVE")
    access.check()
    context = access.context()
    return archive.Imap(lambda: access.connection(context), settings.archive.folder, access.told)


def _ready(register: Register, app: App, *, only_operator: bool) -> list[Delivery]:
    """Letters that can go now; while the sending is paused, the operator's own alone."""
    return [
        letter
        for letter in deliveries.waiting(register)
        if (letter.next_attempt is None or letter.next_attempt <= app.now)
        and (letter.kind == "operator" or not only_operator)
    ]


def _tidy(app: App, register: Register) -> None:
    found = uncertain.tidy(register, settings=app.settings, now=app.now, archive=archive_of(app.settings))
    for count, words in (
        (found.uncertain, "letters of a run that was cut off are uncertain"),
        (found.found, "uncertain letters lie in the archive: they had gone out"),
        (found.again, "uncertain letters go again"),
        (found.given_up, "letters were tried for three days and are given up"),
    ):
        if count:
            note(f"{count} {words}.")
    if found.problem:
        warn(found.problem)


def _dry_run(app: App, due: bool) -> int:
    """All in a transaction that is undone."""
    with app.reading() as register, register.undone():
        paused = brakes.check(register, settings=app.settings, now=app.now)
        queued = outbox.queue_letters(register, settings=app.settings, now=app.now, by_clock=due)
        paused = paused or brakes.check(register, settings=app.settings, now=app.now)
        waiting = _ready(register, app, only_operator=False)
    _echo_queued([one for one in queued if one.outcome != "queued"], quiet=True)
    rows = [
        {"enterprise": d.enterprise, "recipient": d.recipient, "lots": len(d.lots), "subject": d.subject}
        for d in waiting
    ]
    empty = "Nothing would go."
    echo_rows(rows, ["enterprise", "recipient", "lots", "subject"], as_json=False, empty=empty, title="Would go:")
    _echo_pauses(paused)
    return DONE


def _echo_queued(queued: list[outbox.Queued], *, quiet: bool) -> None:
    rows = [
        {"enterprise": q.enterprise, "recipient": q.recipient, "period": q.period, "outcome": q.outcome} for q in queued
    ]
    if rows or not quiet:
        echo_rows(rows, ["enterprise", "recipient", "period", "outcome"], as_json=False, empty="No enterprises.")


def _echo_pauses(found: list[Pause]) -> None:
    for pause in found:
        warn(f"The sending is paused since {pause.at:%Y-%m-%d %H:%M} UTC. {operator.why(pause, 'en')}")
    if found:
        note("When you have looked: `anbudslots digest resume --by NAME`.")


def _told(message_ids: tuple[str, ...], done: list[bool], good: str, bad: str) -> int:
    for message_id, changed in zip(message_ids, done, strict=True):
        click.echo(f"{message_id} {good if changed else bad}.")
    if all(done):
        return DONE
    return IN_PART if any(done) else NOTHING_DONE
