"""`anbudslots evaluate screening` and `evaluate documents`: measure the screener on labelled passages and documents."""

import json
from pathlib import Path
from typing import Any

import click

from anbudslots.context import DONE, IN_PART, App, echo_rows, echo_set_aside, json_option, note, pass_app
from config.errors import InputError
from config.settings import DocumentSettings
from crawler.documents.reading import Reader
from matcher.screening import document_evaluation as whole
from matcher.screening import evaluation as screening
from matcher.screening import learned, reader
from matcher.screening.scores import Interval, Score
from register import documents
from register.models import SetAside

FIGURES = ["n", "precision", "recall", "F1"]
gold_option = click.option("--gold", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
wrong_option = click.option("--wrong", is_flag=True, help="List each missed and each false flag.")
ablation_option = click.option("--ablation", is_flag=True, help="Also rules and learned reader each by itself.")


@click.command("screening")
@gold_option
@wrong_option
@ablation_option
@json_option
@pass_app
def screening_(app: App, gold: Path, wrong: bool, ablation: bool, as_json: bool) -> None:
    """Print precision, recall and F1 per clause on labelled passages, and of plain keywords.

    GOLD has rows {"id", "text", "labels": {clause: polarity}, "lang", "kind"}. Intervals hold 95 % of 1,000 resamples
    of the passages.

    Example: anbudslots evaluate screening --gold passages.jsonl --ablation
    """
    passages = screening.load(gold)
    ways = screening.screeners(learned.shipped(app.data / "model", note))
    measured = dict(list(ways.items())[: None if ablation else 1])
    reports = screening.compare(passages, {**measured, "keywords": screening.keywords})
    if as_json:
        click.echo(json.dumps([as_figures(own) for own in reports], ensure_ascii=False, indent=2))
        return
    report, plain = reports[0], reports[-1]
    rows = [
        {"clause": code, **score_row(score, report.intervals.get(code)), "keywords F1": plain.per_clause[code].f1}
        for code, score in report.per_clause.items()
    ]
    micro = {"clause": "all (micro)", **score_row(report.micro, report.intervals.get("micro"))}
    macro = {"clause": "all (macro)", "F1": report.macro_f1, "95 % of F1": interval(report.intervals.get("macro"))}
    rows += [{**micro, "keywords F1": plain.micro.f1}, {**macro, "keywords F1": plain.macro_f1}]
    echo_rows(rows, ["clause", *FIGURES, "95 % of F1", "keywords F1"], as_json=False, empty="")
    for title, groups in (("kind", report.per_kind), ("language", report.per_language)):
        table([{title: key, **score_row(score)} for key, score in groups.items()], [title, *FIGURES])
    table(
        [{"clean passages": key, **row} for key, row in clean_rows(report).items()],
        ["clean passages", "n", "flagged", "share", "most often"],
    )
    table(confusion_rows(report), ["flagged", "where the passage is", "and holds", "n", "passages"])
    table(
        [
            {"screener": own.name, **score_row(own.micro, own.intervals.get("micro")), "macro F1": own.macro_f1,
             "clean ones flagged": f"{own.clean_flagged} of {own.clean}"}
            for own in reports
        ],
        ["screener", *FIGURES, "95 % of F1", "macro F1", "clean ones flagged"],
    )  # fmt: skip
    said = ", ".join(f"{name} {right} of {n}" for name, (right, n) in report.polarity.items())
    click.echo(
        f"\n{len(passages)} passages; polarity right {report.polarity_right} of {report.polarity_all} ({said}); "
        f"rules {reader.version()}, learned reader {learned.version() or 'none'}"
    )
    if wrong:
        for identity, kind, clause in report.wrong:
            click.echo(f"{kind} {clause}: {identity}")


@click.command("documents")
@gold_option
@wrong_option
@ablation_option
@json_option
@pass_app
def documents_(app: App, gold: Path, wrong: bool, ablation: bool, as_json: bool) -> int:
    """Print precision, recall and F1 of the findings in whole documents, against labelled spans.

    GOLD has rows {"id", "title", "text" or "file", "spans": [{"code", "polarity", "quote"}]}; a file (PDF, DOCX, ...)
    lies beside GOLD and is read as `documents add` reads it. A finding meets a span where clause and flag agree and
    their characters overlap; negated spans are counted apart. A quote that is not in its text is listed, and is a miss.

    Example: anbudslots evaluate documents --gold documents.jsonl --wrong
    """
    labelled = load(gold, app.settings.documents)
    ways = screening.readers(learned.shipped(app.data / "model", note))
    reports = whole.compare(labelled, dict(list(ways.items())[: None if ablation else 1]))
    aside = [
        SetAside(item=f"{gold.name} {document.id}", field=span.code, reason=f"the quote is not in it: {span.quote!r}")
        for document in labelled
        for span in document.spans
        if not span.places
    ]
    echo_set_aside(aside)
    if as_json:
        click.echo(json.dumps([as_document_figures(own) for own in reports], ensure_ascii=False, indent=2))
        return IN_PART if aside else DONE
    report = reports[0]
    rows = [
        {"clause": code, **score_row(score, report.intervals.get(code)), "negated": denied_words(report.denials[code])}
        for code, score in report.per_clause.items()
    ]
    micro = {**score_row(report.micro, report.intervals.get("micro")), "negated": denied_words(report.denied)}
    rows.append({"clause": "all (micro)", **micro})
    echo_rows(rows, ["clause", *FIGURES, "95 % of F1", "negated"], as_json=False, empty="")
    if ablation:
        table([{"reader": own.name, **score_row(own.micro)} for own in reports], ["reader", *FIGURES])
    right, findings = report.quotes
    click.echo(
        f"\n{len(labelled)} documents, {sum(len(d.text) for d in labelled)} characters; "
        f"quotes equal to the text at their offsets: {right} of {findings}; column negated: found/all, and false ones; "
        f"rules {reader.version()}, learned reader {learned.version() or 'none'}"
    )
    if wrong:
        for row in report.wrong:
            there = f" (the gold says {row.where} there)" if row.where else ""
            click.echo(f"{row.kind} {row.clause} {row.polarity}: {row.document}{there}: {' '.join(row.quote.split())}")
    return IN_PART if aside else DONE


def load(gold: Path, settings: DocumentSettings) -> list[whole.Labelled]:
    """Labelled documents; the text of files by the readers of `documents add`, as the register would keep it."""
    with Reader(settings) as files:

        def text(path: Path) -> str:
            if not path.is_file():
                raise InputError(path.name, "file", f"is not there: put it beside {gold.name}")
            reading = files.read(path, path.name, files.tell(path, path.name))
            if reading.note:
                note(f"{path.name}: {reading.note}")
            return documents.join(reading.parts)[0]

        return whole.load(gold, text)


def table(rows: list[dict[str, Any]], columns: list[str]) -> None:
    """A further table; nothing where there are no rows."""
    if rows:
        click.echo("")
        echo_rows(rows, columns, as_json=False, empty="")


def score_row(score: Score, spread: Interval | None = None) -> dict[str, Any]:
    """n, precision, recall and F1 with its interval."""
    row: dict[str, Any] = {"n": score.n, "precision": score.precision, "recall": score.recall, "F1": score.f1}
    return {**row, "95 % of F1": interval(spread)} if spread else row


def interval(spread: Interval | None) -> str:
    """An interval in words; empty for none."""
    return f"{spread[0]:.3f}..{spread[1]:.3f}" if spread else ""


def denied_words(score: Score) -> str:
    """How many negated spans were found, and how many false ones; empty where there are neither."""
    words = f"{score.tp}/{score.n}" if score.n else ""
    return f"{words}, {score.fp} false".lstrip(", ") if score.fp else words


def clean_rows(report: screening.Report) -> dict[str, dict[str, Any]]:
    """By kind, how many passages without a flag were flagged, and with what."""
    return {
        kind: {
            "n": own.n,
            "flagged": own.flagged,
            "share": own.flagged / own.n,
            "most often": ", ".join(f"{clause} {n}" for clause, n in own.clauses[:3]),
        }
        for kind, own in report.clean_by_kind.items()
    }


def confusion_rows(report: screening.Report) -> list[dict[str, Any]]:
    """What was flagged falsely where."""
    return [
        {
            "flagged": row.flagged,
            "where the passage is": row.kind,
            "and holds": row.holds,
            "n": len(row.ids),
            "passages": ", ".join(row.ids[:3]) + (", ..." if len(row.ids) > 3 else ""),
        }
        for row in report.confusion
    ]


def as_figures(report: screening.Report) -> dict[str, Any]:
    """A report on passages as an object."""
    return {
        "name": report.name,
        "micro": figures(report.micro, report.intervals.get("micro")),
        "macro": {"F1": report.macro_f1, "F1_interval": report.intervals.get("macro")},
        "per_clause": {code: figures(own, report.intervals.get(code)) for code, own in report.per_clause.items()},
        "per_kind": {key: score_row(own) for key, own in report.per_kind.items()},
        "per_language": {key: score_row(own) for key, own in report.per_language.items()},
        "clean": report.clean,
        "clean_flagged": report.clean_flagged,
        "clean_by_kind": {
            kind: {"n": own.n, "flagged": own.flagged, "clauses": dict(own.clauses)}
            for kind, own in report.clean_by_kind.items()
        },
        "confusion": [
            {"flagged": row.flagged, "kind": row.kind, "holds": row.holds, "n": len(row.ids), "ids": row.ids}
            for row in report.confusion
        ],
        "polarity_right": report.polarity_right,
        "polarity_all": report.polarity_all,
        "polarity": {name: {"right": right, "n": n} for name, (right, n) in report.polarity.items()},
        "wrong": [{"id": identity, "kind": kind, "clause": clause} for identity, kind, clause in report.wrong],
    }


def as_document_figures(report: whole.Report) -> dict[str, Any]:
    """A report on documents as an object."""
    right, findings = report.quotes
    return {
        "name": report.name,
        "documents": len(report.read),
        "micro": figures(report.micro, report.intervals.get("micro")),
        "per_clause": {code: figures(own, report.intervals.get(code)) for code, own in report.per_clause.items()},
        "negated": {**score_row(report.denied), "per_clause": {c: score_row(s) for c, s in report.denials.items()}},
        "quotes_right": right,
        "findings": findings,
        "wrong": [vars(row) for row in report.wrong],
    }


def figures(score: Score, spread: Interval | None) -> dict[str, Any]:
    """A score as an object, the interval of F1 as a pair or null."""
    return {**score_row(score), "F1_interval": spread}
