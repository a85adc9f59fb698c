"""Hard neighbours: pairs of tenders of which one is plainly the better for an enterprise, while words mislead."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.errors import InputError
from matcher import evaluation, index, judged, profile, signals
from matcher.encoder import Encoder
from matcher.ranking import Ranker
from register.models import Enterprise, Notice


@dataclass(frozen=True)
class Pair:
    """kind: in which way a machine may be fooled; why: one sentence for a reader."""

    id: str
    kind: str
    enterprise: Enterprise
    better: Notice
    worse: Notice
    why: str


def read(path: Path) -> list[Pair]:
    """A line a pair. Raises InputError naming the line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            own = row["enterprise"]
            enterprise = Enterprise(
                id=f"99-{row['id']}",
                name=row["id"],
                municipality=own["municipality"],
                capabilities=own["capabilities"],
                never=own.get("never", ()),
                reach={"municipalities": own["reach"]},
                capacity={"largest_contract_sek_per_year": own["largest_contract_sek_per_year"]},
            )
            better, worse = (
                judged.to_notice({**row[side], "id": f"99-{row['id']}-{side}", "cpv": [row[side]["cpv"]],
                                  "city": [row[side]["city"]] if row[side]["city"] else []})
                for side in ("better", "worse")
            )  # fmt: skip
            found.append(Pair(row["id"], row["kind"], enterprise, better, worse, row["why"]))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path.name} line {number}", None, f"is no pair: {error}") from error
    return found


def right_order(pairs: Sequence[Pair], encoder: Encoder, ranker: Ranker) -> dict[str, dict[str, bool]]:
    """For each system and each pair's id whether it puts the better one first; all tenders are in one index."""
    built = index.build([notice for pair in pairs for notice in (pair.better, pair.worse)], {}, encoder)
    profiles = tuple(profile.build(pair.enterprise, encoder, built.analyser) for pair in pairs)
    bench = evaluation.Bench(built, profiles, encoder)
    runs = {
        "anbudslots": {
            own.enterprise.id: evaluation.by_notice(built, ranker.scores(signals.matrix(own, built)))
            for own in profiles
        },
        "BM25": evaluation.bm25(bench),
        "embedding only": evaluation.dense(bench),
    }
    return {
        system: {
            pair.id: run[pair.enterprise.id][pair.better.publication_number]
            > run[pair.enterprise.id][pair.worse.publication_number]
            for pair in pairs
        }
        for system, run in runs.items()
    }
