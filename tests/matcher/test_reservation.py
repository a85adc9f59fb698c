"""How well a tender suits a reserved contract: cases in tests/examples/reservation."""

from dataclasses import asdict
from datetime import date
from typing import Any

import pytest

from matcher import reservation
from register.market import History
from tests.conftest import WordEncoder
from tests.matcher import cases


def assess(case: dict[str, Any], words: WordEncoder, history: History | None = None) -> reservation.Suitability:
    built, profiles, work = cases.prepare(case, words)
    return reservation.assess(built, 0, profiles, [work[own.enterprise.id][0] for own in profiles], history)


@pytest.mark.parametrize("name", cases.names("reservation"))
def test_a_written_case(words: WordEncoder, name: str) -> None:
    case = cases.read("reservation", name)
    found = assess(case, words)
    expected = case["expected"]
    assert (found.verdict, found.able, bool(found.warning)) == (
        expected["verdict"], expected["able"], expected["warning"],
    )  # fmt: skip
    assert set(expected.get("for", ())) <= {point.key for point in found.for_}
    assert set(expected.get("against", ())) <= {point.key for point in found.against}
    assert not {point.key for point in found.for_} & {point.key for point in found.against}


@pytest.mark.parametrize("name", cases.names("reservation"))
def test_no_enterprise_is_ever_named_and_none_is_called_eligible(words: WordEncoder, name: str) -> None:
    case = cases.read("reservation", name)
    told = str(asdict(assess(case, words))).casefold()
    assert not any(identity in told or f"företaget {identity}" in told for identity in case["enterprises"])
    assert "behörig" not in told


@pytest.mark.parametrize(("count", "band"), [(0, "0"), (1, "1"), (2, "2-3"), (3, "2-3"), (4, "4+"), (40, "4+")])
def test_numbers_are_told_in_bands(count: int, band: str) -> None:
    assert reservation.band(count) == band


def test_what_happened_elsewhere_is_told_with_its_source(words: WordEncoder) -> None:
    period = (date(2021, 1, 1), date(2021, 8, 31))
    sizes = (("Små företag", 6), ("Stora företag", 2))
    history = History("909", None, period, 5, 5, 8, (), (), sizes)
    found = assess(cases.read("reservation", "nobody-near"), words, history)
    (point,) = [point for point in found.for_ if point.key == "market"]
    assert "6 av 8" in point.text
    assert "Upphandlingsmyndigheten" in found.attribution
    assert found.law == "LOU 4 kap. 18 §"
