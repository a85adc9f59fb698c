"""Market evidence from a handful of invented procurements and awards, reckoned by hand."""

from dataclasses import replace
from datetime import date

import pytest

from config.errors import NotFoundError, SettingsError
from register import awards, market, notices, purchases
from register.database import Register
from register.models import Award, Buyer, Money
from register.purchases import Purchase, Won
from tests.conftest import NOW, make_lot, make_notice

MORA = Buyer(name="MORA KOMMUN", org_number="9900000001")
LUND = Buyer(name="LUNDS KOMMUN", org_number="9900000002")


def make_award(**changes: object) -> Award:
    """Window cleaning for Mora, won by one small company."""
    fields: dict[str, object] = {
        "procurement": "KA9901",
        "lot": "A-1",
        "title": "Fönsterputs",
        "buyer": MORA,
        "cpv": "90911300",
        "published": date(2021, 3, 2),
        "framework": False,
        "supplier": "Exempelputs AB",
        "size": "Små företag",
        "legal_form": "Övriga aktiebolag",
        "contracts": 1,
    }
    return Award.model_validate({**fields, **changes})


def put_procurement(register: Register, number: str, buyer: Buyer, day: date, cpv: str = "90911300") -> None:
    notice = make_notice(
        number,
        origin="uhm",
        buyer=buyer,
        cpv=(cpv,) if cpv else (),
        published=day,
        closed=True,
        procedure_id=None,
        lots=(make_lot(deadline=None),),
    )
    notices.add(register, notice, raw=None, at=NOW)


def make_purchase(**changes: object) -> Purchase:
    own = Purchase(
        procurement="KA9901",
        title="Fönsterputs",
        buyer=MORA.name,
        org=MORA.org_number or "",
        cpv="90911300",
        published=date(2021, 3, 2),
        estimate_sek=None,
        awards=(Won("Exempelputs AB", "A-1", 1, "Små företag", ""),),
    )
    return replace(own, **changes)  # type: ignore[arg-type]


def test_awards_go_in_once_and_a_changed_one_replaces_itself(register: Register) -> None:
    assert awards.add_all(register, [make_award(), make_award(lot="A-2")], raw="x") == {"new": 2}
    assert awards.add_all(register, [make_award(), make_award(lot="A-2")], raw="x") == {"unchanged": 2}
    assert awards.add_all(register, [make_award(contracts=4), make_award(lot="A-2")], raw="y") == {
        "changed": 1,
        "unchanged": 1,
    }
    assert awards.count(register) == 2
    [bought] = purchases.everything(register)
    assert sorted(won.contracts for won in bought.awards) == [1, 4]


def test_awards_are_joined_to_their_procurement_by_id_and_buyer(register: Register) -> None:
    put_procurement(register, "KA9901", MORA, date(2021, 3, 2), cpv="")
    put_procurement(register, "KA9902", MORA, date(2021, 3, 4))
    awards.add_all(register, [make_award(), make_award(buyer=LUND), make_award(lot="A-2")], raw="x")
    found = {(own.procurement, own.buyer): own for own in purchases.everything(register)}
    assert {key: len(own.awards) for key, own in found.items()} == {
        ("KA9901", "MORA KOMMUN"): 2,
        # The same id at another buyer is another procurement.
        ("KA9901", "LUNDS KOMMUN"): 1,
        ("KA9902", "MORA KOMMUN"): 0,
    }
    # The procurement tells no code, its awards do.
    assert found["KA9901", "MORA KOMMUN"].cpv == "90911300"
    assert found["KA9901", "MORA KOMMUN"].county == "20"


def test_notices_of_other_sources_are_no_market_evidence(register: Register) -> None:
    notices.add(register, make_notice(), raw=None, at=NOW)
    assert purchases.everything(register) == []
    assert market.history(register, "9091").period is None


def test_an_estimate_is_that_of_another_notice_of_the_same_tender(register: Register) -> None:
    put_procurement(register, "KA9901", MORA, date(2021, 3, 2))
    notices.add(register, make_notice("123456-2021", value=Money(amount=250_000)), raw=None, at=NOW)
    assert [own.estimate_sek for own in purchases.everything(register)] == [None]
    register.db.execute("UPDATE notices SET tender = '123456-2021'")
    assert [own.estimate_sek for own in purchases.everything(register)] == [250_000]


def test_a_buyers_figures() -> None:
    """Three advertisements 61 and 92 days apart: (61 + 92) / 2 / 30.4375 = 2.5 months."""
    bought = [
        make_purchase(published=date(2021, 1, 1), awards=()),
        make_purchase(procurement="KA9902", published=date(2021, 3, 3)),
        make_purchase(
            procurement="KA9903",
            published=date(2021, 6, 3),
            awards=(Won("EXEMPELPUTS AB", "A", 2, "", ""), Won("", "A", 1, "", ""), Won("Annan AB", "B", 1, "", "")),
        ),
    ]
    [found] = market.by_buyer(bought)
    assert (found.buyer, found.org, found.county) == ("MORA KOMMUN", "9900000001", "20")
    assert (found.procurements, found.awarded, found.contracts, found.suppliers) == (3, 2, 5, 2)
    assert (found.first, found.last, found.months_between) == (date(2021, 1, 1), date(2021, 6, 3), 2.5)


def test_winners_are_told_apart_by_name_in_any_case_and_hidden_ones_stand_last() -> None:
    bought = [
        make_purchase(awards=(Won("Exempelputs AB", "A", 1, "Små företag", ""), Won("", "A", 9, "", ""))),
        make_purchase(procurement="KA9902", buyer=LUND.name, org=LUND.org_number),
        make_purchase(procurement="KA9903", awards=(Won("EXEMPELPUTS  AB", "A", 2, "Små företag", ""),)),
    ]
    first, hidden = market.by_winner(bought)
    assert (first.supplier, first.size) == ("Exempelputs AB", "Små företag")
    assert (first.procurements, first.contracts, first.buyers) == (3, 4, 2)
    assert (hidden.supplier, hidden.contracts) == ("", 9)


def test_what_was_bought_is_grouped_by_cpv_group() -> None:
    bought = [
        make_purchase(),
        make_purchase(procurement="KA9902", cpv="90919200", published=date(2021, 4, 2), title="Skolstäd"),
        make_purchase(procurement="KA9903", cpv="", awards=()),
    ]
    first, unknown = market.by_group(bought)
    assert (first.cpv, first.procurements, first.contracts, first.months_between) == ("90900000", 2, 2, 1.0)
    assert (first.titles, first.winners) == (("Skolstäd", "Fönsterputs"), (("Exempelputs AB", 2),))
    assert (unknown.cpv, unknown.label, unknown.procurements, unknown.months_between) == ("", "", 1, None)


def test_history_of_a_code_in_a_county(register: Register) -> None:
    put_procurement(register, "KA9901", MORA, date(2021, 3, 2))
    put_procurement(register, "KA9902", LUND, date(2021, 5, 2))
    put_procurement(register, "KA9903", MORA, date(2021, 7, 2), cpv="98000000")
    awards.add_all(register, [make_award(), make_award(procurement="KA9902", buyer=LUND, size="")], raw="x")
    whole = market.history(register, "9091")
    assert (whole.procurements, whole.awarded, whole.contracts) == (2, 2, 2)
    assert whole.sizes == (("", 1), ("Små företag", 1))
    # The period is that of all the data, so that a reader sees what "2" is out of.
    assert whole.period == (date(2021, 3, 2), date(2021, 7, 2))
    assert whole.attribution == "Uppgifter: Upphandlingsmyndigheten / Bearbetning: Anbudslots"
    dalarna = market.history(register, "90910000-9", county="20")
    assert [own.buyer for own in dalarna.buyers] == ["MORA KOMMUN"]


@pytest.mark.parametrize(
    ("code", "digits"),
    [("90", "90"), ("9091", "9091"), ("90910000", "9091"), ("90910000-9", "9091"), ("90000000", "90"), ("", "")],
)
def test_a_whole_code_stands_for_itself_and_what_is_under_it(code: str, digits: str) -> None:
    """90000000 cut to 9 would match 98 too."""
    assert market.prefix(code) == digits


@pytest.mark.parametrize("code", ["9", "x", "909113000", "90 91", "٩٠"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(SettingsError, match="CPV"):
        market.prefix(code)


@pytest.mark.parametrize("who", ["9900000001", "990000-0001", "mora kommun", "Mora", "Moras kommun"])
def test_a_buyer_is_found_by_number_and_by_name_in_any_form(who: str) -> None:
    bought = [make_purchase(), make_purchase(procurement="KA9902", buyer=LUND.name, org=LUND.org_number)]
    assert [own.buyer for own in market.of_buyer(bought, who)] == ["MORA KOMMUN"]


def test_an_unknown_or_ambiguous_buyer_is_told() -> None:
    bought = [make_purchase(), make_purchase(buyer=LUND.name, org=LUND.org_number)]
    with pytest.raises(NotFoundError, match=r"2 buyers.*9900000002"):
        market.of_buyer(bought, "kommun")
    for nobody in ("Vetlanda kommun", "", "  "):
        with pytest.raises(NotFoundError, match="No buyer"):
            market.of_buyer(bought, nobody)
