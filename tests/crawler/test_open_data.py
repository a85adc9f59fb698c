"""Open data on social clauses as files: what is written is read back, what is wrong is set aside."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import InputError
from crawler.tables import open_data
from register.open_data import READINGS, WITNESSES, Tender

words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=12).map(
    lambda text: text.lstrip("'")  # an apostrophe of one's own before a formula sign is taken for the guard
)
tenders = st.builds(
    lambda number, buyer, found, **rest: Tender(
        number=f"{number}-2026",
        buyer=buyer,
        clauses={clause: polarity for clause, (polarity, _) in found.items()},
        witness={clause: witness for clause, (_, witness) in found.items()},
        example=False,
        **rest,
    ),
    number=st.integers(1, 99_999),
    buyer=words,
    org=st.just("2120002239"),
    cpv=st.sampled_from(["", "90910000"]),
    published=st.sampled_from(["", "2026-11-20"]),
    reading=st.sampled_from(READINGS),
    found=st.dictionaries(
        st.sampled_from(["equality", "reserved_participation", "a_clause_to_come"]),
        st.tuples(st.sampled_from(["affirmed", "possible", "negated"]), st.sampled_from(WITNESSES)),
    ),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(tenders, max_size=4, unique_by=lambda one: one.number))
def test_what_is_written_is_read_back_from_both_forms(own: list[Tender]) -> None:
    for write in (open_data.as_csv, open_data.as_json):
        read, aside = open_data.read(write(own), "file")
        assert (sorted(read, key=lambda one: one.number), aside) == (sorted(own, key=lambda one: one.number), [])


def test_no_cell_is_a_formula() -> None:
    own = Tender("1-2026", '=HYPERLINK("x")', "", "", "", "full", {}, {}, example=False)
    assert b";'=HYPERLINK" in open_data.as_csv([own]).replace(b'"', b"")
    assert open_data.read(open_data.as_csv([own]), "x")[0] == [own]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"number": ""}, "number"),
        ({"number": 7}, "number"),
        ({"buyer": "x" * 501}, "buyer"),
        ({"published": "i går"}, "isoformat"),
        ({"read": "half"}, "half"),
        ({"clauses": [{"clause": "equality", "polarity": "perhaps", "witness": ""}]}, "perhaps"),
        ({"clauses": 3}, ""),
    ],
)
def test_a_tender_that_can_not_be_used_is_set_aside(change: dict[str, Any], told: str) -> None:
    own = [Tender(f"{n}-2026", "Mora kommun", "", "", "", "full", {}, {}, example=False) for n in (1, 2)]
    data = json.loads(open_data.as_json(own))
    data["tenders"][0] |= change
    read, (aside,) = open_data.read(json.dumps(data).encode(), "data.json")
    assert [one.number for one in read] == ["2-2026"]
    assert aside.item == "data.json tender 1"
    assert told in aside.reason


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"{", b"{}", b"[]", b"number;buyer\n1;2\n", b'{"format": 1}', b"[" * 9999]
)
def test_a_file_that_is_something_else_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        open_data.read(data, "file")
