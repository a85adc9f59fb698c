"""How good the ranking is: nDCG@10 and its kin against judged pairs, beside plain baselines in the same run.

Measures are reckoned by ir-measures (trec_eval's definitions: linear gains, log2 discount). The unit is the notice: its
best lot stands for it.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import AP, RR, Judged, P, R, Rprec, nDCG
from sklearn.feature_extraction.text import TfidfVectorizer

from config.errors import InputError
from matcher import calibration, index, profile, ranking, signals, texts
from matcher.encoder import Encoder, encode_once
from matcher.index import LotIndex
from matcher.lexical import Bm25
from matcher.profile import Profile
from register.models import Enterprise, Finding, Notice

Run = dict[str, dict[str, float]]
"""Query (enterprise id) to document (publication number) to score."""
Qrels = dict[str, dict[str, int]]

MEASURES = {
    "nDCG@10": nDCG @ 10,
    "P@5": P(rel=2) @ 5,
    "recall@20": R(rel=2) @ 20,
    "Rprec": Rprec(rel=2),
    "AP": AP(rel=2),
    "RR": RR(rel=2),
    "judged@10": Judged @ 10,
}
"""Relevant in the measures that need a line between yes and no: grade 2 or 3."""
PRIMARY = "nDCG@10"
BOOTSTRAP = 1000


def trec_id(text: str) -> str:
    """An id as one column of a TREC file: white space within it becomes `_`."""
    return "_".join(text.split())


def read_qrels(path: Path) -> Qrels:
    """TREC qrels: `query 0 document grade` a line. Raises InputError naming the line that is none."""
    qrels: Qrels = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        parts = line.split()
        if not parts:
            continue
        try:
            query, _, document, grade = parts
            qrels.setdefault(query, {})[document] = int(grade)
        except ValueError:
            raise InputError(f"{path.name} line {number}", None, "is not `query 0 document grade`") from None
    return qrels


def read_run(path: Path) -> Run:
    """A TREC run: `query Q0 document rank score tag` a line."""
    run: Run = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        parts = line.split()
        if not parts:
            continue
        try:
            query, _, document, _, score, _ = parts
            run.setdefault(query, {})[document] = float(score)
        except ValueError:
            raise InputError(f"{path.name} line {number}", None, "is not `query Q0 document rank score tag`") from None
    return run


@dataclass(frozen=True)
class Figures:
    """One system's figures: overall, a 95 % interval of the primary one over queries, and per query."""

    name: str
    overall: dict[str, float]
    interval: tuple[float, float]
    per_query: dict[str, float]
    """The primary measure of each query."""


def measure(name: str, run: Run, qrels: Qrels) -> Figures:
    """Figures of a run. Queries of the qrels that the run lacks count as 0."""
    documents = {query: ({trec_id(d): s for d, s in found.items()} or {"-": 0.0}) for query, found in run.items()}
    for query in qrels:
        documents.setdefault(query, {"-": 0.0})
    documents = {trec_id(query): found for query, found in documents.items() if query in qrels}
    overall = ir_measures.calc_aggregate(list(MEASURES.values()), qrels, documents)
    values = {metric.query_id: metric.value for metric in ir_measures.iter_calc([MEASURES[PRIMARY]], qrels, documents)}
    return Figures(
        name=name,
        overall={label: float(overall[item]) for label, item in MEASURES.items()},
        interval=bootstrap(list(values.values())),
        per_query=values,
    )


def bootstrap(values: Sequence[float], seed: int = 20261124) -> tuple[float, float]:
    """95 % percentile interval of the mean over queries, by resampling queries (Efron 1979)."""
    if not values:
        return (0.0, 0.0)
    generator = np.random.default_rng(seed)
    means = generator.choice(np.asarray(values), size=(BOOTSTRAP, len(values))).mean(axis=1)
    return float(np.percentile(means, 2.5)), float(np.percentile(means, 97.5))


def by_notice(built: LotIndex, scores: Iterable[float]) -> dict[str, float]:
    """Best score of each notice's lots."""
    best: dict[str, float] = {}
    for notice, score in zip(built.notices, scores, strict=True):
        number = notice.publication_number
        best[number] = max(best.get(number, -1e9), float(score))
    return best


@dataclass(frozen=True)
class Bench:
    """Enterprises and notices, encoded once, on which systems are compared."""

    built: LotIndex
    profiles: tuple[Profile, ...]
    encoder: Encoder


def prepare(
    enterprises: Sequence[Enterprise],
    notices: Sequence[Notice],
    findings: Mapping[str, Sequence[Finding]],
    encoder: Encoder,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Bench:
    """Index notices and enterprises."""
    built = index.build(notices, findings, encoder, progress=progress)
    return Bench(built, tuple(profile.build(e, encoder, built.analyser) for e in enterprises), encoder)


def query_text(own: Profile) -> str:
    """The enterprise as one text, as a plain search would have it."""
    return "\n".join(line.text for line in own.lines if line.kind != "never")


def ranked(bench: Bench, ranker: ranking.Ranker) -> Run:
    """Our scores."""
    return {
        own.enterprise.id: by_notice(bench.built, ranker.scores(signals.matrix(own, bench.built)))
        for own in bench.profiles
    }


def bm25(bench: Bench) -> Run:
    """BM25 over stems and compound parts, the whole profile as query."""
    words: Bm25 = bench.built.words
    analyser = bench.built.analyser
    return {
        own.enterprise.id: by_notice(bench.built, words.scores(analyser.terms(query_text(own))))
        for own in bench.profiles
    }


def tf_idf(bench: Bench) -> Run:
    """Cosine of TF-IDF vectors of plain words (scikit-learn's defaults, sublinear tf)."""
    documents = [texts.search_text(n, lot) for n, lot in zip(bench.built.notices, bench.built.lots, strict=True)]
    vectoriser = TfidfVectorizer(sublinear_tf=True)
    matrix = vectoriser.fit_transform(documents)
    queries = vectoriser.transform([query_text(own) for own in bench.profiles])
    scores = (queries @ matrix.T).toarray()
    return {own.enterprise.id: by_notice(bench.built, row) for own, row in zip(bench.profiles, scores, strict=True)}


def dense(bench: Bench) -> Run:
    """Cosine of the whole profile with each lot's passages, the best one counting."""
    queries = encode_once(bench.encoder, [query_text(own) for own in bench.profiles], "query")
    scores = np.maximum.reduceat(queries @ bench.built.passages.T, bench.built.first_passage, axis=1)
    return {own.enterprise.id: by_notice(bench.built, row) for own, row in zip(bench.profiles, scores, strict=True)}


def fused(runs: Sequence[Run], k: int = 60) -> Run:
    """Reciprocal-rank fusion (Cormack, Clarke and Buettcher 2009)."""
    out: Run = {}
    for run in runs:
        for query, documents in run.items():
            order = sorted(documents, key=lambda d: (-documents[d], d))
            for rank, document in enumerate(order, start=1):
                scores = out.setdefault(query, {})
                scores[document] = scores.get(document, 0.0) + 1 / (k + rank)
    return out


def compare(bench: Bench, qrels: Qrels, ranker: ranking.Ranker) -> list[Figures]:
    """Our ranking and the baselines on the same notices, ours first."""
    lexical, meaning = bm25(bench), dense(bench)
    systems = {
        "anbudslots": ranked(bench, ranker),
        "BM25": lexical,
        "TF-IDF": tf_idf(bench),
        "embedding only": meaning,
        "reciprocal-rank fusion": fused([lexical, meaning]),
    }
    return [measure(name, run, qrels) for name, run in systems.items()]


@dataclass(frozen=True)
class Missed:
    """A relevant tender below the depth. signal: the one that, were it at its best, would lift the score most."""

    query: str
    document: str
    grade: int
    place: int
    signal: str


COUNT_AGAINST = frozenset({"never", "refused", "other_trade", "demands"})


def missed(bench: Bench, qrels: Qrels, ranker: ranking.Ranker, depth: int = 20) -> list[Missed]:
    """Relevant tenders (grade 2 or 3) that our ranking puts below `depth`, with the signal that lost each."""
    found = []
    names = list(signals.SIGNALS)
    for own in bench.profiles:
        values = signals.matrix(own, bench.built)
        scores = ranker.scores(values)
        best = by_notice(bench.built, scores)
        order = sorted(best, key=lambda number: (-best[number], number))
        places = {number: place for place, number in enumerate(order, start=1)}
        for number, grade in qrels.get(own.enterprise.id, {}).items():
            if grade < 2 or places.get(number, 0) <= depth:
                continue
            at = max((n for n, one in enumerate(bench.built.notices) if one.publication_number == number),
                     key=lambda n: float(scores[n]))  # fmt: skip
            mended = np.repeat(values[at : at + 1], len(names), axis=0)
            for column, name in enumerate(names):
                mended[column, column] = 0.0 if name in COUNT_AGAINST else 1.0
            signal = names[int(ranker.scores(mended).argmax())]
            found.append(Missed(own.enterprise.id, number, grade, places[number], signal))
    return found


def calibration_error(bench: Bench, qrels: Qrels, ranker: ranking.Ranker, told: float = 0.02) -> tuple[float, int]:
    """Expected calibration error over pairs of enterprise and tender told at least `told`, and the number of pairs."""
    chances, right = [], []
    for query, documents in ranked(bench, ranker).items():
        numbers = list(documents)
        chances += list(ranker.probabilities([documents[number] for number in numbers]))
        right += [qrels.get(query, {}).get(number, 0) >= 2 for number in numbers]
    shown = np.asarray(chances) >= told
    return calibration.expected_error(np.asarray(chances)[shown], np.asarray(right)[shown]), int(shown.sum())


def by_trade(bench: Bench, figures: Figures) -> dict[str, tuple[int, float]]:
    """Mean of the primary measure over the enterprises of each trade (the strongest of each), with their number."""
    groups: dict[str, list[float]] = {}
    for own in bench.profiles:
        if own.enterprise.id in figures.per_query:
            name = index.trade_ids()[int(own.trades.argmax())] if own.trades.max() > 0 else ""
            groups.setdefault(name, []).append(figures.per_query[own.enterprise.id])
    return {name: (len(values), sum(values) / len(values)) for name, values in sorted(groups.items())}


def pool(bench: Bench, ranker: ranking.Ranker, query: str, depth: int) -> list[str]:
    """Publication numbers to be judged for one enterprise: the tops of our ranking, BM25 and embedding, in an order
    that tells nothing of the systems, but is the same each time.
    """
    runs = (ranked(bench, ranker), bm25(bench), dense(bench))
    tops = {
        number
        for run in runs
        for number in sorted(run[query], key=lambda number: (-run[query][number], number))[:depth]
    }
    return sorted(tops, key=lambda number: hashlib.sha256(f"{query} {number}".encode()).hexdigest())
