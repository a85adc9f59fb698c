"""`anbudslots rescreen`: today's rules over all notices."""

import json
from collections import Counter

import click

from anbudslots.context import App, json_option, note, pass_app, progress_bar
from matcher import screener
from matcher.screener import Rescreened
from matcher.screening import learned

SHOWN = 100
"""Longest sentence that is shown in a line."""
KINDS = {"came": "would come", "went": "would go", "polarity": "would change polarity"}
DONE = {"came": "came", "went": "went", "polarity": "changed polarity"}


@click.command()
@click.option("--dry-run", is_flag=True, help="Only report; store nothing.")
@json_option
@pass_app
def command(app: App, dry_run: bool, as_json: bool) -> None:
    """Screen all current notices anew, open and closed; report notice by notice what is found otherwise, and store it.

    Corrections by persons are never overruled; one whose sentence has changed no longer applies, and is named. Where it
    is stopped in between, what was told is stored.

    Example: anbudslots rescreen --dry-run
    """
    total: Counter[str] = Counter()
    told: list[dict[str, object]] = []
    with (app.reading if dry_run else app.writing)() as register, progress_bar("rescreening") as progress:
        judge = learned.shipped(app.data / "model", note)
        for own in screener.again(register, now=app.now, write=not dry_run, progress=progress, judge=judge):
            total["read"] += 1
            total["corrections"] += own.corrections
            total["lapsed"] += len(own.lapsed)
            total["notices"] += bool(own.changes)
            total.update(change.kind for change in own.changes)
            if not own.changes and not own.lapsed:
                continue
            if as_json:
                told.append(as_row(own))
            else:
                tell(own)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    words = KINDS if dry_run else DONE
    changed = ", ".join(f"{total[kind]} {done}" for kind, done in words.items())
    click.echo(
        f"{total['read']} notices read; in {total['notices']} of them findings {changed}; "
        f"{total['corrections']} corrections kept, {total['lapsed']} no longer apply"
    )


def tell(own: Rescreened) -> None:
    """Print what is found otherwise in a notice."""
    click.echo(
        f"{own.notice.publication_number} {own.notice.title}" + (" (read for the first time)" if own.first else "")
    )
    marks = {"came": "+", "went": "-", "polarity": "~"}
    for change in own.changes:
        lot = f" {change.lot}" if change.lot else ""
        polarity = f"{change.before} -> {change.after}" if change.kind == "polarity" else change.before or change.after
        quote = " ".join(change.quote.split())
        quote = quote if len(quote) <= SHOWN else quote[: SHOWN - 1] + "…"
        click.echo(f"  {marks[change.kind]} {change.clause}{lot} {polarity} [{change.rule}]: {quote}")
    for lapsed in own.lapsed:
        click.echo(f"  ! {lapsed.clause}: the correction by {lapsed.who} no longer applies, its sentence has changed")


def as_row(own: Rescreened) -> dict[str, object]:
    """The same as JSON."""
    return {
        "notice": own.notice.publication_number,
        "title": own.notice.title,
        "first": own.first,
        "changes": [
            {
                "kind": change.kind,
                "clause": change.clause,
                "lot": change.lot,
                "before": change.before,
                "after": change.after,
                "rule": change.rule,
                "quote": change.quote,
            }
            for change in own.changes
        ],
        "corrections": own.corrections,
        "lapsed": [{"clause": one.clause, "by": one.who, "quote": one.finding.quote} for one in own.lapsed],
    }
