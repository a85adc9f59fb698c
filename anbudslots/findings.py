"""`anbudslots findings`: correct what the screener found, and give the corrections as gold data."""

import json
from pathlib import Path

import click

from anbudslots.context import App, echo_rows, json_option, note, pass_app
from matcher import judging
from matcher.screening import learned
from register import corrections, findings
from register.corrections import VERDICTS, Verdict
from register.models import Finding


@click.group()
def command() -> None:
    """Correct findings; a correction stands over rules and learned reader while its sentence is unchanged."""


@command.command("list")
@click.argument("notice")
@json_option
@pass_app
def list_(app: App, notice: str, as_json: bool) -> None:
    """List the findings of NOTICE, with what corrects them.

    Example: anbudslots findings list 990001-2026
    """
    with app.reading() as register:
        tell(findings.of(register, notice), as_json=as_json)


@command.command("correct")
@click.argument("notice")
@click.argument("clause")
@click.option("--verdict", required=True, type=click.Choice(VERDICTS), help="What is true of the finding.")
@click.option("--clause", "right_clause", default="", metavar="CODE", help="With wrong: the class that it is instead.")
@click.option("--by", "who", required=True, metavar="NAME", help="Who says so.")
@click.option("--note", "remark", default="", metavar="TEXT", help="Why.")
@click.option("--lot", metavar="ID", help="Which finding, where several lots have the clause.")
@click.option("--words", default="", metavar="TEXT", help="Which finding, by some words of its sentence.")
@json_option
@pass_app
def correct(
    app: App,
    notice: str,
    clause: str,
    verdict: Verdict,
    right_clause: str,
    who: str,
    remark: str,
    lot: str | None,
    words: str,
    as_json: bool,
) -> None:
    """Say what is true of the finding of CLAUSE in NOTICE; print the notice's findings as they are then.

    right: it stands, also if rules change (and an earlier correction is taken back); wrong: it says something else
    (--clause) or nothing; negated: the sentence denies it; boilerplate: printed text that decides nothing.

    Example: anbudslots findings correct 990001-2026 equality --verdict boilerplate --by "Asta A"
    """
    with app.writing() as register:
        found = judging.correct(
            register,
            notice,
            clause,
            verdict,
            right_clause=right_clause,
            who=who,
            note=remark,
            lot=lot,
            words=words,
            now=app.now,
            judge=learned.shipped(app.data / "model", note),
        )
    tell(found, as_json=as_json)


@command.command("corrections")
@json_option
@pass_app
def list_corrections(app: App, as_json: bool) -> None:
    """List the corrections that hold, in the order in which they were made."""
    with app.reading() as register:
        made = corrections.listing(register)
    rows = [
        {
            "notice": own.notice,
            "clause": own.clause,
            "field": own.field,
            "verdict": own.verdict,
            "right_clause": own.right_clause,
            "by": own.who,
            "at": own.at.astimezone(app.zone).isoformat(timespec="minutes"),
            "note": own.note,
            "quote": own.finding.quote,
        }
        for own in made
    ]
    columns = ["notice", "clause", "verdict", "right_clause", "by", "at", "note", "quote"]
    echo_rows(rows, columns, as_json=as_json, empty="No corrections.")


@command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_app
def export(app: App, file: Path) -> None:
    """Write the corrections to FILE as gold data for `anbudslots evaluate screening --gold FILE`.

    A row (JSON) has id, lang, kind, text (the sentence in its context) and labels; `unjudged` names labels that the
    reader found in the context and nobody has judged. Corrections of what only a code says make no row.

    Example: anbudslots findings export rättade.jsonl
    """
    with app.reading() as register:
        rows = list(judging.export(register))
        made = len(corrections.listing(register))
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    click.echo(f"{made} corrections; {len(rows)} passages written to {file}")


def tell(found: list[Finding], *, as_json: bool) -> None:
    """Print findings."""
    rows = [{**finding.model_dump(mode="json"), "where": _where(finding)} for finding in found]
    columns = ["clause", "polarity", "lot", "where", "rule", "quote"]
    echo_rows(rows, columns, as_json=as_json, empty="No findings.")


def _where(finding: Finding) -> str:
    """The notice's field, or the document and its page."""
    page = f", p. {finding.page}" if finding.page else ""
    return f"{finding.document}{page}" if finding.document else finding.field
