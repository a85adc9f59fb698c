"""`anbudslots matches together` and `subcontract`: what several could deliver, and where one could take a share."""

from collections.abc import Sequence

import click

from anbudslots.context import App, echo_rows, json_option, note, pass_app
from config import trades
from matcher import encoder, index, matching, profile, ranking, signals, together
from matcher.encoder import Encoder
from matcher.index import LotIndex
from matcher.profile import Profile
from matcher.together import Part
from register import enterprises, findings, notices
from register.database import Register
from register.models import Enterprise, Notice

ASK = "Varje företag avgör själv. Ingen har frågats."


@click.command("together")
@click.argument("notice")
@json_option
@pass_app
def together_(app: App, notice: str, as_json: bool) -> None:
    """Suggest which two or three enterprises could deliver NOTICE together; none where one is enough.

    Example: anbudslots matches together 990001-2026
    """
    with app.writing() as register:
        tender = notices.get(register, notice)
        built, profiles = load(app, register, tender)
        known = {own.enterprise.id: own.enterprise for own in profiles}
    work = {own.enterprise.id: _work(own, built) for own in profiles}
    found = together.joint(built, range(len(built)), profiles, work)
    rows = [
        {"suggestion": number, "enterprise": part.enterprise, "name": known[part.enterprise].name, **_told(part)}
        for number, part in together.each(found)
    ]
    columns = ["suggestion", "enterprise", "name", "does", "where", "share"]
    echo_rows(rows, columns, as_json=as_json, empty="No joint bid: one is enough, or what is needed is not covered.")
    if rows and not as_json:
        click.echo(ASK)


@click.command("subcontract")
@click.argument("notice")
@json_option
@pass_app
def subcontract_(app: App, notice: str, as_json: bool) -> None:
    """List enterprises that could take a share of NOTICE, which is too large or mostly other work for them.

    Example: anbudslots matches subcontract 990001-2026
    """
    with app.writing() as register:
        built, profiles = load(app, register, notices.get(register, notice))
        known = {own.enterprise.id: own.enterprise for own in profiles}
    work = {own.enterprise.id: _work(own, built) for own in profiles}
    rows = [
        {
            "enterprise": one.enterprise,
            "name": known[one.enterprise].name,
            "lot": one.lot,
            "by": one.by,
            "words": one.quote,
        }
        for one in together.subcontracts(built, range(len(built)), profiles, work)
    ]
    empty = "No share for anyone: no clause opens one, and no part of the work fits."
    echo_rows(rows, ["enterprise", "name", "lot", "by", "words"], as_json=as_json, empty=empty)
    if rows and not as_json:
        click.echo(ASK)


def _work(own: Profile, built: LotIndex) -> list[float]:
    return list(ranking.shipped().work(signals.matrix(own, built)))


def _told(part: Part) -> dict[str, object]:
    names = trades.trades()
    does = [names[task.trade].name if task.trade else task.lot for task in part.tasks]
    return {
        "does": ", ".join(dict.fromkeys(does)),
        "where": ", ".join(dict.fromkeys(task.municipality for task in part.tasks if task.municipality)),
        "share": part.share,
    }


def load(app: App, register: Register, tender: Notice) -> tuple[LotIndex, list[Profile]]:
    """The lots of one notice, and the enterprises that may see it: invented ones an invented notice, real ones both
    where the register holds nothing real.
    """
    model = encoder.load(app.settings.model, app.data / "model", note)
    found = {tender.publication_number: findings.of(register, tender.publication_number)}
    built = index.build([tender], found, model, register=register)
    allowed = [e for e in enterprises.everyone(register) if e.is_example == tender.is_example]
    return built, profiles_of(allowed, built, model, register)


def profiles_of(members: Sequence[Enterprise], built: LotIndex, model: Encoder, register: Register) -> list[Profile]:
    """Their profiles, with what their answers taught."""
    return [
        profile.build(e, model, built.analyser, register=register, lessons=matching.taught(register, e.id))
        for e in members
    ]
