import csv

import pytest

from config import places


def test_there_are_290_municipalities_in_21_counties() -> None:
    assert len(places.municipalities()) == 290
    assert len(places.counties()) == 21
    assert all(m.code.startswith(m.county) for m in places.municipalities())
    assert all(55 < m.latitude < 69.1 and 10.9 < m.longitude < 24.2 for m in places.municipalities())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Falun", "Falun"),
        ("Falu kommun", "Falun"),
        ("LUNDS KOMMUN", "Lund"),
        ("HÄRJEDALENS KOMMUN", "Härjedalen"),
        ("Upplands Väsby kommun", "Upplands Väsby"),
        ("Sälen", "Malung-Sälen"),
        ("Sveg", "Härjedalen"),
        ("Atlantis", None),
    ],
)
def test_a_name_in_its_forms(name: str, expected: str | None) -> None:
    found = places.by_name(name)
    assert (found.name if found else None) == expected


@pytest.mark.parametrize(
    ("code", "kind", "counties"),
    [
        ("SE312", "counties", ["Dalarnas län"]),
        ("SE31", "counties", ["Värmlands län", "Dalarnas län", "Gävleborgs län"]),
        ("se1", "counties", ["Stockholms län", "Uppsala län", "Södermanlands län", "Östergötlands län", "Örebro län",
                             "Västmanlands län"]),
        ("SE", "country", []),
        ("SEZZZ", "extra", []),
        ("NO020", "abroad", []),
        ("FI", "abroad", []),
        ("DK01", "abroad", []),
        ("SE999", "unknown", []),
        ("", "unknown", []),
        ("Dalarna", "unknown", []),
    ],
)  # fmt: skip
def test_what_a_nuts_code_stands_for(code: str, kind: str, counties: list[str]) -> None:
    area = places.area(code)
    assert (area.kind, [county.name for county in area.counties]) == (kind, counties)


def test_distance_is_that_of_a_great_circle() -> None:
    mora, orsa = places.by_name("Mora"), places.by_name("Orsa")
    assert mora and orsa
    # Mora 61.007 N 14.543 E, Orsa 61.120 N 14.616 E: 0.113 degrees of latitude are 12.6 km, 0.073 of longitude 3.9 km.
    assert places.distance_km(mora, orsa) == pytest.approx(13.2, abs=1.0)
    assert places.distance_km(mora, mora) == 0


def test_buyers_sit_where_their_names_say(shared: object) -> None:
    from tests.conftest import SHARED

    with (SHARED / "uhm-2021" / "procurements.csv").open(encoding="utf-8-sig", newline="") as file:
        names = {row["Namn för köpare"] for row in csv.DictReader(file, delimiter=";")}
    lost = [n for n in names if n.endswith(" KOMMUN") and not isinstance(places.buyer_place(n), places.Municipality)]
    # Lumparland lies on Åland, which is no part of Sweden.
    assert lost == ["LUMPARLANDS KOMMUN"]


@pytest.mark.parametrize(
    ("buyer", "place"),
    [
        ("TELGE INKÖP AB", "Södertälje"),
        ("AKTIEBOLAGET STORA TUNABYGGEN", "Borlänge"),
        ("MKB FASTIGHETS AKTIEBOLAG", "Malmö"),
        # Of several municipalities of one county.
        ("NORRENERGI AKTIEBOLAG", "Stockholms län"),
        ("VAFABMILJÖ KOMMUNALFÖRBUND", "Västmanlands län"),
        # The name counts whole only.
        ("TELGEBORG AB", None),
        ("MARKARYDSBOSTÄDER I MARKARYD AB", "Markaryd"),
    ],
)
def test_companies_of_municipalities_sit_with_their_owner(buyer: str, place: str | None) -> None:
    found = places.buyer_place(buyer)
    assert (found.name if found else None) == place


def test_no_company_stands_against_the_place_in_its_name() -> None:
    for name, owner in places.companies().items():
        whole = places.by_name(name)
        assert whole is None or whole == owner


def test_a_region_is_a_county() -> None:
    found = places.buyer_place("REGION DALARNA")
    assert isinstance(found, places.County)
    assert found.code == "20"


DALARNA = {
    "Vansbro": "Filipstad Gagnef Leksand Ludvika Malung-Sälen Mora",
    "Malung-Sälen": "Filipstad Hagfors Mora Torsby Vansbro Älvdalen",
    "Gagnef": "Borlänge Leksand Ludvika Vansbro",
    "Leksand": "Falun Gagnef Mora Rättvik Vansbro",
    "Rättvik": "Falun Leksand Ljusdal Mora Orsa Ovanåker",
    "Orsa": "Härjedalen Ljusdal Mora Rättvik",
    "Älvdalen": "Härjedalen Malung-Sälen Mora",
    "Smedjebacken": "Fagersta Hedemora Lindesberg Ljusnarsberg Ludvika Norberg Skinnskatteberg Säter",
    "Mora": "Härjedalen Leksand Malung-Sälen Orsa Rättvik Vansbro Älvdalen",
    "Falun": "Bollnäs Borlänge Hofors Leksand Ockelbo Ovanåker Rättvik Sandviken Säter",
    "Borlänge": "Falun Gagnef Ludvika Säter",
    "Säter": "Borlänge Falun Hedemora Ludvika Smedjebacken",
    "Hedemora": "Avesta Hofors Norberg Smedjebacken Säter",
    "Avesta": "Hedemora Hofors Norberg Sala Sandviken",
    "Ludvika": "Borlänge Filipstad Gagnef Hällefors Ljusnarsberg Smedjebacken Säter Vansbro",
}
"""Looked at one by one on SCB's map of municipalities. Mora's northern part lies between Orsa and Älvdalen."""


@pytest.mark.parametrize("name", DALARNA)
def test_the_neighbours_of_dalarnas_municipalities(name: str) -> None:
    municipality = places.by_name(name)
    assert municipality is not None
    assert [m.name for m in places.neighbours(municipality)] == DALARNA[name].split()


def test_everyone_but_gotland_has_neighbours_and_none_is_far() -> None:
    for municipality in places.municipalities():
        beside = places.neighbours(municipality)
        assert bool(beside) is (municipality.name != "Gotland")
        for other in beside:
            # Municipalities are the larger the farther north; what is longer is a slip.
            north = max(municipality.latitude, other.latitude)
            furthest = 155 if north > 64 else 120 if north > 60 else 80
            assert places.distance_km(municipality, other) < furthest, (municipality.name, other.name)


@pytest.mark.parametrize(
    ("island", "beside"),
    [
        ("Öckerö", ["Göteborg"]),
        ("Lidingö", ["Stockholm"]),
        ("Hammarö", ["Karlstad"]),
        ("Tjörn", ["Orust", "Stenungsund"]),
        ("Mörbylånga", ["Borgholm", "Kalmar"]),
        ("Ekerö", ["Botkyrka", "Stockholm"]),
    ],
)
def test_islands_by_bridge_or_ferry(island: str, beside: list[str]) -> None:
    municipality = places.by_name(island)
    assert municipality is not None
    assert [m.name for m in places.neighbours(municipality)] == beside
