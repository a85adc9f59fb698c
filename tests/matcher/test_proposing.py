"""A profile from an enterprise's own words: each proposal with the words that it came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import proposing
from tests.conftest import WordEncoder

PAGE = """Hem | Om oss | Kontakt
Välkommen till Skogsgläntan!
Vi startade 2016 med stöd från Tillväxtverket och är en ekonomisk förening med fjorton medlemmar som städar.
Vi städar kontor, putsar fönster och klipper gräs åt kommuner i Mora och Orsa.
- Flytthjälp
Vi skulle kunna börja med snöskottning i hela Dalarnas län.
Vi kör aldrig tung lastbil och gör inte byggstäd.
Ring 070-000 00 00."""


def test_each_line_is_what_a_sentence_says_and_comes_with_it() -> None:
    found = {(line.kind, line.text): line.quote for line in proposing.lines(PAGE)}
    assert ("capability", "Flytthjälp") in found
    for text in ("städar kontor", "putsar fönster", "klipper gräs åt kommuner i Mora och Orsa"):
        assert ("capability", text) in found
    (start,) = [text for kind, text in found if kind == "could_start"]
    assert start == "snöskottning i hela Dalarnas län"
    assert any(kind == "never" and "byggstäd" in text for kind, text in found)
    assert not any("Tillväxtverket" in quote for quote in found.values()), "history is no work"
    assert all(quote in PAGE for quote in found.values())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Vi erbjuder städning, fönsterputs och flytthjälp.", ["städning", "fönsterputs", "flytthjälp"]),
        ("Städning av trapphus och kontor", ["Städning av trapphus och kontor"]),
        ("Vi utför även snöskottning", ["snöskottning"]),
        ("Vi städar. Vi städar. VI STÄDAR!", ["städar"]),
        ("Välkommen in i värmen", []),
        ("", []),
    ],
)
def test_lists_of_work_become_lines(text: str, lines: list[str]) -> None:
    assert [line.text for line in proposing.lines(text)] == lines


def test_reach_comes_from_the_text_and_home(words: WordEncoder) -> None:
    found = proposing.propose(PAGE, "Älvdalen", words)
    places = {(one.name, one.county): one.quote for one in found.places}
    assert places["Älvdalen", ""] == ""
    assert "klipper gräs" in places["Mora", ""]
    assert "snöskottning" in places["Dalarnas län", "20"]
    codes = {one.code: one.line for one in found.codes}
    assert "90911300" in codes, "window cleaning"
    assert all(line in [*found.texts("capability"), *found.texts("could_start")] for line in codes.values())


def test_what_can_be_read_without_a_model_is_there_at_once(words: WordEncoder) -> None:
    quick, whole = proposing.at_once(PAGE, "Mora"), proposing.propose(PAGE, "Mora", words)
    assert (quick.whole, whole.whole) == (False, True)
    assert (quick.lines, quick.places) == (whole.lines, whole.places)
    codes = {one.code: (one.line, one.confidence) for one in quick.codes}
    assert codes["90911300"] == ("putsar fönster", 0.8)
    assert codes["98392000"] == ("Flytthjälp", 0.8)
    assert not any("byggstäd" in line for line, _ in codes.values()), "what is never done has no codes"


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    for line in proposing.lines(text):
        assert line.text
        assert line.trades
        assert len(line.text) <= proposing.LONGEST_LINE
