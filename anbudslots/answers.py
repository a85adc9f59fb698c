"""`anbudslots answers`: what came back to letters and no machine understood."""

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
    warn,
)
from config.errors import NotFoundError
from notifier import returns
from register import applications, consents, deliveries, incoming
from register.database import Register


@click.group()
def command() -> None:
    """Answers to letters: `crawl mailbox` reads them; these are for a person."""


@command.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List answers that no machine understood, oldest first, with the person's own words."""
    with app.reading() as register:
        rows: list[dict[str, Any]] = [
            {
                "id": number,
                "received": mail.received.isoformat(),
                "sender": mail.sender,
                "enterprise": deliveries.get(register, letter).enterprise if letter else "",
                "words": mail.text or mail.subject,
                "letter": letter,
            }
            for number, letter, mail in incoming.unclear(register)
        ]
    columns = ["id", "received", "sender", "enterprise", "words"]
    echo_rows(rows, columns, as_json=as_json, empty="Nobody waits for an answer.")


@command.command("read")
@click.argument("number", type=int, nargs=-1, required=True)
@pass_app
def read(app: App, number: tuple[int, ...]) -> None:
    """Say that these answers have been read and taken care of; their words are forgotten."""
    with app.reading() as register:
        waiting = {one: letter for one, letter, _ in incoming.unclear(register)}
        unknown = [one for one in number if one not in waiting]
        if unknown:
            raise NotFoundError(f"No answer {unknown[0]} waits to be read. `anbudslots answers list` shows them.")
        for one in number:
            incoming.settle(register, one, "read", delivery=waiting[one], at=app.now)
    click.echo(f"{len(number)} read")


def read_answers(app: App, register: Register) -> tuple[int, str]:
    """Read the mailbox of answers and act on what came: an exit status and what it led to; empty for nothing.

    Also the scheduler's step, before the letters.
    """
    from crawler import postbox

    run = postbox.crawl(register, app.settings, app.now)
    effects = returns.settle(register, settings=app.settings, now=app.now)
    forgotten = consents.tidy(register, now=app.now)
    applications.tidy(register, now=app.now)
    told = [f"{count} {effect}" for effect, count in sorted(effects.items())]
    if forgotten:
        told.append(f"{forgotten} addresses forgotten")
    if effects["unclear"]:
        note("`anbudslots answers list` shows what a person has to read.")
    if run is None:
        return DONE, ", ".join(told)
    echo_set_aside(run.set_aside)
    for problem in run.problems:
        warn(problem)
    told += [*run.problems, *([f"{len(run.set_aside)} set aside"] if run.set_aside else [])]
    if run.status == "failed":
        return NOTHING_DONE, ", ".join(told)
    return (DONE if run.status == "complete" and not run.set_aside else IN_PART), ", ".join(told)
