"""`anbudslots ranker`: the combination of signals; learn it from what was judged here, compare, roll back."""

import click

from anbudslots.context import App, echo_rows, json_option, note, pass_app
from matcher import encoder, fitting, in_use, learning, ranking
from register import rankers

ROLL_BACK = "Roll back: anbudslots ranker use {}"


@click.group()
def command() -> None:
    """The combination of signals that makes the score."""


@command.command("fit")
@click.option("--dry-run", is_flag=True, help="Compare only; keep and take nothing.")
@click.option("--take", "anyway", is_flag=True, help="Take it even where it is not better.")
@pass_app
def fit(app: App, dry_run: bool, anyway: bool) -> None:
    """Learn from the judgements of this register, and take what was learned if it is better on judgements left out.

    It is tried on enterprises left out, and on the latest judgements after learning from the earlier ones. It takes
    some minutes.

    Example: anbudslots ranker fit
    """
    with app.reading() as register:
        own, now = learning.said(register), in_use.ranker(register)
    learning.enough(own)
    model = encoder.load(app.settings.model, app.data / "model", note)
    note("encoding the project's own judged set")
    found = learning.trial(own, fitting.shipped_pairs(model), now)
    rows = [
        {"tested on": test, "ranker": name, "right order": result.right_order, "brier": result.brier}
        for test in found.new
        for name, result in (("in use", found.now[test]), ("new", found.new[test]))
    ]
    click.echo(f"{found.judged} judgements of {found.enterprises} enterprises; {now.version} is in use")
    echo_rows(rows, ["tested on", "ranker", "right order", "brier"], as_json=False, empty="")
    taken = found.better or anyway
    if dry_run:
        click.echo(f"{found.ranker.version} {'is' if found.better else 'is not'} better; nothing was kept.")
        return
    content = ranking.to_json(found.ranker, learning.figures(found))
    with app.writing() as register:
        before = rankers.in_use(register)
        rankers.add(register, found.ranker.version, content, learning.figures(found), at=app.now)
        if taken:
            rankers.take(register, found.ranker.version, at=app.now)
    if taken:
        click.echo(f"{found.ranker.version} is in use from the next `match` on. "
                   + ROLL_BACK.format(before.version if before else rankers.SHIPPED))  # fmt: skip
    else:
        click.echo(f"{found.ranker.version} is not better and was not taken; it is kept (anbudslots ranker list).")


@command.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List what was learned here, with its figures then, and what is in use."""
    with app.reading() as register:
        kept, used = rankers.every(register), rankers.in_use(register)
    version = used.version if used else rankers.SHIPPED
    kept = [rankers.Kept(rankers.SHIPPED, "", {}, app.now, None), *kept]
    rows = [
        {
            "version": one.version,
            "in_use": one.version == version,
            "learned": None
            if one.version == rankers.SHIPPED
            else one.at.astimezone(app.zone).isoformat(" ", "minutes"),
            "taken": one.taken.astimezone(app.zone).isoformat(" ", "minutes") if one.taken else None,
            "figures": one.figures,
        }
        for one in kept
    ]
    echo_rows(rows, ["version", "in_use", "learned", "taken", "figures"], as_json=as_json, empty="")


@command.command("use")
@click.argument("version")
@pass_app
def use(app: App, version: str) -> None:
    """Put VERSION to use from the next `match` on: the roll-back. `shipped` is the one that comes with the project.

    Example: anbudslots ranker use shipped
    """
    with app.writing() as register:
        rankers.take(register, version, at=app.now)
    click.echo(f"{version} is in use from the next `match` on.")
