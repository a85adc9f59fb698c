"""What the evaluation tells beside its figures: what was missed and why, how sure the probabilities are, the pool."""

from typing import Any

import pytest

from matcher import evaluation
from matcher.evaluation import Bench
from register.models import Notice, Place
from tests.conftest import WordEncoder, make_enterprise, make_lot, make_notice
from tests.matcher.test_ranking import ranker


def tender(number: str, title: str, city: str = "Mora") -> Notice:
    lots = (make_lot(title=title, description="", places=(Place(city=city),), cpv=()),)
    return make_notice(number, title=title, lots=lots)


@pytest.fixture
def bench(words: WordEncoder) -> Bench:
    far = tender("3-2026", "Fönsterputs", "Malmö")
    near = [tender(f"{n}-2026", f"Fönsterputs på skola {n}") for n in range(3)]
    other = [tender(f"9{n}-2026", f"Asfaltering {n}") for n in range(3)]
    return evaluation.prepare([make_enterprise()], [far, *near, *other], {}, words)


def test_what_was_missed_is_told_with_the_signal_that_lost_it(bench: Bench) -> None:
    qrels: Any = {"asf-1": {"3-2026": 2, "0-2026": 3, "91-2026": 1}}
    (lost,) = evaluation.missed(bench, qrels, ranker(), depth=3)
    assert (lost.document, lost.signal, lost.place) == ("3-2026", "place", 7)
    assert evaluation.missed(bench, qrels, ranker(), depth=7) == []


def test_probabilities_that_hold_have_no_error(bench: Bench) -> None:
    scores = evaluation.ranked(bench, ranker())["asf-1"]
    told = [number for number, score in scores.items() if score >= 0.02]
    error, pairs = evaluation.calibration_error(bench, {"asf-1": dict.fromkeys(told, 3)}, ranker(), told=0.02)
    assert pairs == len(told)
    assert error == pytest.approx(1 - sum(scores[number] for number in told) / len(told))


def test_figures_go_by_the_strongest_trade(bench: Bench) -> None:
    figures = evaluation.measure("x", evaluation.ranked(bench, ranker()), {"asf-1": {"0-2026": 3}})
    (found,) = evaluation.by_trade(bench, figures).values()
    assert found == (1, figures.per_query["asf-1"])


def test_the_pool_holds_each_systems_best_in_an_order_that_tells_nothing(bench: Bench) -> None:
    pool = evaluation.pool(bench, ranker(), "asf-1", depth=2)
    assert len(pool) == len(set(pool)) >= 2
    assert pool == evaluation.pool(bench, ranker(), "asf-1", depth=2)
    assert set(pool) <= {notice.publication_number for notice in bench.built.notices}
