"""`anbudslots matches judge` and `judgements`: what people say of matches, kept and taught to the next `match`."""

import json
from typing import Literal, get_args

import click

from anbudslots.context import App, echo_rows, json_option, pass_app
from config.errors import NotFoundError
from register import enterprises, judgements, matches, notices
from register.models import Judgement, NoReason

REASONS = tuple(reason for reason in get_args(NoReason) if reason)


@click.command("judge")
@click.argument("enterprise")
@click.argument("notice")
@click.argument("answer", type=click.Choice(["yes", "maybe", "no"]))
@click.option("--reason", type=click.Choice(REASONS), help="With no: why not.")
@click.option("--by", "who", required=True, metavar="NAME", help="Who says so.")
@click.option("--lot", metavar="ID", help="Which lot; default the one that matches best.")
@click.option("--note", "remark", default="", metavar="TEXT", help="In your own words.")
@pass_app
def judge(
    app: App,
    enterprise: str,
    notice: str,
    answer: Literal["yes", "maybe", "no"],
    reason: NoReason | None,
    who: str,
    lot: str | None,
    remark: str,
) -> None:
    """Say whether NOTICE is worth a look for ENTERPRISE; a later word of the same person stands in place of it.

    too_far shortens the reach, too_big lowers the size that is borne, wrong_work turns from such tenders: for this
    enterprise alone, from the next `match` on.

    Example: anbudslots matches judge asf-1 990001-2026 no --reason too_far --by "Asta A"
    """
    if reason and answer != "no":
        raise click.UsageError("--reason goes with the answer no.")
    with app.writing() as register:
        enterprises.get(register, enterprise)
        tender = notices.get(register, notice)
        ranked = matches.of(register, enterprise, closed=True)
        place = {(match.notice, match.lot): number for number, match in enumerate(ranked, start=1)}
        own = [match for match in ranked if match.notice == notice]
        chosen = lot or (own[0].lot if own else tender.lots[0].id)
        if chosen not in {one.id for one in tender.lots}:
            raise NotFoundError(f"{notice} has no lot {chosen!r}; it has {', '.join(one.id for one in tender.lots)}.")
        match = next((match for match in own if match.lot == chosen), None)
        judgements.add(
            register,
            Judgement(
                enterprise=enterprise,
                notice=notice,
                lot=chosen,
                answer=answer,
                reason=reason or "",
                note=remark,
                who=who,
                score=match.score if match else None,
                place=place.get((notice, chosen)),
                at=app.now,
            ),
        )
    click.echo(f"{enterprise}, {notice} {chosen}: {answer}{f' ({reason})' if reason else ''}, by {who}")


@click.command("judgements")
@click.option("--enterprise", metavar="ID", help="Only of this enterprise.")
@click.option("--jsonl", is_flag=True, help="A line a judgement, with the signals it was made on, for training.")
@json_option
@pass_app
def list_(app: App, enterprise: str | None, jsonl: bool, as_json: bool) -> None:
    """List judgements in the order of their time; where people disagree, all words stand."""
    with app.reading() as register:
        said = judgements.of(register, enterprise)
        disagreed = {(one.enterprise, one.notice, one.lot) for group in judgements.disagreements(said) for one in group}
        if jsonl:
            for one in said:
                match = next(
                    (m for m in matches.between(register, one.enterprise, one.notice) if m.lot == one.lot), None
                )
                row = one.model_dump(mode="json") | {
                    "signals": {signal.name: signal.value for signal in match.signals} if match else None
                }
                click.echo(json.dumps(row, ensure_ascii=False))
            return
        rows = [
            one.model_dump(mode="json") | {"disagreed": (one.enterprise, one.notice, one.lot) in disagreed}
            for one in said
        ]
    columns = ["at", "who", "enterprise", "notice", "lot", "answer", "reason", "note", "disagreed"]
    echo_rows(rows, columns, as_json=as_json, empty="Nothing has been judged yet: anbudslots matches judge --help")
