"""Who could deliver together what none can alone, and shares for subcontractors: cases in tests/examples/together."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import together
from matcher.together import JointBid
from tests.conftest import WordEncoder
from tests.matcher import cases

PLACES = ("Mora", "Orsa", "Falun")
WORDS = WordEncoder()


def members(bids: list[JointBid]) -> list[list[str]]:
    return [sorted(part.enterprise for part in bid.parts) for bid in bids]


def joint(case: dict[str, Any]) -> list[JointBid]:
    built, profiles, work = cases.prepare(case, WORDS)
    return together.joint(built, range(len(built)), profiles, work)


@pytest.mark.parametrize("name", cases.names("together"))
def test_a_written_case(name: str) -> None:
    case = cases.read("together", name)
    built, profiles, work = cases.prepare(case, WORDS)
    expected = case["expected"]
    bids = together.joint(built, range(len(built)), profiles, work)
    assert members(bids) == expected["together"]
    told = {part.enterprise: part for bid in bids for part in bid.parts}
    for identity, wanted in expected.get("parts", {}).items():
        part = told[identity]
        assert (len(part.shared), part.share) == (wanted["shared"], wanted["share"])
        assert wanted.get("trades") in (None, sorted({task.trade for task in part.tasks}))
        assert wanted.get("places") in (None, sorted({task.municipality for task in part.tasks}))
    shares = {
        one.enterprise: {"lot": one.lot, "by": one.by, "quote": one.quote}
        for one in together.subcontracts(built, range(len(built)), profiles, work)
    }
    assert shares == expected["subcontract"]


@settings(deadline=None)
@given(
    reaches=st.lists(st.sets(st.sampled_from(PLACES), min_size=1), min_size=1, max_size=5),
    sizes=st.lists(st.integers(1, 9), min_size=5, max_size=5),
    values=st.lists(st.integers(1, 9), min_size=3, max_size=3),
)
def test_no_member_is_ever_superfluous_and_all_is_covered_and_borne(
    reaches: list[set[str]], sizes: list[int], values: list[int]
) -> None:
    lots = [{"title": f"Fönsterputs i {p}", "places": [p], "value_per_year": v * 1e5}
            for p, v in zip(PLACES, values, strict=True)]  # fmt: skip
    case = {
        "tender": {"title": "Fönsterputs", "lots": lots},
        "enterprises": {
            f"99-{n}": {"does": ["putsar fönster"], "reach": sorted(reach), "largest": sizes[n] * 1e5}
            for n, reach in enumerate(reaches)
        },
    }

    def enough(group: tuple[int, ...]) -> bool:
        """By trying: each way of giving tenths of lots, one after the other, to those that reach them."""
        left = {tuple(sizes[n] for n in group)}
        for place, value in zip(PLACES, values, strict=True):
            for _ in range(value):
                left = {
                    (*state[:at], state[at] - 1, *state[at + 1 :])
                    for state in left
                    for at, n in enumerate(group)
                    if place in reaches[n] and state[at]
                }
        return bool(left)

    numbers = range(len(reaches))
    groups = [group for size in (1, 2, 3) for group in combinations(numbers, size) if enough(group)]
    least = min((len(group) for group in groups), default=0)
    wanted = [group for group in groups if len(group) == least] if least > 1 else []
    found = {tuple(int(one.removeprefix("99-")) for one in group) for group in members(joint(case))}
    assert found <= set(wanted)
    assert len(found) == min(len(wanted), 3)


def test_tasks_of_a_bid_are_all_given_to_someone() -> None:
    case = cases.read("together", "two-places")
    case["enterprises"]["99-norr"]["reach"] = ["Mora", "Orsa"]
    case["enterprises"]["99-soder"]["reach"] = ["Ludvika", "Orsa"]
    case["tender"]["places"].append("Orsa")
    (bid,) = joint(case)
    own = {part.enterprise: [task.municipality for task in part.tasks] for part in bid.parts}
    shared = {part.enterprise: [task.municipality for task in part.shared] for part in bid.parts}
    assert own == {"99-norr": ["Mora"], "99-soder": ["Ludvika"]}
    assert shared == {"99-norr": ["Orsa"], "99-soder": ["Orsa"]}


def test_a_lots_title_tells_its_work_and_not_what_the_other_lots_are() -> None:
    tender = {"title": "Städning och fönsterputs", "lots": ["Städning", "Fönsterputs"], "places": ["Mora"]}
    built, _, _ = cases.prepare({"tender": tender, "enterprises": {}}, WORDS)
    assert [(task.lot, task.trade) for task in together.tasks(built, [0, 1])] == [
        ("LOT-0001", "stadning"),
        ("LOT-0002", "fonsterputs"),
    ]


@pytest.mark.parametrize(
    ("title", "trades", "beside"),
    [
        ("Städning och hissunderhåll", ["stadning"], ("Byggentreprenad",)),
        ("Städning av äldreboende", ["stadning"], ()),
        ("Städning och tvätt åt kommunens vandrarhem", ["stadning", "tvatt"], ()),
        ("Städning av skolor samt fönsterputs", ["stadning", "fonsterputs"], ()),
        ("Diverse", [""], ()),
    ],
)
def test_what_a_title_names_as_work(title: str, trades: list[str], beside: tuple[str, ...]) -> None:
    built, _, _ = cases.prepare({"tender": {"title": title, "places": ["Mora"]}, "enterprises": {}}, WORDS)
    assert [task.trade for task in together.tasks(built, [0])] == trades
    assert together.beside(built, [0]) == beside
