"""Where a lot's work is done, by the strongest evidence there is, and the words that told it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register import notices, placements
from register.database import Register
from register.models import Buyer, Lot, Notice, Place
from register.placing import LotPlace, locate
from tests.conftest import NOW, make_lot, make_notice


def placed(
    *, title: str = "Städning", lot: str = "", text: str = "", buyer: str = "Ludvika kommun", **more: Place
) -> LotPlace:
    """The place of a lot with this notice title, lot title, text, buyer and place of performance."""
    own = make_lot(title=lot or title, description=text, places=tuple(more.values()))
    return locate(make_notice(title=title, buyer=Buyer(name=buyer), lots=(own,)), own)


def test_the_place_of_performance_goes_before_title_text_and_buyer() -> None:
    found = placed(title="Städning i Falun", text="Arbetet görs i Orsa.", place=Place(nuts="SE312", city="Mora"))
    assert (found.municipalities, found.how, found.quote) == (("Mora",), "utförandeort", "Mora")


def test_a_lots_own_title_goes_before_all() -> None:
    found = placed(lot="Del 2, Rättvik", place=Place(nuts="SE312", city="Mora"))
    assert (found.municipalities, found.how, found.quote) == (("Rättvik",), "anbudsområdets rubrik", "Rättvik")


def test_the_description_of_the_place_counts_as_the_place() -> None:
    found = placed(place=Place(nuts="SE312", description="Skolor i Leksand och Gagnef"))
    assert (found.municipalities, found.how, found.quote) == (
        ("Leksand", "Gagnef"), "utförandeort", "Leksand, Gagnef",
    )  # fmt: skip


def test_who_buys_for_another_names_the_other_in_the_title() -> None:
    found = placed(title="Tvätt av gardiner, Borlänge kommun")
    assert (found.municipalities, found.how, found.quote) == (("Borlänge",), "rubrik", "Borlänge")


def test_who_states_their_own_address_is_believed_less_than_the_title() -> None:
    found = placed(title="Tvätt av gardiner, Borlänge kommun", place=Place(nuts="SE312", city="Ludvika"))
    assert (found.municipalities, found.how) == (("Borlänge",), "rubrik")
    own = placed(title="Tvätt av gardiner", place=Place(nuts="SE312", city="Ludvika"))
    assert (own.municipalities, own.how, own.nuts) == (("Ludvika",), "utförandeort", ("SE312",))


def test_a_title_narrows_a_list_of_places() -> None:
    found = placed(title="Städning i Orsa", one=Place(city="Mora"), other=Place(city="Orsa"), buyer="Region Dalarna")
    assert (found.municipalities, found.how) == (("Orsa",), "rubrik")


@pytest.mark.parametrize(
    ("buyer", "municipalities"),
    [
        ("Gävle kommun", ("Gävle",)),
        # Lycksele has a quarter of that name too; Furuvik by Gävle is far away.
        ("Lycksele kommun", ("Lycksele",)),
        ("Trafikverket", ("Gävle",)),
    ],
)
def test_a_village_far_from_the_buyer_is_another_of_that_name(buyer: str, municipalities: tuple[str, ...]) -> None:
    assert placed(title="Gångbro vid Furuvik", buyer=buyer).municipalities == municipalities


def test_a_village_in_a_neighbouring_municipality_is_believed() -> None:
    # Valbo is in Gävle, beside Sandviken; Skutskär is over the county's border, beside Gävle.
    assert placed(title="Ledning till Valbo", buyer="Sandvikens kommun").municipalities == ("Gävle",)
    assert placed(title="Ledning till Skutskär", buyer="Gävle kommun").municipalities == ("Älvkarleby",)


def test_the_whole_country_is_the_buyers_place_or_anywhere() -> None:
    own = placed(buyer="Mora kommun", place=Place(nuts="SE"))
    assert (own.municipalities, own.anywhere, own.how) == (("Mora",), False, "köpare")
    agency = placed(buyer="Almi AB", place=Place(nuts="SE"))
    assert (agency.municipalities, agency.anywhere, agency.how, agency.quote) == ((), True, "utförandeort", "SE")


def test_a_text_may_name_a_municipality_within_the_stated_county_only() -> None:
    inside = placed(text="Stugorna ligger i Säter.", place=Place(nuts="SE312"))
    assert (inside.municipalities, inside.how, inside.quote) == (("Säter",), "text", "Säter")
    outside = placed(text="Mötet hålls i Uppsala.", place=Place(nuts="SE312"))
    assert (outside.municipalities, outside.counties, outside.quote) == ((), ("20",), "SE312")


def test_the_buyer_is_the_last_resort() -> None:
    found = placed(buyer="MORA KOMMUN")
    assert (found.municipalities, found.how, found.quote) == (("Mora",), "köpare", "MORA KOMMUN")
    region = placed(buyer="Region Dalarna")
    assert (region.municipalities, region.counties, region.how) == ((), ("20",), "köpare")
    assert placed(buyer="Almi AB") == LotPlace()


@pytest.mark.parametrize(
    ("nuts", "counties"),
    [
        ("SE312", ("20",)),
        ("SE31", ("17", "20", "21")),
        ("SE3", ("17", "20", "21", "22", "23", "24", "25")),
        # The whole country, and what is beyond its regions, tell no county: the buyer does.
        ("SE", ()),
        ("SEZZZ", ()),
    ],
)
def test_nuts_of_each_level(nuts: str, counties: tuple[str, ...]) -> None:
    assert placed(buyer="Almi AB", place=Place(nuts=nuts)).counties == counties


def test_work_in_another_country_is_not_at_the_buyers() -> None:
    found = placed(place=Place(nuts="NO020", city="Trysil"))
    assert (found.municipalities, found.counties, found.abroad) == ((), (), ("NO",))


def test_anywhere_in_the_country_is_noted() -> None:
    assert placed(text="Arbetet kan utföras var som helst i landet.").anywhere


def test_places_are_stored_with_the_notice_and_follow_its_changes(register: Register) -> None:
    def notice(city: str) -> Notice:
        lots: tuple[Lot, ...] = (
            make_lot(places=(Place(city=city),)),
            make_lot(id="LOT-0002", title="Del 2, Orsa"),
        )
        return make_notice(lots=lots)

    notices.add(register, notice("Mora"), raw=None, at=NOW)
    assert {lot: place.municipalities for lot, place in placements.of(register, "123456-2026").items()} == {
        "LOT-0000": ("Mora",),
        "LOT-0002": ("Orsa",),
    }
    notices.add(register, notice("Falun"), raw=None, at=NOW)
    assert placements.of(register, "123456-2026")["LOT-0000"].municipalities == ("Falun",)


def test_lots_placed_by_earlier_rules_or_by_none_are_placed_anew(register: Register) -> None:
    notices.add(register, make_notice(), raw=None, at=NOW)
    notices.add(register, make_notice("654321-2026"), raw=None, at=NOW)
    assert placements.renew(register) == 0
    register.db.execute("UPDATE lot_places SET rules = 'old', data = '{}' WHERE publication_number = '123456-2026'")
    register.db.execute("DELETE FROM lot_places WHERE publication_number = '654321-2026'")
    today = {"LOT-0000": locate(make_notice(), make_lot())}
    assert placements.of(register, "123456-2026") == today
    assert placements.renew(register) == 2
    assert placements.of(register, "654321-2026") == today
    assert placements.renew(register) == 0


SOURCES = ["Städning i Mora och Falun", "Städning", "Mora", "Leksand", "Borlänge", "Furuvik", "hela landet", "Oslo", ""]


@given(*[st.sampled_from(SOURCES)] * 4, st.sampled_from(["SE", "SE3", "SE312", "SEZZZ", "NO", "x"]))
def test_the_quote_is_always_in_the_notices_own_words(title: str, lot: str, text: str, city: str, nuts: str) -> None:
    found = placed(title=title, lot=lot, text=text, place=Place(nuts=nuts, city=city))
    given_words = "\n".join((title, lot, text, city, nuts, "Ludvika kommun"))
    assert all(words in given_words for words in found.quote.split(", "))
    assert found.known == (found.how != "okänd")
    assert bool(found.quote) == found.known
