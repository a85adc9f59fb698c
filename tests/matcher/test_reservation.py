"""How well a tender suits a reserved contract: cases in tests/examples/reservation."""

from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import reservation
from matcher.reservation import Suitability
from register.market import BuyerFigures, History
from tests.conftest import WordEncoder
from tests.matcher import cases

WORDS = WordEncoder()
PERIOD = (date(2021, 1, 1), date(2021, 8, 31))


def assess(case: dict[str, Any], history: History | None = None) -> Suitability:
    built, profiles, work = cases.prepare(case, WORDS)
    return reservation.assess(built, 0, profiles, work, history)


def keys(points: tuple[reservation.Point, ...]) -> list[str]:
    return sorted(point.key for point in points)


@pytest.mark.parametrize("name", cases.names("reservation"))
def test_a_written_case(name: str) -> None:
    case = cases.read("reservation", name)
    found, expected = assess(case), case["expected"]
    assert (found.verdict, found.able, bool(found.warning)) == (
        expected["verdict"], expected["able"], expected["warning"],
    )  # fmt: skip
    assert (keys(found.for_), keys(found.against), keys(found.unknown)) == (
        sorted(expected["for"]), sorted(expected["against"]), sorted(expected["unknown"]),
    )  # fmt: skip


@pytest.mark.parametrize("name", cases.names("reservation"))
def test_none_is_called_eligible(name: str) -> None:
    told = str(asdict(assess(cases.read("reservation", name)))).casefold()
    assert "behörig" not in told
    assert "har rätt" not in told


@settings(deadline=None)
@given(
    name=st.text(st.characters(codec="utf-8", categories=("L", "N", "Z")), min_size=4, max_size=20).map(
        lambda text: f"Q{text.strip()}qx"
    ),
    kept=st.sets(st.sampled_from(["99-a", "99-b", "99-c"])),
    demand=st.booleans(),
    case=st.sampled_from(cases.names("reservation")),
)
def test_no_text_ever_names_an_enterprise_even_where_the_buyer_does(
    name: str, kept: set[str], demand: bool, case: str
) -> None:
    given_ = cases.read("reservation", case)
    rows = {i: {**row, "name": name} for i, row in given_["enterprises"].items() if i in kept}
    sentence = f"{name} är utförare i dag och har ISO 9001. Anbud ska omfatta hela uppdraget, det som {name} har."
    tender = {**given_["tender"], "description": sentence if demand else ""}
    found = asdict(assess({"tender": tender, "enterprises": rows}))
    if rows:
        assert name.casefold() not in str(found).casefold()
    assert not any(identity in str(found) for identity in rows)


def test_a_lots_own_title_tells_its_work() -> None:
    case = cases.read("reservation", "huge-but-in-lots")
    case["tender"]["lots"][0]["title"] = "Byggentreprenad"
    (point,) = [point for point in assess(case).against if point.key == "work"]
    assert point.text.startswith("Byggentreprenad är ett arbete som sociala företag sällan utför")


@pytest.mark.parametrize(("count", "band"), [(0, "0"), (1, "1"), (2, "2-3"), (3, "2-3"), (4, "4+"), (40, "4+")])
def test_numbers_are_told_in_bands(count: int, band: str) -> None:
    assert reservation.band(count) == band


def history(sizes: tuple[tuple[str, int], ...], *buyers: BuyerFigures) -> History:
    return History("909", None, PERIOD, 5, 5, 8, buyers, (), sizes)


def buyer(name: str, procurements: int, months: float | None) -> BuyerFigures:
    return BuyerFigures("", name, "20", procurements, 0, 0, 0, PERIOD[0], PERIOD[1], months)


def test_what_happened_elsewhere_is_told_with_its_source_and_period() -> None:
    found = assess(cases.read("reservation", "nobody-near"), history((("Små företag", 6), ("Stora företag", 2))))
    (point,) = [point for point in found.for_ if point.key == "market"]
    assert "6 av 8" in point.text
    assert found.attribution.startswith("Uppgifter: Upphandlingsmyndigheten")
    assert found.attribution.endswith("2021-01-01–2021-08-31.")
    assert found.law == "LOU 4 kap. 18 §"


@pytest.mark.parametrize(
    ("sizes", "side"),
    [
        ((("Små företag", 1), ("Stora företag", 7)), "against"),
        ((("Små företag", 1), ("", 7)), "for_"),
        ((("", 8),), "unknown"),
    ],
)
def test_winners_whose_size_is_not_told_are_not_taken_for_large(sizes: Any, side: str) -> None:
    found = assess(cases.read("reservation", "nobody-near"), history(sizes))
    assert "market" in keys(getattr(found, side))


@pytest.mark.parametrize(
    ("buyers", "side", "told"),
    [
        ((buyer("Exempelbolaget", 3, 30.0),), "for_", "Köparen har annonserat sådant arbete 3 gånger"),
        ((buyer("Annan kommun", 2, 12.0),), "for_", "En köpare har annonserat"),
        ((buyer("Annan kommun", 2, 40.0),), "unknown", "framgår inte"),
    ],
)
def test_whether_such_work_is_bought_again(buyers: tuple[BuyerFigures, ...], side: str, told: str) -> None:
    found = assess(cases.read("reservation", "nobody-near"), history((("Små företag", 1),), *buyers))
    (point,) = [point for point in getattr(found, side) if point.key == "repeated"]
    assert told in point.text
