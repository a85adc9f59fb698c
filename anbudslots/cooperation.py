"""`anbudslots matches together` and `subcontract`: what several could deliver, and where one could take a share."""

import json
from collections.abc import Iterable, Sequence

import click

from anbudslots.context import App, json_option, note, pass_app
from config import trades
from matcher import encoder, in_use, index, matching, screener, together
from matcher.index import LotIndex
from matcher.profile import Profile
from matcher.screening import learned
from matcher.together import Part, Share, Task, Work
from register import enterprises, findings, notices
from register.database import Register
from register.models import Finding, Notice

EXAMPLE = "EXEMPEL: upphandlingen och företagen är påhittade."
ASK = "Ingen har frågats. Varje företag måste självt säga ja."
WINNER = "Vinnaren väljer själv sina underleverantörer."
NOTHING_TOGETHER = "Inget förslag: två eller tre företag som vill lämna anbud med andra täcker inte allt som ska göras."
NO_SHARE = "Ingen del att erbjuda: ett eller flera företag räcker, eller så öppnar varken villkor eller arbete en del."
OPENED = {"clause": "Ett villkor öppnar för det", "part": "En del av arbetet"}


@click.command("together")
@click.argument("notice")
@json_option
@pass_app
def together_(app: App, notice: str, as_json: bool) -> None:
    """Suggest which two or three enterprises could deliver all lots of NOTICE together; none where one is enough.

    Example: anbudslots matches together 990001-2026
    """
    with app.writing() as register:
        tender, found = read(app, register, notice)
        built, profiles, work = load(app, register, tender, found)
    every = range(len(built))
    enough = together.alone(built, every, profiles, work)
    bids = together.joint(built, every, profiles, work)
    beside = together.beside(built, every)
    names = {own.enterprise.id: own.enterprise.name for own in profiles}
    if as_json:
        rows = [
            _row(number, part, names, built, beside) for number, bid in enumerate(bids, start=1) for part in bid.parts
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    click.echo(heading(tender))
    if enough:
        click.echo(f"Ett företag räcker: {_some([own.enterprise.name for own in enough])}. Därför inget förslag.")
    elif not bids:
        click.echo(NOTHING_TOGETHER)
    for number, bid in enumerate(bids, start=1):
        click.echo(f"Förslag {number}")
        for part in bid.parts:
            click.echo(f"  {names[part.enterprise]} ({part.enterprise})")
            for line in _lines(part, built):
                click.echo(f"    {line}")
    if bids:
        if beside:
            click.echo(f"Rubriken nämner även: {', '.join(beside)}. Det gör inget av företagen.")
        click.echo(ASK)


@click.command("subcontract")
@click.argument("notice")
@json_option
@pass_app
def subcontract_(app: App, notice: str, as_json: bool) -> None:
    """List enterprises that could take a share of NOTICE, where neither one nor a few together could take a whole lot.

    Example: anbudslots matches subcontract 990001-2026
    """
    with app.writing() as register:
        tender, found = read(app, register, notice)
        built, profiles, work = load(app, register, tender, found)
    shares = together.subcontracts(built, range(len(built)), profiles, work)
    names = {own.enterprise.id: own.enterprise.name for own in profiles}
    if as_json:
        click.echo(json.dumps([_share_row(one, names) for one in shares], ensure_ascii=False, indent=2))
        return
    click.echo(heading(tender))
    for one in shares:
        lot = f", {one.lot}" if len(built) > 1 else ""
        click.echo(f"{names[one.enterprise]} ({one.enterprise}): {one.work}{lot}")
        click.echo(f"    {OPENED[one.by]}: ”{' '.join(one.quote.split())}”")
    click.echo(f"{ASK} {WINNER}" if shares else NO_SHARE)


def heading(tender: Notice) -> str:
    """Title, number and buyer; and that it is an example, where it is one."""
    line = f"{tender.title} ({tender.publication_number}), {tender.buyer.name}"
    return f"{EXAMPLE}\n{line}" if tender.is_example else line


def read(app: App, register: Register, number: str) -> tuple[Notice, list[Finding]]:
    """A notice with its findings; where it was not screened yet, those of today's readers, which are not stored."""
    tender = notices.get(register, number)
    found = findings.of(register, number)
    if not found and (number, False) in findings.current(register):
        judge = learned.shipped(app.data / "model", note)
        found = screener.anew(register, tender, now=app.now, judge=judge, write=False)
    return tender, found


def load(
    app: App, register: Register, tender: Notice, found: Sequence[Finding]
) -> tuple[LotIndex, list[Profile], Work]:
    """The lots of one notice, the enterprises that may meet it, and how surely the work of each fits each lot."""
    model = encoder.load(app.settings.model, app.data / "model", note)
    built = index.build([tender], {tender.publication_number: found}, model, register=register)
    members = [one for one in enterprises.everyone(register) if one.is_example == tender.is_example]
    profiles = matching.profiles(register, members, model, built.analyser)
    return built, profiles, together.sureness(profiles, built, in_use.ranker(register))


def _row(number: int, part: Part, names: dict[str, str], built: LotIndex, beside: Sequence[str]) -> dict[str, object]:
    return {
        "suggestion": number,
        "enterprise": part.enterprise,
        "name": names[part.enterprise],
        "tasks": [_task(task, built) for task in part.tasks],
        "shared": [_task(task, built) for task in part.shared],
        "share": part.share,
        "beside": list(beside),
    }


def _task(task: Task, built: LotIndex) -> dict[str, str]:
    return {"lot": task.lot, "work": _work(task, built), "municipality": task.municipality}


def _share_row(one: Share, names: dict[str, str]) -> dict[str, object]:
    return {
        "enterprise": one.enterprise,
        "name": names[one.enterprise],
        "lot": one.lot,
        "by": one.by,
        "work": one.work,
        "quote": one.quote,
    }


def _work(task: Task, built: LotIndex) -> str:
    """The trade's name, or where none is named the lot's title."""
    return trades.trades()[task.trade].name if task.trade else next(x.title for x in built.lots if x.id == task.lot)


def _lines(part: Part, built: LotIndex) -> Iterable[str]:
    """What an enterprise does and where, what it shares with the others, and how much of the value that is."""
    yield from _places(part.tasks, built, "Gör")
    yield from _places(part.shared, built, "Delar med de andra")
    if part.share is None:
        yield "Andel av värdet: inte känd"
    else:
        yield f"Andel av värdet: ungefär {part.share * 100:.0f} procent"


def _places(tasks: Sequence[Task], built: LotIndex, label: str) -> Iterable[str]:
    """A line for each work of each lot with its municipalities."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for task in tasks:
        lot = f" ({task.lot})" if len(built) > 1 else ""
        grouped.setdefault((_work(task, built), lot), []).append(task.municipality)
    for (work, lot), municipalities in grouped.items():
        where = _some([name for name in municipalities if name])
        yield f"{label}: {work}{lot}{f' i {where}' if where else ''}"


def _some(names: Sequence[str]) -> str:
    return " och ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
