"""What a county buys again and again that nobody registered offers, or only those too small."""

from datetime import date
from typing import Any

from config import places
from matcher import opportunities
from matcher.opportunities import Opportunity
from register.bought import Bought
from register.models import Enterprise
from tests.conftest import make_enterprise

TODAY = date(2026, 11, 24)
MORA = places.by_name("Mora")


def bought(title: str, on: date, buyer: str = "Mora kommun", **changes: Any) -> Bought:
    fields: dict[str, Any] = {
        "tender": f"{title} {on}",
        "title": title,
        "buyer": buyer,
        "org": "",
        "cpv": "",
        "place": places.by_name(buyer),
        "on": on,
        "sek_per_year": None,
        "ends": None,
        "from_statistics": False,
    }
    return Bought(**{**fields, **changes})


def find(*own: Bought, members: tuple[Enterprise, ...] = ()) -> list[Opportunity]:
    return opportunities.find(own, members, "20", today=TODAY)


TWICE = (bought("Fruktkorgar", date(2024, 11, 1)), bought("Fruktkorgar till personal", date(2025, 11, 1)))


def test_what_is_bought_twice_and_nobody_offers_is_told_with_its_rhythm() -> None:
    (one,) = find(*TWICE)
    assert (one.kind, one.times, one.titles[0]) == ("nobody", 2, "Fruktkorgar till personal")
    (rhythm,) = one.buyers
    # One year of 365.25 days after the last is past, two (730 days) are not.
    assert (rhythm.buyer, rhythm.times, rhythm.months, rhythm.by) == ("Mora kommun", 2, 12.0, "rhythm")
    assert rhythm.next == one.next == date(2027, 11, 1)


def test_once_is_no_habit_and_other_work_none_of_theirs() -> None:
    assert find(TWICE[0]) == []
    assert find(bought("Asfaltering", date(2024, 1, 1)), bought("Asfaltering", date(2025, 1, 1))) == []
    assert find(bought("Fruktkorgar", date(2010, 1, 1)), bought("Fruktkorgar", date(2012, 1, 1))) == []


def test_lots_of_one_tender_are_one_purchase() -> None:
    assert find(*(bought(f"Fruktkorgar område {n}", date(2025, 1, 1), tender="one") for n in (1, 2, 3))) == []


def test_a_contract_that_ends_tells_the_next_time_before_any_rhythm() -> None:
    (one,) = find(TWICE[0], bought("Fruktkorgar", date(2025, 11, 1), ends=date(2027, 3, 31)))
    assert (one.buyers[0].next, one.buyers[0].by) == (date(2027, 3, 31), "contract")


def test_who_offers_it_in_reach_and_bears_it_leaves_no_opportunity() -> None:
    able = make_enterprise(capabilities=("fruktkorgar till kontor",), capacity={})
    assert find(*TWICE, members=(able,)) == []
    elsewhere = make_enterprise(
        capabilities=("fruktkorgar till kontor",),
        municipality="Malmö",
        county="12",
        reach={"municipalities": ("Malmö",)},
    )
    (one,) = find(*TWICE, members=(elsewhere,))
    assert one.kind == "nobody"
    assert [(near.enterprise, near.how) for near in one.near] == [("asf-1", "does")]
    assert 600 < one.near[0].km < 700  # Mora to Malmö


def test_who_is_too_small_for_the_median_is_told_of() -> None:
    own = [bought("Fruktkorgar", date(2020 + n, 11, 1), sek_per_year=s) for n, s in enumerate((1e5, 9e5, 4e6))]

    def member(largest: float) -> Enterprise:
        return make_enterprise(capabilities=("fruktkorgar",), capacity={"largest_contract_sek_per_year": largest})

    (one,) = find(*own, members=(member(800_000),))
    assert (one.kind, one.sek_per_year) == ("too small", 9e5)
    assert find(*own, members=(member(900_000),)) == []


def test_who_could_start_it_stands_nearer_than_who_does_related_work() -> None:
    starter = make_enterprise("asf-2", capabilities=("städar",), could_start=("fruktkorgar",), municipality="Falun")
    related = make_enterprise("asf-3", capabilities=("catering och lunch",), municipality="Mora")
    (one,) = find(*TWICE, members=(starter, related))
    assert [(near.enterprise, near.how) for near in one.near] == [("asf-2", "could start")]


def test_a_code_speaks_where_the_title_names_no_work() -> None:
    own = [bought("Upphandling 12", date(2020 + n, 1, 1), cpv="90911300") for n in (1, 2)]
    assert [one.trade for one in find(*own)] == ["Fönsterputsning"]
