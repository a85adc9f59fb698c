"""What is read together: a paragraph, a heading with what it heads, a question with its answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.screening import segments
from matcher.screening.windows import LONGEST, windows


def texts(text: str) -> list[str]:
    return [window.text for window in windows(segments.split(text))]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Golvet städas. Fönster putsas.", ["golvet städas. fönster putsas."]),
        ("Golvet städas varje dag.\n\nFönster putsas.", ["golvet städas varje dag.", "fönster putsas."]),
        ("5.4 Sysselsättning\n\nTvå praktikanter tas emot.", ["5.4 sysselsättning två praktikanter tas emot."]),
        ("Fråga: Ska två tas emot?\n\nSvar: Nej.", ["fråga: ska två tas emot? svar: nej."]),
        ("1 Villkor ........ 7\n\nTvå praktikanter tas emot.", ["två praktikanter tas emot."]),
        ("Reserverad upphandling ..... Nej\nFörfarande ..... Öppet", ["reserverad upphandling: nej förfarande: öppet"]),
        ("Sysselsättningskrav     utgår\nVarudel: ja", ["sysselsättningskrav: utgår varudel: ja"]),
        ("Vi tänkte ... att det går.", ["vi tänkte ... att det går."]),
        ("Två prakti-\nkanter tas emot.", ["två praktikanter tas emot."]),
        # Words that can stand for one another are read as one; groups that share a word are one group.
        ("Anbudsgivaren skall ta emot fyra lärlingar.", ["leverantören ska ta emot två praktikanter."]),
    ],
)
def test_what_is_read_together(text: str, read: list[str]) -> None:
    assert texts(text) == read


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    found = texts("Leverantören städar golvet varje dag. " * 100)
    assert len(found) == 4
    assert all(len(text) <= LONGEST and text.endswith("dag.") for text in found)


@given(st.text(alphabet="ab.? \n:1|-…FrågaSvar", max_size=400))
def test_each_segment_is_read_once_and_stands_where_it_is_said_to(text: str) -> None:
    parts = segments.split(text)
    found = list(windows(parts))
    numbers = [number for window in found for number in window.numbers]
    assert numbers == [number for number, part in enumerate(parts) if part.kind != "toc" and part.flat]
    for window in found:
        read = [window.text[start:end] for start, end in window.spans]
        assert read == [parts[number].flat for number in window.numbers]
