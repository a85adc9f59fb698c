"""`anbudslots clauses`: how often which clause is found, and whether the clause files are in order."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

import click

from anbudslots.context import DONE, IN_PART, App, echo_rows, json_option, pass_app
from matcher.screening import checking, rules
from register import clause_stats
from register.clause_stats import WAYS, By, Group


@click.group()
def command() -> None:
    """Show figures on social clauses, and check the files that describe them."""


@command.command("stats")
@click.option("--by", required=True, type=click.Choice(WAYS), help="What to count by; counties are the buyers'.")
@click.option("--clause", "code", type=click.Choice(rules.CODES), metavar="CODE", help="Only this clause.")
@click.option("--limit", type=click.IntRange(1), help="At most so many counties, buyers, ...")
@json_option
@pass_app
def stats(app: App, by: By, code: str | None, limit: int | None, as_json: bool) -> None:
    """Count tenders with each clause, with how many were read in full, in a short form, or as alerts or titles only.

    A tender counts once for a clause, with its strongest polarity over the lots. An alert of a portal holds a title and
    a few lines, a row of statistics a title: that no clause was found there proves nothing.

    Example: anbudslots clauses stats --by county
    """
    with app.reading() as register:
        notices = clause_stats.screened(register)
        waiting = clause_stats.unscreened(register)
    groups = clause_stats.groups(notices, by)
    whole = clause_stats.total(notices)
    shown = [*groups[:limit], whole]
    if as_json:
        told = {
            "by": by,
            "total": as_row(whole, code),
            "groups": len(groups),
            "not_screened": waiting,
            "rows": [as_row(group, code) for group in groups[:limit]],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    rows = [row for group in shown for row in lines(group, by, code)] if notices else []
    columns = [
        by,
        "tenders",
        "in full",
        "short form",
        "alert only",
        "title only",
        "clause",
        "affirmed",
        "possible",
        "negated",
    ]
    echo_rows(rows, columns, as_json=False, empty="No notice has been screened yet. Run `anbudslots rescreen`.")
    if limit and len(groups) > limit:
        click.echo(f"{limit} of {len(groups)}; --limit shows more.")
    if notices:
        click.echo(
            f"{whole.notices} tenders screened: {whole.full} read in full, {whole.short} in a short form, "
            f"{whole.alert} only as alerts, {whole.title} only by title; {waiting} not screened yet. "
            "A machine found the clauses; no person has checked them all."
        )


@command.command("check")
@json_option
@pass_app
def check(_app: App, as_json: bool) -> int:
    """Check the files in config/clauses: form, patterns, legal grounds, and what their examples do.

    Each fault is told with its file, rule and field. Exit status: 0 no faults; 1 some.

    Example: anbudslots clauses check
    """
    faults = checking.check()
    rows = [asdict(fault) for fault in faults]
    if as_json or faults:
        echo_rows(rows, ["file", "rule", "field", "reason"], as_json=as_json, empty="")
    if not as_json:
        click.echo(f"{len(faults)} faults; examples are read when the files are in form" if faults else summary())
    return IN_PART if faults else DONE


def lines(group: Group, by: str, code: str | None) -> list[dict[str, Any]]:
    """A group as lines of a table: one a clause, or one alone where none was found."""
    start = {
        by: group.label,
        "tenders": group.notices,
        "in full": group.full,
        "short form": group.short,
        "alert only": group.alert,
        "title only": group.title,
    }
    found = {clause: counts for clause, counts in group.clauses.items() if code in (None, clause)}
    none: dict[str, Counter[str]] = {"–": Counter()}
    return [
        {**start, "clause": clause, **{name: counts[name] for name in clause_stats.STRENGTH}}
        for clause, counts in (found or none).items()
    ]


def as_row(group: Group, code: str | None) -> dict[str, Any]:
    """A group as JSON."""
    return {
        "key": group.key,
        "label": group.label,
        "tenders": group.notices,
        "read": {"full": group.full, "short": group.short, "alert": group.alert, "title": group.title},
        "clauses": {
            clause: {name: counts[name] for name in clause_stats.STRENGTH}
            for clause, counts in group.clauses.items()
            if code in (None, clause)
        },
    }


def summary() -> str:
    """What was checked, where nothing is wrong."""
    known = rules.clauses().values()
    examples = sum(len(texts) for clause in known for texts in clause.examples.values())
    unverified = len(checking.unverified())
    return (
        f"No faults: {len(known)} clauses, {sum(len(clause.rules) for clause in known)} rules, {examples} examples. "
        f"{unverified} legal grounds have not been compared with the statute."
    )
