"""`anbudslots evaluate neighbours`: pairs of which one is plainly better, while words mislead."""

from collections import defaultdict
from pathlib import Path

import click

from anbudslots.context import App, echo_rows, json_option, note, pass_app
from matcher import encoder, neighbours, ranking


@click.command("neighbours")
@click.option("--gold", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--wrong", is_flag=True, help="List the pairs that our ranking puts in the wrong order.")
@json_option
@pass_app
def neighbours_(app: App, gold: Path, wrong: bool, as_json: bool) -> None:
    """Print in how many hard pairs the better tender comes first: our ranking, BM25, embedding only.

    Example: anbudslots evaluate neighbours --gold tests/gold/hard_neighbours.jsonl --wrong
    """
    pairs = neighbours.read(gold)
    model = encoder.load(app.settings.model, app.data / "model", note)
    found = neighbours.right_order(pairs, model, ranking.shipped())
    kinds = defaultdict(list)
    for pair in pairs:
        kinds[pair.kind].append(pair.id)
    kinds["all"] = [pair.id for pair in pairs]
    rows = [
        {"kind": kind, "pairs": len(ids)}
        | {system: sum(right[id_] for id_ in ids) / len(ids) for system, right in found.items()}
        for kind, ids in kinds.items()
    ]
    echo_rows(rows, ["kind", "pairs", *found], as_json=as_json, empty="")
    if wrong and not as_json:
        for pair in pairs:
            if not found["anbudslots"][pair.id]:
                click.echo(f"{pair.id} {pair.kind}: {pair.better.title!r} should come before {pair.worse.title!r}")
