"""Fit the ranker on the project's own training set: `python -m matcher.fitting` writes config/ranker.json (`make fit`).

The set (config/training) is written for this purpose, with invented enterprises and tenders all over Sweden, graded
0..3; the development gold is never read here. Each tender is seen three times: as it is, without its value, and as a
bare title of a buyer, as statistics have it.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from config.settings import ModelSettings
from matcher import encoder, evaluation, index, profile, ranking, signals
from matcher.encoder import Encoder
from register.models import Buyer, Enterprise, Lot, Money, Notice, Place

TRAINING = Path(__file__).parent.parent / "config" / "training"
TARGET = Path(__file__).parent.parent / "config" / "ranker.json"


def read_notices(path: Path) -> list[Notice]:
    """The tenders of the set, whole (`-a`), without value (`-b`), and as bare titles (`-c`)."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        value = Money(amount=row["value_sek"]) if row["value_sek"] else None
        for kind in "abc":
            bare = kind == "c"
            lot = Lot(
                id="LOT-0000",
                title=row["title"],
                description="" if bare else row["description"],
                nature=row["nature"],
                cpv=(row["cpv"],),
                places=() if bare else (Place(city=row["city"]),),
                value=value if kind == "a" else None,
                duration_months=None if bare else row["duration_months"],
            )
            found.append(
                Notice(
                    publication_number=f"{row['publication_number']}-{kind}",
                    origin="training",
                    form_type="competition",
                    title=row["title"],
                    buyer=Buyer(name=f"{row['city']} kommun"),
                    cpv=(row["cpv"],),
                    lots=(lot,),
                )
            )
    return found


def examples(model: Encoder) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signals, shape (pairs, signals), grades, shape (pairs,), and the enterprise's number of each pair."""
    lines = (TRAINING / "enterprises.jsonl").read_text(encoding="utf-8").splitlines()
    enterprises = [Enterprise.model_validate_json(line) for line in lines]
    qrels = evaluation.read_qrels(TRAINING / "qrels")
    notices = read_notices(TRAINING / "notices.jsonl")
    values, grades, groups = [], [], []
    for kind in "abc":
        built = index.build([n for n in notices if n.publication_number.endswith(kind)], {}, model)
        for number, enterprise in enumerate(enterprises):
            own = profile.build(enterprise, model, built.analyser)
            values.append(signals.matrix(own, built))
            graded = qrels.get(enterprise.id, {})
            grades += [graded.get(n.publication_number[:-2], 0) for n in built.notices]
            groups += [number] * len(built)
    return np.vstack(values), np.asarray(grades), np.asarray(groups)


def cross_validated(values: np.ndarray, grades: np.ndarray, groups: np.ndarray) -> float:
    """Mean nDCG@10 over the enterprises, each scored by a ranker that has not seen it."""
    found = []
    for group in np.unique(groups):
        inside = groups == group
        ranker = ranking.fit(values[~inside], grades[~inside].tolist())
        scores = ranker.scores(values[inside])
        run = {"q": {str(n): float(s) for n, s in enumerate(scores)}}
        qrels = {"q": {str(n): int(g) for n, g in enumerate(grades[inside]) if g}}
        found.append(evaluation.measure("", run, qrels).overall[evaluation.PRIMARY])
    return float(np.mean(found))


def main() -> int:
    """Fit, say how good it is on enterprises left out, and write the coefficients."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("data/model")
    values, grades, groups = examples(encoder.load(ModelSettings(), folder))
    figure = cross_validated(values, grades, groups)
    ranker = ranking.fit(values, grades.tolist())
    about = {
        "command": "make fit",
        "data": "config/training: 12 invented enterprises, their grades on invented tenders seen in three forms",
        "pairs": len(grades),
        "leave_one_enterprise_out_ndcg@10": round(figure, 3),
    }
    TARGET.write_text(ranking.to_json(ranker, about) + "\n", encoding="utf-8")
    sys.stdout.write(f"{ranker.version}: nDCG@10 {figure:.3f} on enterprises left out, {len(grades)} pairs\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
