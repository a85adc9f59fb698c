"""Demands on the bidder: found in the words of the file, not where a sentence says that there are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import demands


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Anbudsgivaren ska vara certifierad enligt ISO 14001.", ["certificate", "certificate"]),
        ("Företaget ska ha en årsomsättning på minst två miljoner kronor.", ["turnover"]),
        ("Lägst kreditvärdighet 40 hos kreditinstitut.", ["credit"]),
        ("Arbetet kräver auktoriserad installatör.", ["licence"]),
        ("Personalen genomgår säkerhetsprövning.", ["security"]),
        ("Ansvarsförsäkring ska finnas.", ["insurance"]),
        ("Inga krav på ISO 9001 eller omsättning ställs.", []),
        ("Certifikat krävs inte.", []),
        ("Referensobjekt är inget krav.", []),
        ("Vi bryr oss om ditt isolerade hus och om isen.", []),
    ],
)
def test_demands_are_found_in_their_words(text: str, kinds: list[str]) -> None:
    assert [demand.kind for demand in demands.find(text)] == kinds


@given(st.lists(st.sampled_from(["ISO 9001", "İ", "omsättning", "ej ", ". ", "ß"]) | st.text(max_size=9)).map(" ".join))
def test_quotes_stand_at_their_offsets(text: str) -> None:
    assert all(text[demand.start : demand.end] == demand.quote for demand in demands.find(text))


def test_an_insurance_shuts_nobody_out() -> None:
    closing = {kind.id for kind in demands.kinds().values() if kind.closes}
    assert "insurance" not in closing
    assert {"certificate", "turnover"} <= closing
