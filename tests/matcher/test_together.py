"""Who could deliver together what none can alone: cases in tests/examples/together."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import together
from matcher.together import JointBid
from tests.conftest import WordEncoder
from tests.matcher import cases

PLACES = ("Mora", "Orsa", "Falun")


def members(bids: list[JointBid]) -> list[list[str]]:
    return [sorted(part.enterprise for part in bid.parts) for bid in bids]


@pytest.mark.parametrize("name", cases.names("together"))
def test_a_written_case(words: WordEncoder, name: str) -> None:
    case = cases.read("together", name)
    built, profiles, work = cases.prepare(case, words)
    expected = case["expected"]
    bids = together.joint(built, range(len(built)), profiles, work)
    assert members(bids) == expected["together"]
    for part in bids[0].parts if bids else ():
        wanted = expected.get("parts", {}).get(part.enterprise, {})
        if "trades" in wanted:
            assert sorted({task.trade for task in part.tasks}) == wanted["trades"]
        if "places" in wanted:
            assert sorted({task.municipality for task in part.tasks}) == wanted["places"]
        if "shares" in expected:
            assert part.share == pytest.approx(expected["shares"][part.enterprise])
    shares = {
        one.enterprise: {"by": one.by, "quote": one.quote}
        for one in together.subcontracts(built, range(len(built)), profiles, work)
    }
    assert shares == expected.get("subcontract", {})


@given(
    reaches=st.lists(st.sets(st.sampled_from(PLACES), min_size=1), min_size=1, max_size=5),
    sizes=st.lists(st.integers(1, 9), min_size=5, max_size=5),
    value=st.integers(1, 20),
)
def test_no_member_is_ever_superfluous_and_all_is_covered(
    reaches: list[set[str]], sizes: list[int], value: int
) -> None:
    case = {
        "tender": {"title": "Fönsterputs", "places": list(PLACES), "value_per_year": value * 1e5},
        "enterprises": {
            f"99-{n}": {"does": ["putsar fönster"], "reach": sorted(reach), "largest": sizes[n] * 1e5}
            for n, reach in enumerate(reaches)
        },
    }
    built, profiles, work = cases.prepare(case, WordEncoder())
    enterprises = case["enterprises"]

    def enough(group: tuple[str, ...]) -> bool:
        reached = set().union(*(enterprises[one]["reach"] for one in group))
        return reached >= set(PLACES) and sum(enterprises[one]["largest"] for one in group) >= value * 1e5

    for bid in together.joint(built, range(len(built)), profiles, work):
        group = tuple(part.enterprise for part in bid.parts)
        assert enough(group)
        assert not any(enough(rest) for rest in combinations(group, len(group) - 1))
        assert {task.municipality for part in bid.parts for task in part.tasks} == set(PLACES)
