from hypothesis import given
from hypothesis import strategies as st

from config import cpv

codes = st.from_regex(r"\A[0-9]{8}\Z")


def test_ancestors_lead_to_the_division() -> None:
    assert cpv.ancestors("90911300") == ("90911000", "90910000", "90900000", "90000000")


def test_a_code_that_is_not_listed_has_its_ancestors_label() -> None:
    assert cpv.label("90911300") == "Fönsterputsning"
    assert cpv.label("90911399") == "Fönsterputsning"
    assert cpv.label("01234567") is None


def test_a_parent_is_nearer_than_a_sibling_and_both_than_a_stranger() -> None:
    child, parent, sibling, stranger = "90911300", "90910000", "90911200", "98310000"
    assert 1 > cpv.similarity(child, parent) > cpv.similarity(child, sibling) > cpv.similarity(child, stranger) == 0
    # The division alone says little: 90000000 is cleaning and sewers alike.
    assert cpv.similarity("90000000", "90911300") < 0.3


def test_a_division_never_meets_another() -> None:
    assert cpv.similarity("90000000", "98000000") == 0


@given(codes, codes)
def test_similarity_is_symmetric_and_within_bounds(a: str, b: str) -> None:
    assert cpv.similarity(a, b) == cpv.similarity(b, a)
    assert 0 <= cpv.similarity(a, b) <= 1
    assert cpv.similarity(a, a) == 1
