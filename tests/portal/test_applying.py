"""An enterprise gets in: by the public form or an adviser's, read, proposed, confirmed, and asked before any letter."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from starlette.testclient import TestClient

from config.settings import Settings
from portal.app import create_app
from register import accounts, applications, audit, consents, deliveries, enterprises
from register.database import Register, open_register
from tests.conftest import NOW
from tests.notifier.mailserver import Recorder, serving
from tests.portal.conftest import ACCOUNTS, ADDRESS, SignIn, clock, csrf_of, session_of
from tests.portal.test_own_page import settings_of

WORDS = "Vi städar kontor, putsar fönster och klipper gräs i Orsa. Vi skulle kunna börja med snöskottning."
FORM = {"name": "Nya Städlaget", "municipality": "mora", "email": "info@nya.example", "words": WORDS}


@pytest.fixture
def register(data: Path) -> Iterator[Register]:
    opened = open_register(data)
    yield opened
    opened.close()


def send(client: TestClient, path: str, form: dict[str, Any], page: str = "/anmal", **more: Any) -> Any:
    token = csrf_of(client.get(page).text)
    return client.post(path, data={"csrf": token, **form}, **more)


def test_the_public_form_is_kept_and_nothing_is_mailed(sign_in: SignIn, register: Register) -> None:
    page = send(sign_in(""), "/anmal", FORM)
    assert "Tack!" in page.text
    (_, own) = applications.waiting(register)
    assert (own.name, own.municipality, own.email, own.words) == ("Nya Städlaget", "Mora", "info@nya.example", WORDS)
    assert (own.by, own.proposal, own.at) == ("", None, NOW)
    assert deliveries.listing(register) == []
    assert [one.id for one in enterprises.everyone(register)] == ["99-01", "asf-1"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"municipality": "Storstan"}, "känner inte igen"),
        ({"words": "  "}, "Fyll i namn"),
        ({"name": ""}, "Fyll i namn"),
        ({"email": ""}, "ingen e-postadress"),
        ({"email": "x@y.example\r\nBcc: z@z.example"}, "ingen e-postadress"),
    ],
)
def test_what_can_not_be_is_told(sign_in: SignIn, register: Register, change: dict[str, str], told: str) -> None:
    page = send(sign_in(""), "/anmal", FORM | change)
    assert (page.status_code, told in page.text) == (400, True)
    assert len(applications.waiting(register)) == 1


def test_machines_are_kept_out(sign_in: SignIn, register: Register) -> None:
    client = sign_in("")
    assert "Tack!" in send(client, "/anmal", FORM | {"website": "http://spam.example"}).text
    assert len(applications.waiting(register)) == 1, "what fills in the hidden field is kept nowhere"
    statuses = [send(client, "/anmal", FORM).status_code for _ in range(5)]
    assert statuses == [200] * 4 + [429], "the fifth of an hour, with the machine's"


def test_an_adviser_registers_from_words_in_two_pages(data: Path, register: Register) -> None:
    with (
        serving(recorder := Recorder()) as port,
        TestClient(
            create_app(data, now=clock, settings=settings_of(port)), base_url=ADDRESS, follow_redirects=False
        ) as client,
    ):
        client.cookies.set("anbudslots-session", session_of(data, "adviser"))
        started = send(client, "/anmalningar/ny", FORM, page="/anmalningar/ny")
        assert started.headers["location"] == "/anmalningar/2"
        page = client.get("/anmalningar/2").text
        assert "putsar fönster" in page.partition('name="capability"')[2].partition("</textarea>")[0]
        assert "snöskottning" in page.partition('name="could_start"')[2].partition("</textarea>")[0]
        assert 'value="Orsa" checked' in page
        assert 'name="code" value="90911300" checked' in page
        assert "ur: putsar fönster" in page
        confirmed: dict[str, Any] = {
            **FORM,
            "capability": "städar kontor\nputsar fönster",
            "could_start": "snöskottning",
            "code": ["90911300", "99999999"],
            "municipality_reach": ["Mora", "Orsa", "Atlantis"],
            "county": ["77"],
            "largest": "300 000",
            "occupied": "6",
        }
        taken = send(client, "/anmalningar/2/registrera", confirmed, page="/anmalningar/2")
        assert taken.headers["location"] == "/foretag/nya-stadlaget"
        assert client.get("/foretag/nya-stadlaget").status_code == 200, "in the care of the one who registered it"
        again = send(client, "/anmalningar/2/registrera", confirmed, page="/anmalningar/ny")
        assert again.status_code == 404, "decided"
    own = enterprises.get(register, "nya-stadlaget")
    assert own.capabilities == ("städar kontor", "putsar fönster")
    assert (own.could_start, own.never, own.cpv) == (("snöskottning",), (), ("90911300",))
    assert (own.reach.municipalities, own.reach.counties, own.county) == (("Mora", "Orsa"), (), "20")
    assert (own.capacity.largest_contract_sek_per_year, own.capacity.occupied) == (300000, 6)
    assert own.digest.approval, "a new enterprise's letters are read by its adviser"
    assert [to for to, _ in recorder.taken] == ["info@nya.example"]
    assert [one.kind for one in deliveries.listing(register)] == ["confirmation"]
    assert consents.confirmed(register) == [], "the question is no yes"
    other = accounts.by_email(register, ACCOUNTS["other adviser"].email)
    assert other is not None
    assert not other.cares_for("nya-stadlaget")
    assert [one.action for one in audit.listing(register, subject="enterprise nya-stadlaget")][
        -1
    ] == "applications.take"


def test_a_leaflet_is_read(sign_in: SignIn, register: Register) -> None:
    leaflet = FPDF()
    leaflet.add_page()
    leaflet.set_font("helvetica", size=12)
    leaflet.multi_cell(0, 8, "Skogslaget i Orsa\n\nVi putsar fönster och klipper gräs åt kommuner.")
    client = sign_in("adviser")
    form = {key: value for key, value in FORM.items() if key != "words"}
    upload = {"leaflet": ("../../etc/Skogslaget.pdf", bytes(leaflet.output()), "text/plain")}
    started = send(client, "/anmalningar/ny", form, page="/anmalningar/ny", files=upload)
    assert started.status_code == 303, started.text
    own = applications.get(register, 2)
    assert "Vi putsar fönster och klipper gräs" in own.words
    assert own.source.endswith("Skogslaget.pdf")
    assert own.proposal is not None
    assert {line["text"] for line in own.proposal["lines"]} >= {"putsar fönster", "klipper gräs åt kommuner"}


@pytest.mark.parametrize("content", [b"MZ\x90\x00", b"", b"%PDF-1.7 broken", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_leaflet_is_told(sign_in: SignIn, register: Register, content: bytes) -> None:
    upload = {"leaflet": ("x.pdf", content, "application/pdf")}
    page = send(sign_in("adviser"), "/anmalningar/ny", FORM, page="/anmalningar/ny", files=upload)
    assert (page.status_code, 'role="alert"' in page.text) == (400, True)
    assert "Vi städar kontor" in page.text, "what was written is not lost"
    assert len(applications.waiting(register)) == 1


def test_an_application_from_the_form_is_read_when_an_adviser_asks(sign_in: SignIn, register: Register) -> None:
    send(sign_in(""), "/anmal", FORM)
    client = sign_in("adviser")
    assert "Läs och föreslå" in client.get("/anmalningar/2").text
    assert "det öppna formuläret" in client.get("/anmalningar").text
    send(client, "/anmalningar/2/forslag", {}, page="/anmalningar/2")
    assert "Rätta förslaget" in client.get("/anmalningar/2").text
    wrong = send(client, "/anmalningar/2/registrera", {**FORM, "capability": "", "never": "asfalt"}, "/anmalningar/2")
    assert (wrong.status_code, "minst en sak" in wrong.text, "asfalt" in wrong.text) == (400, True, True)
    send(client, "/anmalningar/2/neka", {}, page="/anmalningar/2")
    assert applications.get(register, 2).state == "refused"
    assert len(applications.waiting(register)) == 1


def test_without_mail_the_enterprise_is_registered_and_nobody_asked(sign_in: SignIn, register: Register) -> None:
    assert Settings().mail.from_ == ""
    form: dict[str, Any] = {**FORM, "capability": "städar"}
    taken = send(sign_in("operator"), "/anmalningar/1/registrera", form, page="/anmalningar/1")
    assert taken.status_code == 303
    assert enterprises.get(register, "nya-stadlaget").contact.email == "info@nya.example"
    assert deliveries.listing(register) == []
