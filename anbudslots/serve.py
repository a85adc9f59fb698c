"""`anbudslots serve`: the adviser's page, on loopback only."""

import click

from anbudslots.context import App, note, pass_app
from portal.app import create_app
from portal.server import serve


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Default from settings; 0 for any free one.")
@pass_app
def command(app: App, port: int | None) -> None:
    """Serve the adviser's page until Ctrl-C. It is bound to this machine and has no sign-in yet."""
    page = create_app(app.data, now=lambda: app.now, settings=app.settings)
    chosen = app.settings.serve.port if port is None else port
    serve(page, app.settings.serve.host, chosen, started=lambda address: note(f"Öppna {address} – stoppa med Ctrl-C"))
