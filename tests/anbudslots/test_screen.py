"""A finding as `anbudslots screen` prints it."""

from anbudslots import screen
from matcher.screening import numbers
from register.models import Finding

CONTRACT = {"clause", "polarity", "start", "end", "quote", "legal_basis", "rule", "confidence", "effect"}


def finding(quote: str, **changes: object) -> Finding:
    own = {
        "clause": "employment_requirement", "polarity": "affirmed", "start": 100, "end": 100 + len(quote),
        "quote": quote, "legal_basis": "LOU 17 kap. 1 §", "rule": "r@1", "confidence": 0.9, "effect": "partner",
    }  # fmt: skip
    return Finding.model_validate({**own, **changes})


def test_a_finding_without_more_has_the_fields_of_the_contract_alone() -> None:
    assert set(screen.as_row(finding("Lärlingar tas emot."))) == CONTRACT


def test_numbers_are_shown_where_there_are_some_with_offsets_in_the_text() -> None:
    bare = finding("Minst två lärlingar tas emot.")
    row = screen.as_row(bare.model_copy(update={"numbers": numbers.of(bare)}))
    assert set(row) == {*CONTRACT, "numbers"}
    assert row["numbers"] == [
        {"kind": "places", "value": 2.0, "upto": None, "unit": "personer", "start": 106, "end": 119,
         "quote": "två lärlingar"}
    ]  # fmt: skip
