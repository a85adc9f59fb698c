"""Corrections as gold data: the sentence in its context, and what it says by those who judged it."""

import pytest

from matcher.screening import correcting, gold
from tests.matcher.screening.test_correcting import PLAIN, RESERVED, notice, word


def test_gold_rows_have_the_sentence_in_its_context_and_the_judged_labels() -> None:
    own = notice(PLAIN, RESERVED)
    negated = word(own, "negated", id=7)
    [row] = gold.rows([negated], correcting.read(own, [negated]), "sv")
    assert row == {
        "id": "correction-7",
        "lang": "sv",
        "kind": "negated",
        "text": f"{PLAIN} {RESERVED}",
        "labels": {"reserved_participation": "negated"},
    }


@pytest.mark.parametrize(("verdict", "kind"), [("wrong", "lookalike"), ("boilerplate", "boilerplate")])
def test_gold_rows_of_what_is_nothing_have_no_labels(verdict: str, kind: str) -> None:
    own = notice(PLAIN, RESERVED)
    correction = word(own, verdict, id=1)
    [row] = gold.rows([correction], correcting.read(own, [correction]), "sv")
    assert (row["kind"], row["labels"]) == (kind, {})


def test_gold_rows_say_which_labels_nobody_has_judged() -> None:
    places = "Leverantören ska anställa två personer som står långt från arbetsmarknaden."
    own = notice(RESERVED, places)
    right = word(own, "right", id=1)
    [row] = gold.rows([right], correcting.read(own, [right]), "sv")
    assert row["kind"] == "multi"
    assert row["labels"] == {"reserved_participation": "affirmed", "employment_requirement": "affirmed"}
    assert row["unjudged"] == ["employment_requirement"]


def test_what_only_a_code_says_is_no_gold() -> None:
    own = notice(PLAIN, reserved_participation="res-ws")
    assert gold.rows([word(own, "wrong", id=1)], [], "sv") == []
