"""`anbudslots reservation`: how well a tender, or a text of one's own, suits a reserved contract."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from anbudslots import cooperation
from anbudslots.context import App, json_option, note, pass_app
from config import cpv, places
from config.errors import SettingsError
from matcher import encoder
from matcher.assessing import Assessor
from matcher.reservation import Point, Suitability
from matcher.screening import learned, reader
from register import enterprises
from register.models import ASSUMED_MONTHS, cpv_code
from register.plans import Plan

VERDICTS = {
    "suits": "passar att reservera",
    "may suit": "kan passa att reservera",
    "suits less": "passar mindre väl att reservera",
    "already reserved": "är redan reserverad",
}
NOT_VERIFIED = "inte jämförd med lagtexten"
NO_ADVICE = "Detta är ett underlag, ingen juridisk rådgivning. Köparen prövar själv vilka som får delta."


@click.command()
@click.argument("notice", required=False)
@click.option(
    "--text", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A text of your own."
)
@click.option("--title", help="With --text: what is bought, in a few words.")
@click.option("--municipality", help="With --text: where the work is done.")
@click.option("--cpv", "code", metavar="CODE", help="With --text: eight digits.")
@click.option(
    "--value", type=click.FloatRange(0, min_open=True), metavar="SEK", help="With --text: over the whole time."
)
@click.option(
    "--months",
    type=click.FloatRange(0, min_open=True),
    metavar="N",
    help=f"With --text: duration; {ASSUMED_MONTHS} where it is not given.",
)
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
    if file is None and any(option is not None for option in (title, municipality, code, value, months)):
        raise click.UsageError("--title, --municipality, --cpv, --value and --months go with --text.")
    if file is not None and not (title and municipality):
        raise click.UsageError("--text needs --title and --municipality.")
    with app.writing() as register:
        if notice is not None:
            tender, found = cooperation.read(app, register, notice)
        else:
            assert file is not None and title and municipality
            text = file.read_text(encoding="utf-8-sig", errors="replace")
            members = enterprises.everyone(register)
            examples_only = bool(members) and all(one.is_example for one in members)
            tender = _own(text, title, municipality, code, value, months).notice("text", example=examples_only)
            found = reader.read_notice(tender, learned.shipped(app.data / "model", note))
        model = encoder.load(app.settings.model, app.data / "model", note)
        assessor = Assessor.of(register, model, examples=tender.is_example)
        told = assessor.assess(register, tender, found)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in told], ensure_ascii=False, indent=2))
        return
    if tender.is_example:
        click.echo(cooperation.EXAMPLE)
    for one in told:
        click.echo("\n".join(_lines(one)) + "\n")
    click.echo(NO_ADVICE)


def _own(text: str, title: str, municipality: str, code: str | None, value: float | None, months: float | None) -> Plan:
    """A text of one's own as a plan. Raises SettingsError for a municipality or code that is none."""
    place = places.by_name(municipality)
    if place is None:
        raise SettingsError(f"--municipality: {municipality!r} is no Swedish municipality.")
    digits = cpv_code(code) if code else ""
    if digits and cpv.label(digits) is None:
        raise SettingsError(f"--cpv: {code!r} is no CPV code: eight digits, such as 90910000.")
    return Plan(title=title, text=text, municipality=place.name, cpv=digits, value_sek=value, months=months)


def _lines(one: Suitability) -> Iterator[str]:
    """A lot's suitability in Swedish."""
    yield f"{one.title}: {VERDICTS[one.verdict]}"
    for label, points in (("Talar för", one.for_), ("Talar emot", one.against), ("Inte känt", one.unknown)):
        if points:
            yield f"{label}:"
            yield from (f"  - {_told(point)}" for point in points)
    yield f"Registrerade företag i närheten som klarar det ensamma: {one.able or 'inte känt'}"
    if one.warning:
        yield f"OBS: {one.warning}"
    yield f"Paragraf: {one.law} ({f'jämförd med lagtexten {one.verified}' if one.verified else NOT_VERIFIED})"
    if one.attribution:
        yield one.attribution


def _told(point: Point) -> str:
    return f"{point.text} Köparen skriver: ”{point.quote}”" if point.quote else point.text
