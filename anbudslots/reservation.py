"""`anbudslots reservation`: how well a tender, or a text of one's own, suits a reserved contract."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from anbudslots.context import App, json_option, pass_app
from anbudslots.cooperation import load
from matcher import ranking, reservation, signals
from matcher.reservation import Point, Suitability
from register import market, notices, purchases
from register.models import Buyer, Lot, Money, Notice, Place

VERDICTS = {
    "suits": "Passar att reservera",
    "may suit": "Kan passa att reservera",
    "suits less": "Passar mindre väl att reservera",
    "already reserved": "Är redan reserverad",
}
OWN = "own-text"
NO_ADVICE = "Detta är ett underlag, ingen juridisk rådgivning. Köparen prövar själv vilka som får delta."


@click.command()
@click.argument("notice", required=False)
@click.option(
    "--text", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A text of your own."
)
@click.option("--title", help="With --text: what is bought, in a few words.")
@click.option("--municipality", help="With --text: where the work is done.")
@click.option("--cpv", "code", metavar="CODE", help="With --text: eight digits.")
@click.option("--value", type=click.FloatRange(0, min_open=True), help="With --text: SEK over the whole time.")
@click.option("--months", type=click.FloatRange(0, min_open=True), help="With --text: duration.")
@json_option
@pass_app
def command(
    app: App,
    notice: str | None,
    file: Path | None,
    title: str | None,
    municipality: str | None,
    code: str | None,
    value: float | None,
    months: float | None,
    as_json: bool,
) -> None:
    """Tell how well NOTICE (or --text) suits a reserved contract: reasons for and against, and how many could deliver.

    No enterprise is named. Example: anbudslots reservation --text plan.txt --title Lokalvård --municipality Mora
    """
    if (notice is None) == (file is None):
        raise click.UsageError("Give either NOTICE or --text.")
    if file and not (title and municipality):
        raise click.UsageError("--text needs --title and --municipality.")
    with app.writing() as register:
        if notice:
            tender = notices.get(register, notice)
        else:
            assert file is not None and title is not None and municipality is not None
            lot = Lot(
                id="LOT-0000",
                title=title,
                description=file.read_text(encoding="utf-8"),
                cpv=(code,) if code else (),
                places=(Place(city=municipality),),
                value=Money(amount=value) if value else None,
                duration_months=months,
            )
            tender = Notice(
                publication_number=OWN, origin="own", form_type="planning", title=title,
                buyer=Buyer(name=municipality), lots=(lot,),
            )  # fmt: skip
        built, profiles = load(app, register, tender)
        bought = purchases.everything(register)
    ranker = ranking.shipped()
    work = [ranker.work(signals.matrix(own, built)) for own in profiles]
    told = []
    for at in range(len(built)):
        cpv = next(iter(built.lots[at].cpv or built.notices[at].cpv), "")
        history = market.summarise(bought, cpv[:3]) if bought and cpv else None
        told.append(reservation.assess(built, at, profiles, [float(column[at]) for column in work], history))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in told], ensure_ascii=False, indent=2))
        return
    for one in told:
        click.echo(shown(one))
    click.echo(NO_ADVICE)


def shown(one: Suitability) -> str:
    """A lot's suitability in Swedish."""
    verified = f"jämförd med lagtexten {one.verified}" if one.verified else "inte jämförd med lagtexten"
    lines = [f"{one.title}: {VERDICTS[one.verdict]}"]
    for label, points in (("Talar för", one.for_), ("Talar emot", one.against), ("Vet vi inte", one.unknown)):
        if points:
            lines += [f"{label}:", *(f"  - {_point(point)}" for point in points)]
    lines.append(f"Registrerade företag i närheten som utför sådant arbete i den storleken: {one.able}")
    if one.warning:
        lines.append(f"OBS: {one.warning}")
    lines.append(f"Paragraf: {one.law} ({verified})")
    if one.attribution:
        lines.append(one.attribution)
    return "\n".join(lines) + "\n"


def _point(point: Point) -> str:
    return (
        f"{point.text} Köparen skriver: ”{point.quote}”"
        if point.quote and point.quote not in point.text
        else point.text
    )
