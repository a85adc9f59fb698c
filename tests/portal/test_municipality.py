"""The municipality's door: its own purchases with reasons, plans, the basis to print; never an enterprise's name."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pypdfium2
import pytest
from fpdf import FPDF
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from config.settings import Settings
from portal.app import create_app
from portal.routes import table
from register import audit, enterprises, notices, plans
from register.database import open_register
from register.models import Buyer
from register.plans import Plan
from tests.browsing import Watch, running, violations
from tests.conftest import NOW, make_enterprise, make_lot, make_notice
from tests.portal.conftest import SignIn, clock, csrf_of, fill, session_of

NAMES = ("Skogsgläntan", "Vinterlaget", "Sommarlaget")
NURSERIES = (
    "Golv moppas varje vardag, hygienrum rengörs och papperskorgar töms i två förskolor i centrala Mora. Ytan är 900 "
    "kvadratmeter. Utföraren skaffar material, kommunen håller förråd. Avtalet gäller i två år och kan förlängas i två."
)


@pytest.fixture
def client(sign_in: SignIn) -> TestClient:
    return sign_in("municipality")


def add(data: Path, number: str, **changes: object) -> None:
    register = open_register(data)
    notices.add(register, make_notice(number, **changes), raw=None, at=NOW)
    register.close()


def post(client: TestClient, path: str, **form: str) -> tuple[int, str]:
    token = csrf_of(client.get("/kommun/planera").text)
    answer = client.post(path, data={"csrf": token, **form})
    return answer.status_code, answer.headers.get("location", "") or answer.text


def test_open_notices_are_listed_with_what_is_told_of_them(client: TestClient) -> None:
    page = client.get("/kommun").text
    assert '<a href="/kommun/upphandling/1-2026">Fönsterputs' in page
    assert "Redan reserverad" in page
    assert "Öppna (1)" in page
    assert "990001-2026" not in page  # invented ones never mix with real ones


def test_another_municipalitys_notice_is_not_found(client: TestClient, data: Path) -> None:
    add(data, "2-2026", buyer=Buyer(name="Orsa kommun"))
    assert "2-2026" not in client.get("/kommun").text
    for path in ("/kommun/upphandling/2-2026", "/kommun/upphandling/2-2026/underlag"):
        assert client.get(path).status_code == 404


def test_contracts_that_end_and_past_notices_have_lists_of_their_own(client: TestClient, data: Path) -> None:
    past = datetime(2024, 1, 10, tzinfo=UTC)
    add(data, "3-2024", lots=(make_lot(deadline=past, end=date(2027, 6, 30)),), published=date(2023, 12, 1))
    add(data, "4-2024", lots=(make_lot(deadline=past, duration_months=36),), published=date(2023, 12, 2))
    ending = client.get("/kommun?visa=slutar").text
    assert "Tar slut 2027-06-30" in ending
    assert "Tar slut ungefär 2027-04" in ending  # three years after 90 days from the last day of bids
    assert ending.index("4-2024") < ending.index("3-2024")
    assert "Avslutade (2)" in ending
    assert "Annonserad 2023-12-02" in client.get("/kommun?visa=avslutade").text


def test_reasons_paragraph_and_warning_stand_beside_the_verdict(client: TestClient) -> None:
    page = client.get("/kommun/upphandling/1-2026").text
    for words in (
        "Talar för",
        "Talar emot",
        "Fönsterputsning är ett arbete som sociala företag utför på andra håll.",
        "registrerade sociala företag som gör sådant arbete",
        "Risk för liten konkurrens",
        "LOU 4 kap. 18 §",
        "Inte jämförd med lagtexten",
        "ingen juridisk rådgivning",
    ):
        assert words in page


def test_what_others_have_reserved_is_told_with_a_link(client: TestClient, data: Path) -> None:
    text = "Upphandlingen är reserverad enligt 4 kap. 18 § LOU."
    for number, buyer, title in (
        ("5-2025", "Borlänge kommun", "Fönsterputs skolor"),
        ("6-2025", "Mora kommun", "Fönsterputs stadshus"),
        ("7-2025", "Falu kommun", "Asfaltering av vägar"),
    ):
        lot = make_lot(title=title, description=text, cpv=())
        add(data, number, title=title, buyer=Buyer(name=buyer), lots=(lot,), published=date(2025, 3, 1))
    screen(data)
    page = client.get("/kommun/upphandling/1-2026").text
    assert "Fönsterputs skolor, Borlänge kommun, 2025" in page
    assert 'href="https://ted.europa.eu/sv/notice/-/detail/5-2025"' in page
    assert "stadshus" not in page  # its own is not elsewhere
    assert "Asfaltering" not in page  # other work


def screen(data: Path) -> None:
    from matcher import screener

    register = open_register(data)
    screener.new(register, now=NOW, closed=True, progress=lambda _done, _all: None)
    register.close()


def test_a_plan_is_kept_and_told_of_at_once(client: TestClient, data: Path) -> None:
    status, to = post(
        client, "/kommun/planera", title="Lokalvård kontor", value="1 200 000 kr", months="24", cpv="90919200-4"
    )
    assert (status, to) == (303, "/kommun/plan/2")
    page = client.get(to).text
    assert "ungefär 600\u00a0000 kr per år" in page
    assert "Städning är ett arbete som sociala företag utför på andra håll." in page
    assert "90919200" in page
    register = open_register(data)
    assert next(one.plan.title for one in plans.of(register, "Mora")) == "Lokalvård kontor"
    assert audit.listing(register, subject="plans of Mora: 2")
    register.close()
    assert "Planerade (2)" in client.get("/kommun").text


def test_the_same_plan_sent_twice_is_one(client: TestClient) -> None:
    first = post(client, "/kommun/planera", title="Lokalvård kontor")
    assert post(client, "/kommun/planera", title="Lokalvård kontor") == first


def test_a_plan_may_come_as_lines_or_as_a_file(client: TestClient) -> None:
    status, to = post(client, "/kommun/planera", lines="Fönsterputs; 300 000; 36; 90911300\nSnöskottning\t500000\t12\n")
    assert (status, to) == (303, "/kommun?visa=planerade")
    page = client.get(to).text
    assert "Fönsterputs" in page and "Snöskottning" in page

    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=12)
    pdf.multi_cell(
        0, text="Upphandlingen ska reserveras för sociala företag enligt 4 kap. 18 § LOU. Arbetet är i Mora."
    )
    token = csrf_of(client.get("/kommun/planera").text)
    files = {"file": ("plan.pdf", bytes(pdf.output()), "application/pdf")}
    answer = client.post("/kommun/planera", data={"csrf": token, "title": "Gardiner"}, files=files)
    assert answer.status_code == 303, answer.text
    assert "Redan reserverad" in client.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({}, "Vad ska köpas?"),
        ({"title": "x", "value": "mycket"}, "Värde i kronor"),
        ({"title": "x", "value": "-5"}, "Värde i kronor"),
        ({"title": "x", "months": "9999"}, "Avtalstid i månader"),
        ({"title": "x", "cpv": "12"}, "12 är ingen CPV-kod"),
        ({"lines": "a\n" * 51}, "Högst 50 rader"),
    ],
)
def test_what_is_wrong_in_the_form_is_named_and_nothing_is_kept(
    client: TestClient, data: Path, form: dict[str, str], told: str
) -> None:
    status, page = post(client, "/kommun/planera", **form)
    assert status == 400
    assert told in page
    register = open_register(data)
    assert len(plans.of(register, "Mora")) == 1
    register.close()


def test_a_file_that_is_none_is_refused_in_words(client: TestClient) -> None:
    token = csrf_of(client.get("/kommun/planera").text)
    files = {"file": ("../../x.pdf", b"%PDF-1.7 broken", "application/pdf")}
    answer = client.post("/kommun/planera", data={"csrf": token, "title": "x"}, files=files)
    assert answer.status_code == 400
    assert "Inget är sparat" in answer.text


def test_a_plan_can_be_forgotten_but_not_anothers(client: TestClient, data: Path) -> None:
    register = open_register(data)
    other = plans.add(register, Plan(title="Hemligt", municipality="Orsa"), who="x", at=NOW)
    register.close()
    assert post(client, f"/kommun/plan/{other}/ta-bort")[0] == 404
    assert client.get(f"/kommun/plan/{other}").status_code == 404
    assert client.get("/kommun/plan/99999999999999999999").status_code == 404
    assert post(client, "/kommun/plan/1/ta-bort") == (303, "/kommun?visa=planerade")
    assert client.get("/kommun/plan/1").status_code == 404


def test_templates_are_marked_as_no_advice_and_not_verified(client: TestClient) -> None:
    page = client.get("/kommun/texter").text
    for title in (
        "Text i annonsen",
        "Verksamhetskrav",
        "Andelskrav",
        "Villkor i avtalet",
        "Uppföljning",
        "Inbjudan till dialog",
    ):
        assert title in page
    assert "inte juridisk rådgivning" in page
    assert "Inte jämförd med lagtexten" in page
    assert "Requirement on the share" in client.get("/kommun/texter?lang=en").text


def crowd(data: Path) -> None:
    """Three able enterprises, and a buyer who names one of them wherever a notice has room."""
    register = open_register(data)
    for number, name in enumerate(NAMES):
        enterprises.add(
            register,
            make_enterprise(
                f"asf-{number}",
                name=name,
                capabilities=("städar förskolor och skolor", "lokalvård"),
                capacity={"occupied": 8, "largest_contract_sek_per_year": 765432},
            ),
            at=NOW,
        )
    text = f"Utförare i dag är {NAMES[1]}. Kravet är ISO 9001, som {NAMES[1]} har. Reserverad enligt 4 kap. 18 § LOU."
    for tender in ("8-2026", "9-2026"):
        lot = make_lot(title=f"Lokalvård, nu {NAMES[1]}", description=text)
        title = f"Lokalvård efter {NAMES[1]}"
        buyer = Buyer(name="Mora kommun" if tender == "8-2026" else f"Borlänge kommun ({NAMES[1]})")
        notices.add(register, make_notice(tender, title=title, buyer=buyer, lots=(lot,)), raw=None, at=NOW)
    register.close()
    screen(data)


@pytest.mark.parametrize("who", ["municipality", ""])
def test_no_page_of_a_municipality_or_for_everyone_names_an_enterprise(who: str, sign_in: SignIn, data: Path) -> None:
    crowd(data)
    client = sign_in(who)
    pages = [route for route in table() if route.method == "GET" and route.lets_in("municipality" if who else "public")]
    seen = 0
    for route in pages:
        if "{token}" in route.path:
            continue
        for number in ("1-2026", "8-2026") if "number" in route.example else ("",):
            path = route.path.format(**{**route.example, "number": number})
            for page in (client.get(path), client.get(path + "?visa=oppna&lang=en")):
                assert page.status_code in (200, 303), path
                for word in (*NAMES, "asf-", "765432", "765\u00a0432", "skogsglantan.example"):
                    assert word.casefold() not in page.text.casefold(), (path, word)
                seen += 1
    assert seen > 5
    assert "två till tre" in client.get("/kommun/upphandling/8-2026?lang=sv").text or not who


@pytest.mark.browser
def test_the_municipality_finds_what_suits_and_prints_the_basis(tmp_path: Path, browser: Browser) -> None:
    """Kim signs in, plans the cleaning of nursery schools, reads that it suits, and prints two pages."""
    fill(tmp_path)
    crowd(tmp_path)
    with running(create_app(tmp_path, now=clock, settings=Settings())) as address:
        context = browser.new_context(base_url=address)
        watch = Watch(context, address)
        session = session_of(tmp_path, "municipality")
        context.add_cookies([{"name": "anbudslots-session", "value": session, "url": address}])
        page = context.new_page()
        page.goto("/kommun")
        page.get_by_role("link", name="Planera inköp").click()
        page.get_by_label("Vad ska köpas?").fill("Lokalvård förskolor")
        page.get_by_label("Beskriv det").fill(NURSERIES)
        page.get_by_label("Värde i kronor").fill("1 200 000")
        page.get_by_label("Avtalstid i månader").fill("24")
        page.get_by_role("button", name="Spara").click()
        assert page.locator("h1").inner_text() == "Lokalvård förskolor"
        assert page.locator(".verdict").inner_text() == "Passar"
        assert "två till tre" in page.locator("dl").inner_text()
        page.get_by_role("link", name="Beslutsunderlag").click()
        assert "Underlag för beslut" in page.locator("h1").inner_text()
        assert violations(page) == []
        printed = pypdfium2.PdfDocument(page.pdf(format="A4"))
        words = [printed[number].get_textpage().get_text_range() for number in range(len(printed))]
        assert len(words) == 2
        assert "Talar för" in words[0] and "Beslut" in words[1]
        assert not any(re.search(name, text, re.IGNORECASE) for name in NAMES for text in words)
        page.goto("/kommun/texter")
        page.get_by_role("button", name="Kopiera texten (Text i annonsen)").click()
        watch.assert_quiet()
        context.close()
