"""Fit the ranker on the project's own judged set: `python -m matcher.fitting MODELS` writes config/ranker.json and
docs/pictures/reliability.svg (`make fit`).

The set (config/training/matching) has invented enterprises and tenders all over Sweden, judged by independent readers;
the development gold is never read here. Each tender is seen three times: as it is, without its value, and as a bare
title of a buyer, as statistics have it; 1,200 others only so. Whatever a model is measured or calibrated on it has not
seen: enterprises are left out in turn, and only those count that the encoder was not tuned on (matcher/tuning.py).
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold

from config.settings import ModelSettings
from matcher import calibration, encoder, evaluation, index, judged, neighbours, profile, ranking, signals, tuning
from matcher.encoder import Encoder
from matcher.ranking import Matrix, Numbers, Ranker
from register.database import memory_register
from register.models import Notice

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "config" / "ranker.json"
PICTURE = ROOT / "docs" / "pictures" / "reliability.svg"
FOLDS = 7
TOLD = 0.02
"""Probability from which on a pair is in the reliability plot: nearly all pairs are told to be nothing, and are."""
HARD = 10_000
"""Numbers of the enterprises of hard pairs begin here."""
FORMS = ("whole", "no value", "title")
UNKNOWN = -1


@dataclass(frozen=True)
class Pairs:
    """Judged pairs, every array's first axis. work: UNKNOWN where nobody said; form: number of FORMS; weight: how much
    the pair counts.
    """

    signals: Matrix
    work: npt.NDArray[np.int_]
    grade: npt.NDArray[np.int_]
    enterprise: npt.NDArray[np.int_]
    form: npt.NDArray[np.int_]
    weight: Numbers

    def __len__(self) -> int:
        return len(self.grade)


def in_form(notice: Notice, form: str) -> Notice:
    """A tender as one of FORMS shows it."""
    lot = notice.lots[0]
    if form == "no value":
        lot = lot.model_copy(update={"value": None})
    elif form == "title":
        lot = lot.model_copy(update={"value": None, "description": "", "places": (), "duration_months": None})
    return notice.model_copy(update={"lots": (lot,)})


def examples(one: judged.Set, model: Encoder) -> Pairs:
    """All pairs of a judged set in all forms."""
    values, work, grades, groups, forms = [], [], [], [], []
    vectors = memory_register()
    for number, form in enumerate(FORMS):
        shown = [in_form(notice, form) for notice in one.notices] + (list(one.titles) if form == "title" else [])
        built = index.build(shown, {}, model, register=vectors)
        for group, enterprise in enumerate(one.enterprises):
            own = profile.build(enterprise, model, built.analyser, register=vectors)
            values.append(signals.matrix(own, built))
            keys = [(enterprise.id, notice.publication_number) for notice in built.notices]
            work += [one.work.get(key, 0) for key in keys]
            grades += [one.grade.get(key, 0) for key in keys]
            groups += [group] * len(built)
            forms += [number] * len(built)
    return _pairs(values, work, grades, groups, forms)


def _pairs(values: list[Matrix], work: list[int], grades: list[int], groups: list[int], forms: list[int]) -> Pairs:
    columns = [np.asarray(column) for column in (work, grades, groups, forms)]
    return Pairs(np.vstack(values), columns[0], columns[1], columns[2], columns[3], np.ones(len(work)))


def hard(found: Sequence[neighbours.Pair], model: Encoder) -> Pairs:
    """The two tenders of each hard pair: of the better one the work and all else fits, of the worse one not."""
    built = index.build([notice for pair in found for notice in (pair.better, pair.worse)], {}, model)
    values, work, grades, groups = [], [], [], []
    for number, pair in enumerate(found):
        own = signals.matrix(profile.build(pair.enterprise, model, built.analyser), built)
        values.append(own[2 * number : 2 * number + 2])
        same = pair.kind in ("place", "size")
        work += [3, 3 if same else 0]
        grades += [3, int(same)]
        groups += [HARD + number] * 2
    return _pairs(values, work, grades, groups, [0] * len(work))


def both(one: Pairs, other: Pairs) -> Pairs:
    """All pairs of two sets."""
    return Pairs(*(np.concatenate([getattr(one, f.name), getattr(other, f.name)]) for f in fields(Pairs)))


def rows(pairs: Pairs, chosen: npt.NDArray[np.intp]) -> Pairs:
    """Some of the pairs."""
    return Pairs(*(getattr(pairs, f.name)[chosen] for f in fields(Pairs)))


def shipped_pairs(model: Encoder) -> Pairs:
    """The project's own judged pairs."""
    with resources.as_file(resources.files("config").joinpath("training", "matching")) as folder:
        return both(examples(judged.read(folder), model), hard(neighbours.read(folder / "pairs.jsonl"), model))


def folds(pairs: Pairs) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """(train, test) rows: whole enterprises."""
    yield from GroupKFold(n_splits=FOLDS, shuffle=True, random_state=1).split(pairs.signals, groups=pairs.enterprise)


def work_models(pairs: Pairs) -> ranking.Steps:
    """Step one, fitted on the pairs of which somebody said how well the work fits."""
    said = pairs.work != UNKNOWN
    return ranking.fit_work(pairs.signals[said], pairs.work[said], pairs.weight[said])


def unseen_work(pairs: Pairs) -> Numbers:
    """Step one's verdict on each pair, by models that did not see its enterprise."""
    found = np.zeros(len(pairs))
    for train, test in folds(pairs):
        models = work_models(rows(pairs, train))
        found[test] = ranking.expected_work(models, pairs.signals[test])
    return found


def unseen_scores(pairs: Pairs, work: Numbers) -> Numbers:
    """Both steps' score of each pair, likewise."""
    found = np.zeros(len(pairs))
    for train, test in folds(pairs):
        models = ranking.fit_look(pairs.signals[train], work[train], pairs.grade[train], pairs.weight[train])
        found[test] = ranking.expected_look(models, pairs.signals[test], work[test])
    return found


def ndcg(pairs: Pairs, scores: Numbers, form: int) -> float:
    """Mean nDCG@10 over the enterprises that the encoder has not seen, in one form."""
    run: evaluation.Run = {}
    qrels: evaluation.Qrels = {}
    for group in np.unique(pairs.enterprise[lists(pairs)]):
        inside = np.flatnonzero((pairs.enterprise == group) & (pairs.form == form))
        run[str(group)] = {str(n): float(scores[at]) for n, at in enumerate(inside)}
        graded = {str(n): int(pairs.grade[at]) for n, at in enumerate(inside) if pairs.grade[at]}
        if any(grade >= 2 for grade in graded.values()):
            qrels[str(group)] = graded
    return evaluation.measure("", run, qrels).overall[evaluation.PRIMARY]


def fit(pairs: Pairs) -> tuple[Ranker, Numbers]:
    """The ranker, and the scores of pairs by rankers that had not seen their enterprise."""
    work = unseen_work(pairs)
    scores = unseen_scores(pairs, work)
    ranker = ranking.make(
        work_models(pairs),
        ranking.fit_look(pairs.signals, work, pairs.grade, pairs.weight),
        calibration.fit(scores[lists(pairs)], pairs.grade[lists(pairs)] >= 2),
    )
    return ranker, scores


def lists(pairs: Pairs) -> npt.NDArray[np.bool_]:
    """The pairs that come from whole lists of tenders, in which most fit nobody, of enterprises that the encoder has
    not seen: what a calibration and a figure need.
    """
    return np.asarray([number < HARD and not tuning.is_shown(number) for number in pairs.enterprise.tolist()])


def unseen_chances(pairs: Pairs, scores: Numbers) -> Numbers:
    """Calibrated probabilities of pairs, by curves that had not seen their enterprise."""
    found, inside = np.zeros(len(pairs)), lists(pairs)
    for train, test in folds(pairs):
        known = train[inside[train]]
        found[test] = calibration.fit(scores[known], pairs.grade[known] >= 2).probability(scores[test])
    return found


def ablation(pairs: Pairs) -> Iterator[tuple[str, float]]:
    """nDCG@10 over all forms without each signal in turn (its column set to its mean)."""

    def mean(values: Pairs) -> float:
        scores = unseen_scores(values, unseen_work(values))
        return float(np.mean([ndcg(values, scores, form) for form in range(len(FORMS))]))

    yield "all", mean(pairs)
    for number, name in enumerate(signals.SIGNALS):
        less = pairs.signals.copy()
        less[:, number] = less[:, number].mean()
        yield f"without {name}", mean(replace(pairs, signals=less))


def picture(bins: list[calibration.Bin], error: float) -> str:
    """The reliability plot as SVG: told against true, each dot as large as its number of pairs."""
    size, edge = 320, 48
    dots = "".join(
        f'<circle cx="{edge + one.chance * size:.1f}" cy="{edge + (1 - one.share) * size:.1f}" r="5" fill="#1b5e8c">'
        f"<title>{one.count} pairs: told {one.chance:.2f}, true {one.share:.2f}</title></circle>"
        for one in bins
    )
    ticks = "".join(
        f'<text x="{edge + x * size:.0f}" y="{edge + size + 18}" text-anchor="middle">{x:.1f}</text>'
        f'<text x="{edge - 8}" y="{edge + (1 - x) * size + 4:.0f}" text-anchor="end">{x:.1f}</text>'
        for x in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size + 2 * edge} {size + 2 * edge}" '
        'font-family="sans-serif" font-size="11" role="img">'
        f"<title>Reliability: told probability against the share judged worth a look; ECE {error:.3f}</title>"
        f'<rect width="100%" height="100%" fill="#fff"/><rect x="{edge}" y="{edge}" width="{size}" height="{size}" '
        'fill="none" stroke="#888"/>'
        f'<line x1="{edge}" y1="{edge + size}" x2="{edge + size}" y2="{edge}" stroke="#bbb" stroke-dasharray="4"/>'
        f'{dots}{ticks}<text x="{edge + size / 2}" y="{edge + size + 38}" text-anchor="middle">probability told</text>'
        f'<text x="{edge + size / 2}" y="{edge - 16}" text-anchor="middle">share judged worth a look '
        f"(expected calibration error {error:.3f})</text></svg>\n"
    )


def main(arguments: list[str]) -> int:
    """Fit, say how good it is on enterprises left out, and write the coefficients. With --ablation only the latter."""
    folder = Path(next((argument for argument in arguments if not argument.startswith("-")), "data/model"))
    model = encoder.load(ModelSettings(), folder)
    pairs = shipped_pairs(model)
    if "--ablation" in arguments:
        for name, figure in ablation(pairs):
            sys.stdout.write(f"{name:26} {figure:.3f}\n")
        return 0
    ranker, scores = fit(pairs)
    inside = lists(pairs)
    chances, right = unseen_chances(pairs, scores)[inside], pairs.grade[inside] >= 2
    shown = chances >= TOLD
    error = calibration.expected_error(chances[shown], right[shown])
    about = {
        "command": "make fit",
        "data": "config/training/matching: enterprises and tenders (each in the forms named below), and hard pairs",
        "enterprises": len(np.unique(pairs.enterprise[pairs.enterprise < HARD])),
        "pairs": int((pairs.enterprise < HARD).sum()),
        "hard_pairs": int((pairs.enterprise >= HARD).sum()) // 2,
        "enterprises_unknown_to_the_encoder": len(np.unique(pairs.enterprise[inside])),
        "their_ndcg@10_left_out": {form: round(ndcg(pairs, scores, n), 3) for n, form in enumerate(FORMS)},
        "their_expected_calibration_error": round(calibration.expected_error(chances, right), 4),
        f"their_expected_calibration_error_of_{int(shown.sum())}_told_at_least_{TOLD}": round(error, 4),
    }
    TARGET.write_text(ranking.to_json(ranker, about) + "\n", encoding="utf-8")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture(calibration.reliability(chances[shown], right[shown]), error), encoding="utf-8")
    sys.stdout.write(f"{ranker.version}\n" + "".join(f"{name}: {value}\n" for name, value in about.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
