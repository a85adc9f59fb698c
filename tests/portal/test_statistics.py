"""The opportunity map, the funder's figures, and bids."""

from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from register import audit, notices
from register.database import open_register
from register.models import Buyer
from tests.conftest import NOW, make_lot, make_notice
from tests.portal.conftest import SignIn, csrf_of


@pytest.fixture
def client(sign_in: SignIn) -> TestClient:
    return sign_in("adviser")


@pytest.fixture
def bought(data: Path) -> Path:
    """Fruit baskets twice, which nobody offers; mowing of a size that is too large, which asf-1 does."""
    register = open_register(data)
    rows = (
        ("10-2024", "Fruktkorgar", date(2024, 11, 1)),
        ("11-2025", "Fruktkorgar", date(2025, 11, 1)),
        ("12-2024", "Gräsklippning", date(2024, 3, 1)),
        ("13-2025", "Gräsklippning", date(2025, 3, 1)),
    )
    for number, title, on in rows:
        lot = make_lot(title=title, value={"amount": 4_000_000}, deadline=None, duration_months=24)
        notices.add(
            register, make_notice(number, title=title, published=on, buyer=Buyer(name="Falu kommun"), lots=(lot,)),
            raw=None, at=NOW,
        )  # fmt: skip
    register.close()
    return data


def test_what_nobody_offers_and_what_is_too_large_are_apart(bought: Path, client: TestClient) -> None:
    page = client.get("/mojligheter").text
    assert "Möjligheter i Dalarnas län" in page
    nobody, _, small = page.partition("För stort för ett ensamt")
    assert "<h3>Fruktkorgar" in nobody or "Frukt" in nobody
    assert "2 gånger av 1 köpare" in nobody and "2027-11-01" in nobody
    assert "ungefär 2\u00a0000\u00a0000 kr per år" in small
    assert '<a href="/foretag/asf-1">Skogsgläntan' in small
    assert "Inget att visa" in client.get("/mojligheter?lan=12").text
    assert client.get("/mojligheter?lan=../x").status_code == 200


def test_an_adviser_reads_names_of_those_in_care_only(bought: Path, sign_in: SignIn) -> None:
    page = sign_in("other adviser").get("/mojligheter?lan=20").text
    assert "asf-1" not in page and "Skogsgläntan" not in page
    assert "Och 1 som andra rådgivare har hand om." in page


def test_neither_municipality_nor_public_gets_the_map_or_the_figures(sign_in: SignIn) -> None:
    for path in ("/mojligheter", "/statistik", "/anbud"):
        assert sign_in("municipality").get(path).status_code == 403
        assert sign_in("").get(path).status_code == 303


def test_the_figures_stand_in_a_plot_and_a_table(client: TestClient) -> None:
    page = client.get("/statistik").text
    assert page.count('<svg class="plot"') == 1  # only notices have come in
    assert "1 företag är registrerade" in page
    assert "v48 (2026-11-23)" in page
    assert '<td data-label="ted">2</td>' in page
    assert client.get("/statistik?veckor=52").text.count('data-label="ted"') == 53
    assert client.get("/statistik?veckor=999999").text.count('data-label="ted"') == 13
    assert "Skogsgläntan" not in page.partition("<h1>")[2]


def keep(client: TestClient, **form: str) -> tuple[int, str]:
    token = csrf_of(client.get("/anbud").text)
    answer = client.post("/anbud", data={"csrf": token, **form})
    return answer.status_code, answer.headers.get("location", "") or answer.text


def test_a_bid_is_kept_changed_counted_and_taken_back(client: TestClient, data: Path) -> None:
    own = {"enterprise": "asf-1", "number": "1-2026"}
    assert keep(client, **own, outcome="sent") == (303, "/anbud")
    assert keep(client, **own, outcome="won") == (303, "/anbud")
    assert "vunnet</td>" in client.get("/anbud").text.replace("\n", "")
    assert '<td data-label="vunnet">1</td>' in client.get("/statistik").text
    register = open_register(data)
    assert len(audit.listing(register, subject="enterprise asf-1")) == 2
    register.close()
    assert keep(client, **own, outcome="none") == (303, "/anbud")
    assert "vunnet</td>" not in client.get("/anbud").text


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"enterprise": "asf-1", "number": "9-2026", "outcome": "sent"}, 400),
        ({"enterprise": "asf-1", "number": "1-2026", "outcome": "x"}, 400),
        ({"enterprise": "asf-1", "number": "1-2026", "outcome": "none"}, 404),
        ({"enterprise": "asf-1", "number": "990001-2026", "outcome": "sent"}, 400),
        ({"enterprise": "nobody", "number": "1-2026", "outcome": "sent"}, 404),
    ],
)
def test_a_bid_that_can_not_be_is_refused(client: TestClient, form: dict[str, str], status: int) -> None:
    assert keep(client, **form)[0] == status


def test_anothers_enterprise_gets_no_bid(sign_in: SignIn) -> None:
    assert keep(sign_in("other adviser"), enterprise="asf-1", number="1-2026", outcome="sent")[0] == 404
