"""`anbudslots evaluate`: measure matching and screening on gold data, beside plain baselines in the same run."""

from pathlib import Path

import click

from anbudslots import evaluate_judge, evaluate_neighbours, evaluate_screening
from anbudslots.context import App, echo_rows, echo_set_aside, json_option, note, pass_app, progress_bar
from config import trades
from config.errors import InputError, SettingsError
from crawler import eforms, packages, uhm
from matcher import encoder, evaluation, ranking
from matcher.evaluation import Figures
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
        judge = learned.shipped(app.data / "model", note)
        findings = {n.publication_number: reader.read_notice(n, judge) for n in notices}
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
        echo_more(bench, qrels, figures[0])


def echo_more(bench: evaluation.Bench, qrels: evaluation.Qrels, ours: Figures) -> None:
    """Calibration, figures by trade, and what was missed with the signal that lost it."""
    ranker = ranking.shipped()
    error, pairs = evaluation.calibration_error(bench, qrels, ranker)
    click.echo(f"\nExpected calibration error {error:.3f} over {pairs} pairs told at least 0.02")
    names = trades.trades()
    rows = [
        {"trade": names[trade].name if trade else "-", "enterprises": count, "nDCG@10": value}
        for trade, (count, value) in evaluation.by_trade(bench, ours).items()
    ]
    click.echo("\nOur nDCG@10 by the enterprises' strongest trade:")
    echo_rows(rows, ["trade", "enterprises", "nDCG@10"], as_json=False, empty="")
    titles = {notice.publication_number: notice.title for notice in bench.built.notices}
    lost = [
        {"enterprise": one.query, "notice": one.document, "grade": one.grade, "place": one.place,
         "lost by": one.signal, "title": titles[one.document][:60]}
        for one in evaluation.missed(bench, qrels, ranker)
    ]  # fmt: skip
    click.echo("\nRelevant ones below place 20, and the signal that lost each:")
    echo_rows(lost, ["enterprise", "notice", "grade", "place", "lost by", "title"], as_json=False, empty="none")


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


command.add_command(evaluate_judge.judge_)
command.add_command(evaluate_neighbours.neighbours_)
command.add_command(evaluate_screening.screening_)
command.add_command(evaluate_screening.documents_)
