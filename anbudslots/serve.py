"""`anbudslots serve`: the pages."""

from datetime import timedelta

import click
from starlette.applications import Starlette

from anbudslots.context import App, note, pass_app
from config.hosts import is_loopback
from portal import server
from portal.app import create_app
from register import accounts, audit
from register.accounts import Account

LOCAL = "operator@localhost"
"""Address of the account that is made where there is none, so that whoever runs the program can look at once."""

AUDIT_KEPT = timedelta(days=730)
"""How long it is kept who saw and changed what."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Default from settings; 0 for any free one.")
@pass_app
def command(app: App, port: int | None) -> None:
    """Serve the pages until Ctrl-C.

    While nobody has an account, a sign-in link for the operator is printed; it works once, for 15 minutes. Give
    accounts with `anbudslots accounts add`.
    """
    server.serve(pages(app), app.settings.serve, port=port, started=lambda address: told(app, address))


def pages(app: App) -> Starlette:
    """The pages of a data folder; who saw what long ago is forgotten."""
    with app.reading() as register:
        audit.forget(register, app.now - AUDIT_KEPT)
    return create_app(app.data, now=lambda: app.now, settings=app.settings)


def told(app: App, address: str) -> None:
    """Tell where the pages are, and while nobody has an account how the operator gets in."""
    note(f"Öppna {address}/ – stoppa med Ctrl-C")
    path = first_link(app) if is_loopback(app.settings.serve.host) else ""
    if path:
        note(f"Ingen har ett konto ännu. Logga in som driftansvarig, en gång, inom 15 minuter: {address}{path}")


def first_link(app: App) -> str:
    """The path of a sign-in link for the operator while nobody else has an account; "" afterwards."""
    with app.reading() as register:
        known = accounts.listing(register)
        if any(account.email != LOCAL for account in known):
            return ""
        operator = known[0] if known else _operator(app)
        if not known:
            operator = accounts.add(register, operator)
        return f"/logga-in/{accounts.make_link(register, operator, browser='', at=app.now)}"


def _operator(app: App) -> Account:
    return Account(id=0, email=LOCAL, name="Driftansvarig", role="operator", created=app.now)
