"""`anbudslots consents`: who gets letters, who is asked, who has stopped; what is known of an address."""

from datetime import datetime

import click

from anbudslots.context import DONE, IN_PART, App, echo_rows, json_option, note, pass_app
from notifier import confirming
from register import consents, enterprises


@click.group()
def command() -> None:
    """Who gets letters: asked, confirmed, paused, stopped."""


@command.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List each enterprise's addresses with their state."""
    with app.reading() as register:
        rows = []
        agreed = set(consents.confirmed(register))
        now_on = set(consents.confirmed(register, on=app.now.astimezone(app.zone).date()))
        for enterprise in enterprises.everyone(register):
            rows += [
                {
                    "enterprise": enterprise.id,
                    "address": email,
                    "state": "gets letters" if (enterprise.id, email) in now_on else "paused",
                    "since": None,
                }
                for own, email in sorted(agreed)
                if own == enterprise.id
            ]
            rows += [
                {"enterprise": enterprise.id, "address": email, "state": "asked", "since": asked.isoformat()}
                for email, asked in consents.pending(register, enterprise.id)
            ]
    empty = "Nobody gets letters. Ask someone: anbudslots consents ask ENTERPRISE ADDRESS"
    echo_rows(rows, ["enterprise", "address", "state", "since"], as_json=as_json, empty=empty)


@command.command("ask")
@click.argument("enterprise")
@click.argument("address")
@pass_app
def ask(app: App, enterprise: str, address: str) -> int:
    """Ask ADDRESS whether it wants ENTERPRISE's letters; `digest send` sends the mail, good for 14 days.

    Example: anbudslots consents ask asf-1 info@skogsglantan.example
    """
    with app.reading() as register:
        made = confirming.ask(register, enterprise, address, how="operator", settings=app.settings, now=app.now)
    if not made:
        note(
            f"{address} is not asked: it has agreed, was asked in the last 14 days, or can't be reached. "
            f"`anbudslots consents show {address}` tells."
        )
        return IN_PART
    click.echo(f"{address} is asked by the next `anbudslots digest send`.")
    return DONE


@command.command("stop")
@click.argument("address")
@pass_app
def stop(app: App, address: str) -> None:
    """Put ADDRESS on the stop list, for example when somebody rings; only its own yes takes it off again."""
    with app.reading() as register:
        consents.suppress(register, address, reason="asked", how="operator", at=app.now)
    click.echo(f"{address} gets no more letters.")


@command.command("show")
@click.argument("address")
@json_option
@pass_app
def show(app: App, address: str, as_json: bool) -> None:
    """Show all that happened with ADDRESS: asked, confirmed, paused, stopped, bounced; who and when."""
    with app.reading() as register:
        found = consents.events(register, address)
        stopped = consents.suppressed(register, address)
    rows = [
        {"at": _local(app, event.at), "event": event.event, "enterprise": event.enterprise, "how": event.how}
        for event in found
    ]
    echo_rows(rows, ["at", "event", "enterprise", "how"], as_json=as_json, empty="Nothing is known of this address.")
    if stopped and not as_json:
        click.echo(f"On the stop list since {_local(app, stopped[1])}: {stopped[0]}.")


def _local(app: App, at: datetime) -> str:
    return f"{at.astimezone(app.zone):%Y-%m-%d %H:%M}"
