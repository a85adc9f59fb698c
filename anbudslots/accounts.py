"""`anbudslots accounts`: who may sign in to the pages."""

import click
from pydantic import ValidationError

from anbudslots.context import App, echo_rows, json_option, pass_app
from config import places
from config.errors import InputError, SettingsError
from register import accounts, enterprises
from register.accounts import Account, Role


@click.group()
def command() -> None:
    """Who may sign in to the pages, and as what."""


@command.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(["operator", "adviser", "municipality"]), required=True)
@click.option("--name", required=True, help="Shown beside judgements; no two accounts have the same.")
@click.option("--enterprise", "chosen", multiple=True, metavar="ID", help="In an adviser's care; may be repeated.")
@click.option("--all-enterprises", is_flag=True, help="The adviser cares for all, also those to come.")
@click.option("--municipality", default="", metavar="NAME", help="With the role municipality: which one.")
@pass_app
def add(
    app: App, email: str, role: Role, name: str, chosen: tuple[str, ...], all_enterprises: bool, municipality: str
) -> None:
    """Give EMAIL an account. Its owner signs in by a link that is mailed there; there are no passwords.

    Example: anbudslots accounts add asta@coompanion.example --role adviser --name "Asta A" --all-enterprises
    """
    place = places.by_name(municipality) if municipality else None
    if municipality and place is None:
        raise InputError(f"account {email}", "municipality", f"{municipality!r} is no Swedish municipality")
    with app.writing() as register:
        for one in chosen:
            enterprises.get(register, one)
        try:
            account = Account(
                id=0,
                email=email,
                name=name,
                role=role,
                all_enterprises=all_enterprises,
                enterprises=frozenset(chosen),
                municipality=place.name if place else "",
                created=app.now,
            )
        except ValidationError as error:
            raise SettingsError("; ".join(str(one["msg"]) for one in error.errors())) from None
        accounts.add(register, account)
    click.echo(f"{account.email.casefold()} is {role} as {account.name}")


@command.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List accounts."""
    with app.reading() as register:
        rows = [
            {
                "email": one.email,
                "name": one.name,
                "role": one.role,
                "for": one.municipality or ("all" if one.all_enterprises else ", ".join(sorted(one.enterprises))),
                "created": one.created.astimezone(app.zone).date().isoformat(),
            }
            for one in accounts.listing(register)
        ]
    empty = "No accounts yet: anbudslots accounts add --help"
    echo_rows(rows, ["email", "name", "role", "for", "created"], as_json=as_json, empty=empty)


@command.command("link")
@click.argument("email")
@pass_app
def link(app: App, email: str) -> None:
    """Print a sign-in link for EMAIL to hand over, where no mail gets through. It works once, for 15 minutes."""
    with app.writing() as register:
        account = accounts.by_email(register, email)
        if account is None:
            raise SettingsError(f"There is no account {email}; `anbudslots accounts list` shows them.")
        token = accounts.make_link(register, account, browser="", at=app.now)
    click.echo(f"{app.settings.serve.public_url.rstrip('/')}/logga-in/{token}")


@command.command("remove")
@click.argument("email")
@pass_app
def remove(app: App, email: str) -> None:
    """Take EMAIL's account away; it is signed out at once. What was judged stays."""
    with app.writing() as register:
        account = accounts.remove(register, email)
    click.echo(f"{account.email} is removed")
