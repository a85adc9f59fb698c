"""Who is believed: the rules, the learned reader, or both."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from matcher.screening import combining
from matcher.screening.combining import LEARNED, Verdict, combine
from matcher.screening.learned import POLARITIES, RESERVED, Judged
from matcher.screening.rules import CODES
from matcher.screening.windows import Window
from register.models import Polarity

CLAUSE = "employment_requirement"
RESERVED_CLAUSE = "reserved_participation"


def window(*texts: str) -> Window:
    ends = [sum(len(text) + 1 for text in texts[: number + 1]) - 1 for number in range(len(texts))]
    spans = tuple((end - len(text), end) for text, end in zip(texts, ends, strict=True))
    return Window(tuple(range(10, 10 + len(texts))), " ".join(texts), spans)


def judged(clause: str, *rows: tuple[float, float, float]) -> Judged:
    """rows: for each segment, how likely it is affirmed, possible, negated; all other clauses surely nothing."""
    found = np.zeros((len(rows), len(CODES), len(POLARITIES)), dtype=np.float32)
    found[:, :, 0] = 1.0
    for row, (affirmed, possible, negated) in enumerate(rows):
        found[row, CODES.index(clause)] = 1 - affirmed - possible - negated, affirmed, possible, negated
    return found


def said(polarity: Polarity = "affirmed", confidence: float = 0.8) -> Verdict:
    return Verdict(CLAUSE, 10, polarity, "places", confidence)


@pytest.mark.parametrize(
    ("clause", "text", "row", "rule", "verdict"),
    [
        (CLAUSE, "två lärlingar", (0.9, 0.0, 0.0), None, ("affirmed", LEARNED)),
        (CLAUSE, "två lärlingar", (0.1, 0.8, 0.0), None, ("possible", LEARNED)),
        (CLAUSE, "två lärlingar", (0.3, 0.0, 0.0), None, None),
        (CLAUSE, "två lärlingar", (0.3, 0.0, 0.0), said(), ("affirmed", "places")),
        (CLAUSE, "två lärlingar", (0.02, 0.0, 0.0), said(), None),
        (CLAUSE, "två lärlingar", (0.02, 0.0, 0.9), said(), ("negated", LEARNED)),
        (CLAUSE, "inga lärlingar", (0.02, 0.0, 0.3), said("negated"), ("negated", "places")),
        (CLAUSE, "inga lärlingar", (0.02, 0.0, 0.3), None, None),
        (CLAUSE, "två lärlingar", (0.55, 0.0, 0.0), None, None),
        (CLAUSE, "bt-775: opp", (0.0, 0.0, 0.9), said(confidence=0.98), ("affirmed", "places")),
        (RESERVED_CLAUSE, "upphandlingen är reserverad", (0.9, 0.0, 0.0), None, ("affirmed", LEARNED)),
        (RESERVED_CLAUSE, "golvet städas", (0.99, 0.0, 0.0), None, None),
        (RESERVED_CLAUSE, "golvet städas", (0.99, 0.0, 0.0), said(), ("affirmed", "places")),
    ],
)
def test_who_is_believed(
    clause: str, text: str, row: Any, rule: Verdict | None, verdict: tuple[str, str] | None
) -> None:
    found = list(combine(window(text), judged(clause, row), {clause: [rule]} if rule else {}))
    assert [(one.clause, one.polarity, one.rule) for one in found] == ([(clause, *verdict)] if verdict else [])


def test_the_sentence_that_says_it_is_named() -> None:
    found = list(combine(window("golvet städas.", "två lärlingar."), judged(CLAUSE, (0.1, 0, 0), (0.9, 0, 0)), {}))
    assert [one.number for one in found] == [11]


@pytest.mark.parametrize(("asks", "told"), [(0.7, ["negated"]), (0.95, ["affirmed", "negated"])])
def test_a_sentence_that_takes_it_back_wins_over_one_that_is_not_firm(asks: float, told: list[str]) -> None:
    found = list(combine(window("två lärlingar.", "det utgår."), judged(CLAUSE, (asks, 0, 0), (0, 0, 0.98)), {}))
    assert [one.polarity for one in found] == told


YES, NO, NOTHING = (0.95, 0.0, 0.0), (0.0, 0.0, 0.95), (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("rows", "places"),
    [
        pytest.param([YES, NOTHING, YES], [(10, "affirmed"), (12, "affirmed")], id="two places"),
        pytest.param([YES, YES, NOTHING], [(10, "affirmed"), (11, "affirmed")], id="goes on with the same"),
        pytest.param([YES, NOTHING, (0.7, 0.0, 0.0)], [(10, "affirmed")], id="not sure enough for one more"),
        pytest.param([YES, NOTHING, NO], [(10, "affirmed"), (12, "negated")], id="said of one lot, denied of another"),
        pytest.param([(0.65, 0.0, 0.0), NOTHING, NO], [(12, "negated")], id="denied as a whole"),
    ],
)
def test_each_place_of_a_window_is_told(rows: list[tuple[float, float, float]], places: list[tuple[int, str]]) -> None:
    found = combine(window("två lärlingar.", "golvet städas.", "en lärling."), judged(CLAUSE, *rows), {})
    assert [(one.number, one.polarity) for one in found] == places


@given(
    st.sampled_from(sorted(RESERVED)),
    arrays.arrays(np.float32, (3, len(CODES), len(POLARITIES)), elements=st.floats(0.125, 1, width=32)),
)
def test_a_reserved_class_never_comes_from_the_learned_reader_alone(clause: str, numbers: Judged) -> None:
    probabilities = numbers / numbers.sum(axis=-1, keepdims=True)
    found = combine(window("golvet", "städas", "dagligen"), probabilities, {})
    assert not [one for one in found if one.clause == clause and one.polarity != "negated"]


def test_the_lines_are_in_order() -> None:
    known = combining.lines()
    assert 0 < known.seconded < known.alone < 1
    assert 0 < known.negated_seconded < known.negated < 1
