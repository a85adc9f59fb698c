"""Figures of a screener on labelled passages, reckoned by hand."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from config.errors import InputError
from matcher.screening import evaluation
from matcher.screening.evaluation import Passage, Report
from matcher.screening.rules import CODES
from matcher.screening.scores import Score, f1_intervals

PASSAGES = [
    Passage("a", "a", {"equality": "affirmed", "small_lots": "negated"}, "sv", "affirmed"),
    Passage("b", "b", {"equality": "possible"}, "en", "possible"),
    Passage("c", "c", {"accessibility": "negated"}, "sv", "negated"),
    Passage("d", "d", {}, "sv", "lookalike"),
    Passage("e", "e", {}, "sv", "lookalike"),
]
SAYS: dict[str, dict[str, str]] = {
    "a": {"equality": "affirmed", "small_lots": "negated"},
    "b": {},
    "c": {"accessibility": "affirmed"},
    "d": {"accessibility": "affirmed", "equality": "possible"},
    "e": {"accessibility": "affirmed"},
}


@pytest.fixture
def report() -> Report:
    return evaluation.evaluate(PASSAGES, SAYS.__getitem__, "by hand")


def test_scores_per_clause_kind_and_language(report: Report) -> None:
    assert report.per_clause["equality"] == Score(tp=1, fp=1, fn=1)
    assert report.per_clause["accessibility"] == Score(tp=0, fp=3, fn=0)
    assert report.per_clause["small_lots"] == Score()
    assert report.micro == Score(tp=1, fp=4, fn=1)
    assert report.micro.n == 2
    assert report.per_language == {"en": Score(fn=1), "sv": Score(tp=1, fp=4)}
    assert report.per_kind["lookalike"] == Score(fp=3)


def test_macro_is_the_mean_over_clauses_that_occur_or_are_flagged(report: Report) -> None:
    # equality 2/4, accessibility 0; the other twelve say nothing.
    assert report.macro_f1 == pytest.approx(0.25)


def test_clean_passages_by_kind_with_what_was_flagged(report: Report) -> None:
    assert (report.clean, report.clean_flagged) == (3, 3)
    lookalike = report.clean_by_kind["lookalike"]
    assert (lookalike.n, lookalike.flagged) == (2, 2)
    assert lookalike.clauses == (("accessibility", 2), ("equality", 1))


def test_a_false_flag_is_told_with_what_the_passage_is(report: Report) -> None:
    rows = [(row.flagged, row.kind, row.holds, row.ids) for row in report.confusion]
    assert rows == [
        ("accessibility", "lookalike", "nothing", ("d", "e")),
        ("accessibility", "negated", "accessibility (negated)", ("c",)),
        ("equality", "lookalike", "nothing", ("d",)),
    ]


def test_polarity_is_right_where_it_is_the_very_one(report: Report) -> None:
    assert report.polarity == {"affirmed": (1, 1), "possible": (0, 1), "negated": (1, 2)}
    assert (report.polarity_right, report.polarity_all) == (2, 4)


def test_what_is_wrong_is_listed(report: Report) -> None:
    assert report.wrong[:2] == [("b", "missed", "equality"), ("c", "false", "accessibility")]
    assert len(report.wrong) == 5


def counts(*rows: tuple[int, int, int]) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    """One class; a row for each item."""
    return np.array(rows, dtype=np.int64)[:, None, :]


def test_an_interval_holds_the_figure_and_narrows_with_more_passages() -> None:
    few = f1_intervals(counts(*[(1, 0, 0), (0, 1, 1)] * 10), ["x"])
    many = f1_intervals(counts(*[(1, 0, 0), (0, 1, 1)] * 1000), ["x"])
    for low, high in (few["x"], many["x"]):
        assert low < 0.5 < high
    assert many["x"][1] - many["x"][0] < (few["x"][1] - few["x"][0]) / 5
    # With one class all three say the same.
    assert few["x"] == few["micro"] == few["macro"]


def test_an_interval_is_the_same_in_every_run_and_absent_where_nothing_is_said() -> None:
    rows = counts((1, 0, 0), (0, 1, 0), (0, 0, 1))
    assert f1_intervals(rows, ["x"]) == f1_intervals(rows, ["x"])
    assert f1_intervals(counts((0, 0, 0)), ["x"]) == {}
    assert f1_intervals(np.zeros((0, 1, 3), dtype=np.int64), ["x"]) == {}


def test_a_thousand_resamples_of_two_thousand_passages_take_less_than_two_seconds() -> None:
    rows = np.random.default_rng(1).integers(0, 2, size=(2000, len(CODES), 3))
    started = time.process_time()
    assert len(f1_intervals(rows, CODES)) == len(CODES) + 2
    assert time.process_time() - started < 2


def test_ways_are_measured_side_by_side() -> None:
    ways = {"all": lambda _: {"equality": "affirmed"}, "none": lambda _: {}}
    everything, nothing = evaluation.compare(PASSAGES, ways)
    assert (everything.name, everything.micro) == ("all", Score(tp=2, fp=3))
    assert (nothing.name, nothing.micro) == ("none", Score(fn=2))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"id": 1, "text": "x"}, "labels"),
        ({"id": 1, "text": "x", "labels": {"odd": "affirmed"}}, "odd is no clause"),
        ({"id": 1, "text": "x", "labels": {"equality": "perhaps"}}, "perhaps is no polarity"),
        ([], "no labelled passage"),
    ],
)
def test_a_wrong_row_is_named(row: object, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(f"\n{json.dumps(row)}\n")
    with pytest.raises(InputError, match=rf"gold\.jsonl line 2.*{reason}"):
        evaluation.load(path)
