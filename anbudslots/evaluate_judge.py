"""`anbudslots evaluate judge`: an adviser makes qrels from a pool of several systems' tops, without seeing whose."""

from pathlib import Path

import click

from anbudslots.context import App, note, pass_app, progress_bar
from config.errors import InputError
from matcher import encoder, evaluation, matching, ranking, texts
from register import enterprises, findings, notices, placing
from register.models import Notice

GRADES = "3 should see it, 2 worth a look, 1 own trade but out of reach, 0 nothing; s skip, q stop"
SHOWN = 700
"""Characters of a description that are shown."""


@click.command("judge")
@click.argument("enterprise")
@click.option("--qrels", "file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Added to.")
@click.option("--depth", type=click.IntRange(1), default=10, show_default=True, help="Best of each system in the pool.")
@click.option("--include-closed", is_flag=True, help="Also notices whose time is over.")
@pass_app
def judge_(app: App, enterprise: str, file: Path, depth: int, include_closed: bool) -> None:
    """Judge a pool of tenders for ENTERPRISE one by one; each grade is written at once, so that one may go on later.

    No score, no rank and no system is shown. Example: anbudslots evaluate judge asf-1 --qrels qrels
    """
    with app.writing() as register:
        own = enterprises.get(register, enterprise)
        whole = list(notices.current(register, closed=None if include_closed else False))
        members = matching.allowed_notices(own, whole, app.now, closed=include_closed)
        if not members:
            raise InputError(enterprise, None, "has no tenders to be judged: import or crawl some first")
        model = encoder.load(app.settings.model, app.data / "model", note)
        with progress_bar("encoding") as bar:
            bench = evaluation.prepare([own], members, findings.everything(register), model, bar)
    by = {notice.publication_number: notice for notice in members}
    query = evaluation.trec_id(own.id)
    known = evaluation.read_qrels(file).get(query, {}) if file.exists() else {}
    waiting = [
        n for n in evaluation.pool(bench, ranking.shipped(), own.id, depth) if evaluation.trec_id(n) not in known
    ]
    click.echo(f"{own.name}, {own.municipality}: {'; '.join(own.capabilities)}\n{len(waiting)} to judge. {GRADES}\n")
    for number, publication_number in enumerate(waiting, start=1):
        click.echo(f"{number} of {len(waiting)}\n{shown(by[publication_number])}")
        answer = click.prompt("grade", type=click.Choice(["0", "1", "2", "3", "s", "q"]), show_choices=False)
        if answer == "q":
            break
        if answer != "s":
            with file.open("a", encoding="utf-8") as out:
                out.write(f"{query} 0 {evaluation.trec_id(publication_number)} {answer}\n")


def shown(notice: Notice) -> str:
    """What a reader sees of a tender."""
    lines = [notice.title, notice.buyer.name]
    for lot in notice.lots:
        place = ", ".join(placing.locate(notice, lot).municipalities)
        size = f"{lot.value.amount:,.0f} {lot.value.currency}".replace(",", " ") if lot.value else "value not told"
        months = f"{lot.duration_months:g} months" if lot.duration_months else ""
        title = f"{lot.title}: " if lot.title != notice.title else ""
        lines.append(f"- {title}{'; '.join(part for part in (place, size, months) if part)}")
        lines.append(texts.body(notice, lot)[:SHOWN])
    return "\n".join(line for line in lines if line) + "\n"
