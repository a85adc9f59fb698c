"""What an enterprise refuses and a tender asks for: found in the words of both sides, not where it is denied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import refusals


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Arbetet utförs kl. 21.30-04.00.", {"nights", "evenings"}),
        ("Städning vardagar kl. 06.30-14.30.", set()),
        ("Avtalet gäller 12-18 månader, 18-22 enheter.", set()),
        ("Plocka skräp kl 18-02.", {"nights", "evenings"}),
        ("Öppet lördagar, serveringstillstånd krävs.", {"weekends", "alcohol"}),
        ("Helgfria vardagar.", set()),
        ("Fasadputs från skylift.", {"heights"}),
        ("Takskottning ingår inte.", set()),
        ("Röjning utan motorsåg.", set()),
        ("Kapning av stammar med motorsåg på vägområde.", {"chainsaw", "roads"}),
        ("Alkoholfri dryck till sammanträden.", set()),
        ("Flytt av flyglar till norra flygeln.", {"heavy_things"}),
    ],
)
def test_what_a_tender_asks_for(text: str, ids: set[str]) -> None:
    assert {place.refusal for place in refusals.asked(text)} == ids


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("serverar inte sprit", {"alcohol"}),
        ("kväll och natt", {"evenings", "nights"}),
        ("går inte upp på höga stegar eller i skylift", {"heights"}),
        ("ingen asbest eller blyfärg", {"hazardous"}),
        ("annat arbete än med djur", set()),
    ],
)
def test_what_an_enterprise_refuses(line: str, ids: set[str]) -> None:
    assert refusals.said(line) == ids


@given(st.lists(st.sampled_from(["kl. 21-04", "natt", "ingen ", "İ", "ß", "motorsåg", ". "]) | st.text(max_size=9)))
def test_quotes_stand_at_their_offsets(parts: list[str]) -> None:
    text = " ".join(parts)
    assert all(text[place.start : place.end] == place.quote for place in refusals.asked(text))
