"""The notice page: clauses judged by buttons, documents taken and read, requirements, changes, sources, last days."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from config.settings import Settings
from matcher.screening import reader
from portal.advisers import requirements, uploading
from portal.app import create_app
from register import chances, corrections, documents, enterprises, findings, matches, notices, uploads
from register.chances import Chance
from register.database import open_register
from register.models import Notice
from tests.browsing import Watch, running, violations
from tests.conftest import NOW, WordEncoder, make_enterprise, make_lot, make_notice
from tests.portal.conftest import HOSTILE, SignIn, clock, csrf_of, fill, make_match, session_of

CLAUSE = "reserved_participation"
SENTENCE = "Upphandlingen är reserverad enligt 4 kap. 18 § LOU."


@pytest.fixture
def client(sign_in: SignIn) -> TestClient:
    return sign_in("adviser")


def post(client: TestClient, path: str, **form: Any) -> int:
    token = csrf_of(client.get("/annons/1-2026").text)
    return client.post(path, data={"csrf": token, **form}).status_code


def judge(client: TestClient, verdict: str, **more: str) -> int:
    given = {"clause": CLAUSE, "lot": "", "words": SENTENCE, "verdict": verdict}
    return post(client, "/annons/1-2026/krav", **{**given, **more})


def polarities(data: Path) -> dict[str, str]:
    register = open_register(data)
    found: dict[str, str] = {one.clause: one.polarity for one in findings.of(register, "1-2026")}
    register.close()
    return found


def test_a_clause_is_judged_by_buttons_and_taken_back(client: TestClient, data: Path) -> None:
    assert polarities(data) == {CLAUSE: "affirmed"}
    assert judge(client, "negated", note="se punkt 4") == 303
    assert polarities(data) == {CLAUSE: "negated"}
    assert "texten säger nej. se punkt 4" in client.get("/annons/1-2026").text
    assert judge(client, "wrong", right_clause="equality") == 303
    assert polarities(data) == {"equality": "affirmed"}
    # The form under what a person made of it names what was read, so that it can be judged again.
    page = client.get("/annons/1-2026").text
    assert f'<input type="hidden" name="clause" value="{CLAUSE}">' in page
    assert judge(client, "boilerplate") == 303
    assert polarities(data) == {}
    assert "Ta tillbaka" in client.get("/annons/1-2026").text
    assert judge(client, "right") == 303
    assert polarities(data) == {CLAUSE: "affirmed"}
    register = open_register(data)
    assert [(one.verdict, one.who) for one in corrections.of(register, "1-2026")] == [("right", "Asta A")]
    # Read anew by the rules after the answer, not only laid over.
    assert "1-2026" not in findings.pending(register, _rules(data), closed=False)
    register.close()


def _rules(data: Path) -> str:
    register = open_register(data)
    row = next(iter(register.db.query("SELECT rules FROM screened WHERE publication_number = '1-2026'")))
    register.close()
    return str(row["rules"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdict": "sure"},
        {"verdict": "wrong", "right_clause": "no_such"},
        {"verdict": "right", "clause": "equality"},
        {"verdict": "right", "words": "Något annat."},
        {"verdict": "right", "clause": "../x"},
    ],
)
def test_what_can_not_be_meant_is_told(client: TestClient, data: Path, wrong: dict[str, str]) -> None:
    assert judge(client, **wrong) == 400
    assert polarities(data) == {CLAUSE: "affirmed"}
    assert post(client, "/annons/9-2026/krav", clause=CLAUSE, verdict="right") == 404


def test_a_document_is_taken_read_and_screened(client: TestClient, data: Path) -> None:
    token = csrf_of(client.get("/annons/1-2026").text)
    text = "Leverantören ska sysselsätta minst två personer som står långt från arbetsmarknaden.".encode()
    file = {"file": ("../../etc/under\u202elag.txt", text, "text/html")}
    answer = client.post("/annons/1-2026/underlag", data={"csrf": token}, files=file)
    assert (answer.status_code, answer.headers["location"]) == (303, "/annons/1-2026#underlag")
    page = client.get("/annons/1-2026").text
    assert "underlag.txt: läst och genomsökt." in page
    assert "employment_requirement" in polarities(data)
    assert "Leverantören ska sysselsätta" in page
    assert client.get("/annons/1-2026/underlag").json() == {"under_way": 0, "text": ""}
    register = open_register(data)
    assert [one.name for one in documents.listing(register, "1-2026")] == ["underlag.txt"]
    register.close()


def test_a_file_that_can_not_be_read_is_told(client: TestClient) -> None:
    token = csrf_of(client.get("/annons/1-2026").text)
    client.post("/annons/1-2026/underlag", data={"csrf": token}, files={"file": ("x.pdf", b"\x00\x01\x02" * 400)})
    assert "x.pdf: kunde inte läsas. x.pdf: " in client.get("/annons/1-2026").text
    for files in ({"file": ("tom.txt", b"")}, {"file": ("..", b"x")}, None):
        assert client.post("/annons/1-2026/underlag", data={"csrf": token}, files=files).status_code == 400
    assert client.post("/annons/9-2026/underlag", data={"csrf": token}).status_code == 404


def test_a_reading_that_was_cut_off_is_told(client: TestClient, data: Path) -> None:
    register = open_register(data)
    number = uploads.add(register, "1-2026", "lång.pdf", who="Asta A", at=NOW - uploads.TOO_LONG)
    uploads.add(register, "1-2026", "ny.pdf", who="Asta A", at=NOW)
    uploads.move(register, number, "reading", at=NOW - uploads.TOO_LONG)
    register.close()
    assert client.get("/annons/1-2026/underlag").json() == {"under_way": 1, "text": "ny.pdf: väntar på att läsas."}
    assert "lång.pdf: läsningen avbröts." in client.get("/annons/1-2026").text


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("underlag.pdf", "underlag.pdf"),
        ("C:\\temp\\avtal.docx", "avtal.docx"),
        ("../../../etc/passwd", "passwd"),
        ("..", ""),
        ("a\x00\nb.txt", "ab.txt"),
        ("å" * 300 + ".pdf", "å" * 97 + ".pdf"),
        ("x" * 300, "x" * 100),
    ],
)
def test_names_of_files_are_made_safe(given: str, name: str) -> None:
    assert uploading.file_name(given) == name
    assert "/" not in uploading.file_name(given)


def test_requirements_come_with_their_words() -> None:
    lot = make_lot(
        description="Golv städas. Anbudsgivaren ska vara certifierad enligt ISO 9001. Ansvarsförsäkring krävs.",
        selection_criteria=("Två referenser från de senaste tre åren",),
        performance_terms=("Arbetskläder ska vara rena",),
    )
    notice = make_notice(lots=(lot,))
    found = reader.read_notice(notice)
    told = [(one.kind, one.name, one.closes) for one in requirements.of(notice, found, ())]
    assert told == [
        ("demand", "certifiering", True),
        ("demand", "försäkring", False),
        ("criterion", "", False),
        ("term", "", False),
    ]
    assert "ISO 9001" in requirements.of(notice, found, ())[0].words


def test_whom_it_fits_whom_nearly_and_who_could_do_a_part(client: TestClient, data: Path) -> None:
    register = open_register(data)
    near = make_match("asf-1", "1-2026", score=Settings().digest.floor - 0.01)
    matches.replace(register, "asf-1", [near], scope="open", fingerprint="x", at=NOW)
    chances.replace(register, "1-2026", [Chance(enterprise="asf-1", notice="1-2026", lot="LOT-0000", way="together")])
    register.close()
    page = client.get("/annons/1-2026").text
    assert "Inget företag når gränsen för brevet." in page
    assert "Skogsgläntan" in page.partition("Nästan")[2]
    assert "kan tillsammans med andra" in page


def test_changes_are_told_in_plain_words(client: TestClient, data: Path) -> None:
    register = open_register(data)
    old = notices.get(register, "1-2026")
    moved = old.lots[0].model_copy(update={"deadline": NOW.replace(month=12, day=20)})
    notices.add(register, old.model_copy(update={"lots": (moved,)}), raw=None, at=NOW)
    register.close()
    page = client.get("/annons/1-2026").text
    assert "Sista anbudsdag flyttad från torsdag 17 december till söndag 20 december." in page
    assert "Källan är komplett" in page


def test_the_original_and_the_documents_are_led_to_by_https_alone(client: TestClient, data: Path) -> None:
    register = open_register(data)
    lots = (
        make_lot(id="LOT-0001", documents_url="javascript:alert(1)"),
        make_lot(id="LOT-0002", documents_url="https://buyer.example/underlag?id=1"),
    )
    portal: Notice = make_notice("mercell-1", origin="mercell", link="http://insecure.example/", lots=lots)
    notices.add(register, portal, raw=None, at=NOW)
    register.close()
    page = client.get("/annons/mercell-1").text
    assert "javascript:" not in page
    assert "insecure.example" not in page
    assert '<a href="https://buyer.example/underlag?id=1" rel="noopener noreferrer">' in page


def test_last_days_as_a_calendar_file(client: TestClient, data: Path) -> None:
    register = open_register(data)
    lot = make_lot(question_deadline=date(2026, 12, 7))
    notices.add(register, make_notice("2-2026", procedure_id=None, lots=(lot,)), raw=None, at=NOW)
    notices.add(register, make_notice("3-2026", lots=(make_lot(open_ended=True),)), raw=None, at=NOW)
    register.close()
    entries = Calendar.from_ical(client.get("/annons/2-2026/kalender").content).walk("VEVENT")
    assert [(str(one["summary"]), str(one.decoded("dtstart"))) for one in entries] == [
        ("Sista dag för anbud: Fönsterputs på sex förskolor", "2026-12-17"),
        ("Sista dag för frågor: Fönsterputs på sex förskolor", "2026-12-07"),
    ]
    assert client.get("/annons/3-2026/kalender").status_code == 404


def test_two_that_can_do_it_together_are_suggested(
    client: TestClient, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = open_register(data)
    lots = (
        make_lot(id="LOT-0001", title="Fönsterputs"),
        make_lot(id="LOT-0002", title="Tvätt av arbetskläder", description="Kläder tvättas.", cpv=("98310000",)),
    )
    notices.add(register, make_notice("990201-2026", title="Tjänster", lots=lots), raw=None, at=NOW)
    laundry = make_enterprise("99-01", name="Tvättstugan", capabilities=("tvättar arbetskläder",), cpv=("98310000",))
    enterprises.add(register, laundry, at=NOW)
    register.close()
    assert "anbudslots match" in client.get("/annons/990201-2026/tillsammans").text
    monkeypatch.setattr("portal.advisers.readers.ready", lambda _data: True)
    monkeypatch.setattr("portal.assessors.model", lambda _settings, _data: WordEncoder())
    page = client.get("/annons/990201-2026/tillsammans").text
    assert "Inget förslag" in page  # the other one is no invented enterprise: they never meet
    assert "Skogsgläntan" not in page
    assert "Ingen har frågats" in page


@pytest.mark.browser
def test_a_clause_is_judged_by_keyboard_alone(tmp_path: Path, browser: Browser) -> None:
    fill(tmp_path, HOSTILE)
    with running(create_app(tmp_path, now=clock, settings=Settings())) as address:
        context = browser.new_context(base_url=address, viewport={"width": 320, "height": 800})
        watch = Watch(context, address)
        context.add_cookies([{"name": "anbudslots-session", "value": session_of(tmp_path, "adviser"), "url": address}])
        page = context.new_page()
        page.goto("/annons/1-2026")
        page.keyboard.press("Tab")
        while page.locator(":focus").get_attribute("value") != "negated":
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/annons/1-2026#krav")
        assert "gäller inte" in page.locator("#f1").inner_text()
        # A document that is read while one waits: the page tells, and shows itself anew.
        page.set_input_files("#file", {"name": f"{HOSTILE[:40]}.txt", "mimeType": "text/html", "buffer": b"Golv."})
        page.locator("#file").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("#reading >> text=genomsökt", timeout=20_000)
        assert violations(page) == []
        assert page.title() != "owned"
        watch.assert_quiet()
        context.close()
