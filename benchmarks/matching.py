"""Pairs of lot and enterprise scored a second, beside one bare product of the same vectors and bm25s' scoring."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.figure import Figure, seconds
from matcher import index, judged, profile, ranking, signals
from matcher.encoder import Kind, Vectors
from register.models import Notice

TRAINING = Path(__file__).parent.parent / "config" / "training" / "matching"
LOTS, ENTERPRISES, DIMENSIONS = 20_000, 400, 384
TIMED = 40
"""Enterprises that are timed; each takes as long as the next."""


class _Random:
    """Vectors without a model: their content does not change how long scoring takes."""

    name = "random"
    nearness = (0.5, 10.0)

    def encode(self, texts: Sequence[str], kind: Kind) -> Vectors:  # noqa: ARG002
        found = np.random.default_rng(len(texts)).normal(size=(len(texts), DIMENSIONS)).astype(np.float32)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def _again(notice: Notice, number: int) -> Notice:
    """The same tender under another number and title."""
    lot = notice.lots[0].model_copy(update={"title": f"{notice.title} {number}"})
    return notice.model_copy(update={"publication_number": f"99-{number}", "lots": (lot,)})


def run() -> Iterator[Figure]:
    """The project's own tenders and enterprises, repeated under other numbers and with other words, to full size."""
    model = _Random()
    base = judged.read(TRAINING)
    notices = [_again(base.notices[n % len(base.notices)], n) for n in range(LOTS)]
    built = index.build(notices, {}, model)
    profiles = [profile.build(e, model, built.analyser) for e in (base.enterprises * TIMED)[:TIMED]]
    ranker = ranking.shipped()

    def bare() -> None:
        for own in profiles:
            np.matmul(own.vectors, built.passages.T)
            for terms in own.terms:
                built.words.scores(terms)

    def ours() -> None:
        for own in profiles:
            ranker.scores(signals.matrix(own, built))

    pairs = LOTS * len(profiles)
    plain, whole = seconds(bare), seconds(ours)
    yield Figure("pairs scored", pairs / whole, pairs / plain, f"pairs a second ({ENTERPRISES} enterprises: "
                 f"{whole / TIMED * ENTERPRISES:.0f} s)")  # fmt: skip
