"""From labelled passages to what the learned reader is taught."""

from pathlib import Path

import numpy as np
import pytest

from config.errors import InputError
from matcher import bundled_model
from matcher.screening import learned, training
from matcher.screening.learned import POLARITIES, features
from matcher.screening.rules import CODES

TEXT = "Golvet städas. Två lärlingar tas emot. Lärlingarna får lön."


def column(labels: np.ndarray, clause: str) -> list[int]:
    return [int(value) for value in labels[:, CODES.index(clause)]]


def test_the_quoted_sentence_bears_the_label_and_the_others_are_left_out() -> None:
    row = {
        "text": TEXT,
        "labels": {"employment_requirement": "affirmed"},
        "quotes": {"employment_requirement": "Två lärlingar tas emot."},
    }
    [example] = training.examples([row])
    affirmed = POLARITIES.index("affirmed")
    assert column(example.labels, "employment_requirement") == [training.IGNORED, affirmed, training.IGNORED]
    assert column(example.labels, "labour_conditions") == [0, 0, 0]


def test_without_a_quote_the_whole_passage_says_it() -> None:
    [example] = training.examples(
        [{"text": "Två lärlingar tas emot.", "labels": {"employment_requirement": "negated"}}]
    )
    assert column(example.labels, "employment_requirement") == [POLARITIES.index("negated")]


def test_a_quote_that_is_not_there_is_told() -> None:
    row = {"text": TEXT, "labels": {"equality": "affirmed"}, "quotes": {"equality": "jämställt"}}
    with pytest.raises(InputError, match=r"training passage 1.*equality"):
        list(training.examples([row]))


def test_the_gate_lets_nearly_all_through_that_hold_a_clause() -> None:
    held = [f"Leverantören tar emot {number} lärlingar varje år" for number in range(40)]
    other = [f"Fakturan ska vara betald inom {number} dagar" for number in range(40)]
    weight, bias = training.gate(held, other)
    seen = features().transform(
        ["Leverantören tar emot 99 lärlingar varje år", "Fakturan ska vara betald inom 99 dagar"]
    )
    scores = seen @ weight + bias
    assert scores[0] > 0 > scores[1]


def test_a_trained_reader_goes_on_from_what_it_knows(model_folder: Path) -> None:
    from safetensors.torch import load_file

    before = load_file(str(learned.weights()[0]))
    rows = [
        {"text": TEXT, "kind": "affirmed", "labels": {"employment_requirement": "affirmed"}},
        {"text": "Golvet städas.", "kind": "plain", "labels": {}},
    ]
    after = training.train(
        model_folder / bundled_model.FOLDER_NAME, rows, epochs=8, onto=before, log=lambda _line: None
    )
    assert after.keys() == before.keys()
    assert all((after[name] == before[name]).all() for name in before if name.startswith("gate."))
    # A few steps on two windows move it a little, from where it was.
    moved = [float((after[name].float() - before[name].float()).abs().max()) for name in before]
    assert 0 < max(moved) < 0.05
