"""`anbudslots match`: screen, encode and rank what is new."""

import click

from anbudslots import chances
from anbudslots.context import App, note, pass_app, progress_bar
from matcher import encoder, matching
from matcher.screening import learned
from portal.advisers import indexing


@click.command()
@click.option("--enterprise", "only", metavar="ID", help="Only this enterprise.")
@click.option("--include-closed", is_flag=True, help="Also notices whose time is over (evaluation, market evidence).")
@pass_app
def command(app: App, only: str | None, include_closed: bool) -> None:
    """Screen notices for social clauses, encode them, and rank their lots for each enterprise."""
    with app.writing() as register:
        model = encoder.load(app.settings.model, app.data / "model", note)
        with progress_bar("matching") as bar:
            summary = matching.run(
                register,
                model,
                app.settings.matcher,
                now=app.now,
                include_closed=include_closed,
                only=only,
                progress=lambda _what, done, total: bar(done, total),
                judge=learned.shipped(app.data / "model", note),
            )
        # What this changed is searched at once; the pages would do it at the next search.
        indexing.catch_up(register)
        count = chances.renew(register, model, now=app.now) if summary.up_to_date < summary.enterprises else None
    click.echo(
        f"{summary.screened} notices screened; {summary.lots} lots of {summary.notices} notices against "
        f"{summary.enterprises} enterprises ({summary.up_to_date} up to date); {summary.kept} matches kept"
        + ("" if count is None else f"; {count} chances to do a part")
    )
