"""`anbudslots dump`: the whole register as ordered text, to compare two registers or to keep a readable copy."""

import click

from anbudslots.context import App, pass_app
from register.database import ordered_dump


@click.command()
@pass_app
def command(app: App) -> None:
    """Print every row of the register, a line each, in an order that depends on content alone.

    Example: anbudslots dump | sha256sum
    """
    with app.reading() as register:
        for line in ordered_dump(register):
            click.echo(line)
