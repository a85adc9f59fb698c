"""`anbudslots matches`: list, show and export."""

import json
from pathlib import Path
from typing import Literal

import click

from anbudslots import cooperation, counterfactual, judging
from anbudslots.context import IN_PART, App, echo_rows, json_option, note, pass_app
from matcher import encoder, evaluation, matching
from register import enterprises, findings, matches, notices
from register.database import Register


@click.group()
def command() -> None:
    """List, show and export matches."""


@command.command("list")
@click.option("--enterprise", required=True, metavar="ID")
@click.option("--top", type=click.IntRange(1), default=20, show_default=True)
@click.option("--include-closed", is_flag=True, help="Also notices whose time is over.")
@json_option
@pass_app
def list_(app: App, enterprise: str, top: int, include_closed: bool, as_json: bool) -> None:
    """List an enterprise's matches, best first."""
    with app.reading() as register:
        enterprises.get(register, enterprise)
        rows = []
        for match in matches.of(register, enterprise, top=top, closed=include_closed):
            notice = notices.get(register, match.notice)
            lot = next((lot for lot in notice.lots if lot.id == match.lot), notice.lots[0])
            rows.append(
                {
                    "score": match.score,
                    "publication_number": match.notice,
                    "lot": match.lot,
                    "title": notice.title if lot.title == notice.title else f"{notice.title}: {lot.title}",
                    "buyer": notice.buyer.name,
                    "deadline": lot.deadline.astimezone(app.zone).isoformat() if lot.deadline else None,
                    "reasons": [reason.text for reason in match.reasons],
                    "example": notice.is_example,
                }
            )
    columns = ["score", "publication_number", "lot", "title", "buyer", "deadline"]
    echo_rows(rows, columns, as_json=as_json, empty="No matches. Run `anbudslots match` first.")


@command.command("show")
@click.argument("enterprise")
@click.argument("notice")
@pass_app
def show(app: App, enterprise: str, notice: str) -> None:
    """Show every signal, the reasons and the clause evidence of ENTERPRISE and NOTICE, as JSON.

    Also for a pair that was not kept: it is reckoned then, which says why not.
    """
    with app.reading() as register:
        own, tender = enterprises.get(register, enterprise), notices.get(register, notice)
        kept = matches.between(register, enterprise, notice)
        if not kept:
            note("Not among the matches that were kept; reckoned now.")
            model = encoder.load(app.settings.model, app.data / "model", note)
            kept = matching.between(register, model, own, tender)
        clauses = findings.of(register, notice)
    shown = {
        "enterprise": {"id": own.id, "name": own.name},
        "notice": {"publication_number": tender.publication_number, "title": tender.title, "buyer": tender.buyer.name},
        "example": tender.is_example,
        "matches": [match.model_dump(mode="json") for match in kept],
        "findings": [finding.model_dump(mode="json") for finding in clauses],
    }
    click.echo(json.dumps(shown, ensure_ascii=False, indent=2))


@command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True))
@click.option("--format", "form", type=click.Choice(["trec"]), default="trec", show_default=True)
@click.option("--unit", type=click.Choice(["notice", "lot"]), default="notice", show_default=True)
@click.option("--include-closed", is_flag=True, help="Also notices whose time is over.")
@click.option("--top", type=click.IntRange(1), default=None, help="At most so many per enterprise; default all kept.")
@pass_app
def export(
    app: App, file: Path, form: str, unit: Literal["notice", "lot"], include_closed: bool, top: int | None
) -> int | None:
    """Export matches to FILE (- for standard output).

    Six columns: enterprise, Q0, publication number (or number/lot), rank, score, tag.
    """
    with app.reading() as register:
        lines = trec_lines(register, unit=unit, closed=include_closed, top=top)
    text = "".join(lines)
    if str(file) == "-":
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")
    note(f"{len(lines)} matches exported as {form}")
    if not lines:
        note("There are none: run `anbudslots match` first (with --include-closed for notices whose time is over).")
        return IN_PART
    return None


def trec_lines(register: Register, *, unit: Literal["notice", "lot"], closed: bool, top: int | None) -> list[str]:
    """Lines of a TREC run for all enterprises, each enterprise's best first."""
    lines = []
    for enterprise in enterprises.everyone(register):
        query = evaluation.trec_id(enterprise.id)
        seen: set[str] = set()
        for match in matches.of(register, enterprise.id, closed=closed):
            document = match.notice if unit == "notice" else f"{match.notice}/{match.lot}"
            if document in seen or (top is not None and len(seen) >= top):
                continue
            seen.add(document)
            lines.append(f"{query} Q0 {evaluation.trec_id(document)} {len(seen)} {match.score:.6f} anbudslots\n")
    return lines


for added in (
    judging.judge,
    judging.list_,
    counterfactual.why_not,
    counterfactual.what_if,
    cooperation.together_,
    cooperation.subcontract_,
):
    command.add_command(added)
