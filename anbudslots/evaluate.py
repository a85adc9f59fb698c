"""`anbudslots evaluate`: measure matching and screening on gold data, beside plain baselines in the same run."""

import json
from pathlib import Path

import click

from anbudslots.context import App, echo_rows, echo_set_aside, json_option, note, pass_app, progress_bar
from config.errors import InputError, SettingsError
from crawler import eforms, packages, uhm
from matcher import encoder, evaluation, ranking
from matcher.evaluation import Figures
from matcher.screening import evaluation as screening
from matcher.screening import learned, reader
from register import enterprise_files
from register.models import Enterprise, Notice, SetAside


@click.group()
def command() -> None:
    """Measure matching and screening on gold data."""


@command.command("matching")
@click.option("--gold", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--qrels", "qrels_name", default="qrels", show_default=True, help="File of grades in the gold folder.")
@click.option(
    "--uhm",
    "statistics",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Rank the rows of this CSV of Upphandlingsmyndigheten's instead of the gold folder's notices.",
)
@click.option("--run", "run_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A TREC run too.")
@json_option
@pass_app
def matching_(
    app: App, gold: Path, qrels_name: str, statistics: Path | None, run_file: Path | None, as_json: bool
) -> None:
    """Print nDCG@10 and its kin of our ranking, BM25, TF-IDF, embedding only, and their fusion.

    The gold folder holds enterprises.jsonl, notices/ and qrels.
    """
    qrels = evaluation.read_qrels(gold / qrels_name)
    enterprises = read_enterprises(gold / "enterprises.jsonl")
    notices = read_statistics(statistics) if statistics else read_folder(gold / "notices")
    if not qrels or not enterprises or not notices:
        raise SettingsError(f"{gold} needs enterprises.jsonl, notices/ and {qrels_name}, none of them empty.")
    model = encoder.load(app.settings.model, app.data / "model", note)
    with progress_bar("screening and encoding") as bar:
        findings = {n.publication_number: reader.read_notice(n) for n in notices}
        bench = evaluation.prepare(enterprises, notices, findings, model, bar)
    figures = evaluation.compare(bench, qrels, ranking.shipped())
    if run_file:
        figures.append(evaluation.measure(run_file.name, evaluation.read_run(run_file), qrels))
    if not as_json:
        click.echo(
            f"{len(enterprises)} enterprises, {len(notices)} notices, {len(bench.built)} lots, "
            f"{sum(map(len, qrels.values()))} grades; model {model.name}; ranker {ranking.shipped().version}"
        )
    echo_rows([as_row(f) for f in figures], columns(), as_json=as_json, empty="")
    if not as_json:
        click.echo("\nnDCG@10 of each enterprise:")
        rows = [{"system": f.name, **{q: f"{v:.2f}" for q, v in sorted(f.per_query.items())}} for f in figures]
        echo_rows(rows, list(rows[0]), as_json=False, empty="")


def columns() -> list[str]:
    """Columns of the table of figures."""
    return ["system", *evaluation.MEASURES, "95 % of nDCG@10"]


def as_row(figures: Figures) -> dict[str, object]:
    """A row of the table of figures."""
    low, high = figures.interval
    return {"system": figures.name, **figures.overall, "95 % of nDCG@10": f"{low:.3f}..{high:.3f}"}


def read_enterprises(path: Path) -> list[Enterprise]:
    """Enterprises of a file; what can't be used is listed."""
    rows = list(enterprise_files.read(path))
    echo_set_aside(row for row in rows if isinstance(row, SetAside))
    return [row.enterprise for row in rows if not isinstance(row, SetAside)]


def read_folder(path: Path) -> list[Notice]:
    """eForms notices of a folder; what can't be used is listed."""
    found = []
    for member in packages.members(path):
        if isinstance(member, SetAside):
            echo_set_aside([member])
            continue
        try:
            found.append(eforms.read(member.data, item=member.name))
        except InputError as error:
            echo_set_aside([SetAside.of(error)])
    return found


def read_statistics(path: Path) -> list[Notice]:
    """Rows of Upphandlingsmyndigheten's CSV; what can't be used is listed."""
    rows = list(uhm.read(path))
    echo_set_aside(row for row in rows if isinstance(row, SetAside))
    return [row for row in rows if isinstance(row, Notice)]


@command.command("screening")
@click.option("--gold", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--wrong", is_flag=True, help="List each missed and each false flag.")
@click.option("--ablation", is_flag=True, help="Also rules and learned reader each by itself.")
@json_option
@pass_app
def screening_(app: App, gold: Path, wrong: bool, ablation: bool, as_json: bool) -> None:
    """Print precision, recall and F1 per clause on labelled passages, and of plain keywords."""
    passages = screening.load(gold)
    ways = screening.screeners(learned.shipped(app.data / "model", note))
    measured = list(ways)[: None if ablation else 1]
    reports = [screening.evaluate(passages, ways[name], name) for name in measured]
    plain = screening.evaluate(passages, screening.keywords, "keywords")
    if as_json:
        click.echo(json.dumps([as_figures(own) for own in (*reports, plain)], ensure_ascii=False, indent=2))
        return
    report, *parts = reports
    rows = [
        {"clause": code, **score_row(score), "keywords F1": plain.per_clause[code].f1}
        for code, score in report.per_clause.items()
    ]
    rows.append({"clause": "all (micro)", **score_row(report.micro), "keywords F1": plain.micro.f1})
    echo_rows(rows, ["clause", "n", "precision", "recall", "F1", "keywords F1"], as_json=False, empty="")
    for title, groups in (("kind", report.per_kind), ("language", report.per_language)):
        click.echo("")
        grouped = [{title: key, **score_row(score)} for key, score in sorted(groups.items())]
        echo_rows(grouped, [title, "n", "precision", "recall", "F1"], as_json=False, empty="")
    click.echo("")
    compared = [
        {"screener": own.name, **score_row(own.micro), "clean ones flagged": f"{own.clean_flagged} of {own.clean}"}
        for own in (report, *parts, plain)
    ]
    echo_rows(compared, ["screener", "n", "precision", "recall", "F1", "clean ones flagged"], as_json=False, empty="")
    click.echo(
        f"\n{len(passages)} passages; polarity right {report.polarity_right} of {report.polarity_all}; "
        f"rules {reader.version()}, learned reader {learned.version() or 'none'}"
    )
    if wrong:
        for identity, kind, clause in report.wrong:
            click.echo(f"{kind} {clause}: {identity}")


def score_row(score: screening.Score) -> dict[str, object]:
    """n, precision, recall and F1."""
    return {"n": score.tp + score.fn, "precision": score.precision, "recall": score.recall, "F1": score.f1}


def as_figures(report: screening.Report) -> dict[str, object]:
    """A report as an object."""
    return {
        "name": report.name,
        "micro": score_row(report.micro),
        "per_clause": {code: score_row(score) for code, score in report.per_clause.items()},
        "clean": report.clean,
        "clean_flagged": report.clean_flagged,
        "polarity_right": report.polarity_right,
        "polarity_all": report.polarity_all,
    }
