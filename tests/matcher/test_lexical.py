import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.encoder import encode_once
from matcher.lexical import Analyser, Bm25
from register.database import Register
from tests.conftest import WordEncoder


@pytest.mark.parametrize(
    ("word", "part"),
    [("fönsterputsning", "fönster"), ("skolstädning", "städning"), ("möbeltvätt", "möbel"), ("parkskötsel", "park")],
)
def test_compounds_are_taken_apart(word: str, part: str) -> None:
    analyser = Analyser(["fönster", "putsning", "skola", "städning", "möbel", "tvätt", "park", "skötsel"])
    assert set(analyser.terms(part)) & set(analyser.terms(word))


def test_forms_of_a_word_are_one_term() -> None:
    analyser = Analyser()
    assert analyser.terms("gardiner") == analyser.terms("Gardinerna")


@given(st.text(max_size=200))
def test_any_text_has_terms_without_white_space(text: str) -> None:
    assert all(term and not any(c.isspace() for c in term) for term in Analyser().terms(text))


def test_bm25_is_as_reckoned_by_hand() -> None:
    documents = [["fönster", "puts"], ["gräs"], ["gräs", "klipp", "puts"]]
    found = Bm25(documents).scores(["puts"])
    # Robertson's formula as Lucene writes it: idf * tf / (tf + k1 * (1 - b + b * length / mean length)).
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    mean = 2.0
    expected = [idf / (1 + 1.2 * (1 - 0.6 + 0.6 * n / mean)) if "puts" in d else 0 for d in documents for n in [len(d)]]
    assert found.tolist() == pytest.approx(expected, abs=1e-5)


def test_a_share_is_within_bounds_and_0_without_a_common_word() -> None:
    index = Bm25([["fönster", "puts"], ["gräs"]])
    assert index.share(["fönster", "puts"])[0] > index.share(["fönster", "traktor"])[0] > 0
    assert index.share(["traktor"]).tolist() == [0, 0]
    assert Bm25([]).scores(["a"]).shape == (0,)


def test_a_text_is_encoded_once(register: Register, words: WordEncoder) -> None:
    first = encode_once(words, ["a b", "c", "a b"], "passage", register=register)
    second = encode_once(words, ["c", "a b"], "passage", register=register)
    assert sorted(words.encoded) == ["a b", "c"]
    assert first[0].tolist() == second[1].tolist()
    encode_once(words, ["c"], "query", register=register)
    assert len(words.encoded) == 3
