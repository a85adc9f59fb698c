"""Words of the knowledge files: many lists are found at once just as each by its own expression."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import words
from config.errors import KnowledgeError
from config.words import Finder, any_of, lowered


def by_expressions(lists: list[list[str]], text: str) -> list[tuple[int, int, int]]:
    return [
        (number, *match.span())
        for number, words in enumerate(lists)
        if words
        for match in re.finditer(any_of(words), text)
    ]


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (["städ*"], "städtjänst och lokalvård", ["städtjänst"]),
        (["*städning"], "flyttstäd, trapp-städning", ["trapp-städning"]),
        (["putsa* rut*"], "putsar  rutor. putsa, ruta", ["putsar  rutor"]),
        (["tvätt*", "tvätt av bilar"], "tvätt av bilar", ["tvätt av bilar"]),
        (["gc-väg"], "ny gc-väg, gc-vägar", ["gc-väg"]),
        (["mat- och *"], "mat- och varor", ["mat- och varor"]),
        (["s:t *"], "s:t olof", ["s:t olof"]),
        (["*städ*"], "ostädat", ["ostädat"]),
        (["städa ur *"], "städa ur bilar, städa ur.", ["städa ur bilar"]),
    ],
)
def test_what_is_found(words: list[str], text: str, found: list[str]) -> None:
    assert [text[start:end] for _, start, end in Finder([words]).find(text)] == found


PART = st.sampled_from(["städ", "städ*", "*städ", "av", "tv*tt", "gc-väg", "a", "s:t"])
EXPRESSIONS = st.lists(PART, min_size=1, max_size=3).map(" ".join).filter(lambda word: bool(word.strip("* ")))
TEXT = st.lists(st.sampled_from(["städ", "flyttstäd", "städning", "tvätt", "av", "gc-väg", "s:t", "a", ",", "-", "."]))


@given(st.lists(st.lists(EXPRESSIONS, max_size=4), max_size=3), TEXT, st.sampled_from([" ", "  ", ""]))
def test_each_place_is_found_that_its_own_expression_finds(lists: list[list[str]], words: list[str], gap: str) -> None:
    text = lowered(gap.join(words))
    mine = {(number, start) for number, start, _ in Finder(lists).find(text)}
    plain = {(number, start) for number, start, _ in by_expressions(lists, text)}
    assert mine == plain


def test_lists_of_an_entry_hold_each_word_once() -> None:
    assert words.lists("x.yaml, a", {"words": ["städ", "tvätt", "städ"]}, ("words", "not")) == {
        "words": ("städ", "tvätt"),
        "not": (),
    }


def test_what_is_no_word_is_named_with_its_entry_and_field() -> None:
    with pytest.raises(KnowledgeError, match=r"x\.yaml, a, not: '\*' is no word"):
        words.lists("x.yaml, a", {"not": ["*"]}, ("words", "not"))
