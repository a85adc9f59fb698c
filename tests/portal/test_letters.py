"""Links of letters: a GET changes nothing, a POST acts without log-in or cookies and again is harmless."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from config.settings import DigestSettings, MailSettings, ServeSettings, Settings
from notifier import answers, outbox
from portal.app import create_app
from register import consents, deliveries, judgements, revocations
from register.database import Register, open_register
from tests.browsing import Watch, look, running, violations
from tests.conftest import NOW
from tests.notifier.mailserver import Recorder, serving
from tests.portal.conftest import ADDRESS, HOSTILE, SignIn, clock, fill, link_token

READER = "info@skogsglantan.example"
HASH = consents.address_hash(READER)


@pytest.fixture
def register(data: Path) -> Iterator[Register]:
    opened = open_register(data)
    consents.confirm(opened, "asf-1", READER, how="by post", at=NOW - timedelta(days=30))
    yield opened
    opened.close()


@pytest.fixture
def reader(register: Register, sign_in: SignIn) -> TestClient:
    return sign_in("")


def stop_path(data: Path) -> str:
    return f"/stopp/{link_token(data, 'stop', HASH, enterprise='asf-1')}"


def answer_path(data: Path, **facts: str) -> str:
    return f"/svar/{link_token(data, 'answer', 'asf-1', **{'notice': '1-2026', 'lot': 'LOT-0000', **facts})}"


def test_one_click_as_rfc_8058_asks_it(register: Register, data: Path) -> None:
    """A mail program's own client: another machine than the reader's, no cookie, no redirect followed, no Referer."""
    app = create_app(data, now=clock, settings=Settings())
    with running(app) as address, httpx.Client() as client:
        url = address + stop_path(data)
        for method in ("GET", "HEAD"):
            looked = client.request(method, url)
            assert looked.status_code in (200, 405)
            assert "set-cookie" not in looked.headers
            assert consents.confirmed(register), "looking changes nothing"
        forged = client.post(url[:-3] + "AAA", data={"List-Unsubscribe": "One-Click"})
        assert (forged.status_code, bool(consents.confirmed(register))) == (410, True)
        client.cookies.clear()
        pressed = client.post(url, data={"List-Unsubscribe": "One-Click"})
        assert (pressed.status_code, pressed.history, consents.confirmed(register)) == (200, [], [])
        again = client.post(url, files={"List-Unsubscribe": (None, "One-Click")})
        assert again.status_code == 200, "as multipart too, and a replay is harmless"
    told = [(event.event, event.how) for event in consents.events(register, READER)]
    assert told == [("imported", "by post"), ("stopped", "one click")]
    assert consents.suppressed(register, READER) == ("asked", NOW)


def test_a_stop_is_honoured_however_old_the_letter_and_whatever_was_withdrawn(
    register: Register, reader: TestClient, data: Path
) -> None:
    revocations.revoke(register, "stop", HASH, before=NOW + timedelta(days=1))
    assert reader.post(stop_path(data)).status_code == 200
    assert consents.confirmed(register) == []


def test_the_page_to_stop_has_a_button_and_says_what_became_of_it(reader: TestClient, data: Path) -> None:
    page = reader.get(stop_path(data)).text
    assert page.count("<form") == 1
    assert "Sluta få brevet</button>" in page
    assert "Brevet är stoppat." in reader.post(stop_path(data)).text
    assert "Brevet är stoppat." in reader.get(stop_path(data)).text
    assert READER not in page, "a forwarded letter tells no address"


def test_who_regrets_a_stop_is_asked_by_mail_and_says_yes_there(register: Register, data: Path) -> None:
    recorder = Recorder()
    with serving(recorder) as port:
        _regret(register, data, recorder, port)


def _regret(register: Register, data: Path, recorder: Recorder, port: int) -> None:
    own = MailSettings.model_validate({"from": "Anbudslots <brev@example.org>", "host": "127.0.0.1", "port": port})
    settings = Settings(mail=own, serve=ServeSettings(public_url=ADDRESS))
    with TestClient(create_app(data, now=clock, settings=settings), base_url=ADDRESS) as client:
        client.post(stop_path(data))
        asked = client.post(stop_path(data), data={"again": "1"})
        assert "Ett mejl är på väg." in asked.text
        assert consents.confirmed(register) == [], "who only holds an old letter turns nothing on"
        assert [to for to, _ in recorder.taken] == [READER]
        letter = next(one for one in deliveries.listing(register) if one.kind == "confirmation")
        assert letter.state == "accepted"
        link = re.search(r"/bekrafta/[\w.-]+", deliveries.html(register, letter.message_id))
        assert link
        assert "Ja, skicka brevet</button>" in client.get(link[0]).text
        assert consents.confirmed(register) == []
        assert "Ni får brevet för Skogsgläntan" in client.post(link[0]).text
        assert consents.confirmed(register) == [("asf-1", READER)]
        assert client.post(link[0]).status_code == 200, "pressing again is harmless"
        client.post(stop_path(data), data={"again": "1"})
        assert len(recorder.taken) == 1, "nobody is pestered"


def test_a_yes_comes_too_late_after_a_stop(register: Register, reader: TestClient, data: Path) -> None:
    consents.request(register, "99-01", READER, how="form", at=NOW)
    path = f"/bekrafta/{link_token(data, 'confirm', '99-01', address=HASH)}"
    consents.suppress(register, READER, reason="asked", at=NOW + timedelta(seconds=1))
    late = reader.post(path)
    assert late.status_code == 410
    assert "gäller inte längre" in late.text
    assert consents.confirmed(register) == []


def test_a_pause_until_a_day_and_back(register: Register, reader: TestClient, data: Path) -> None:
    path = f"/paus/{link_token(data, 'pause', HASH, enterprise='asf-1')}"
    assert "Pausa</button>" in reader.get(path).text
    assert "fredag 1 januari 2027" in reader.post(path, data={"weeks": "", "until": "2027-01-01"}).text
    assert consents.confirmed(register, on=date(2026, 12, 31)) == []
    assert consents.confirmed(register, on=date(2027, 1, 1)) == [("asf-1", READER)]
    assert "tisdag 22 december 2026" in reader.post(path, data={"weeks": "4"}).text
    assert "pausat" not in reader.post(path, data={"resume": "1"}).text
    assert consents.confirmed(register, on=date(2026, 11, 25)) == [("asf-1", READER)]
    for until in ("2026-11-24", "2028-01-01", "i morgon", ""):
        wrong = reader.post(path, data={"until": until})
        assert (wrong.status_code, "Välj en dag" in wrong.text) == (400, True), until
    revocations.revoke(register, "pause", HASH, before=NOW + timedelta(seconds=1))
    assert reader.get(path).status_code == 410


def test_an_answer_is_the_enterprises_own_judgement(register: Register, reader: TestClient, data: Path) -> None:
    path = answer_path(data, answer="no")
    page = reader.get(path).text
    assert 'value="no" required checked' in page
    assert "Fönsterputs på sex förskolor" in page
    assert judgements.of(register) == []
    press = re.search(r'name="press" value="([^"]+)"', page)
    assert press
    form = {"answer": "no", "reason": "too_far", "press": press[1]}
    assert "Ert svar:</strong> Inte för oss: för långt bort" in reader.post(path, data=form).text
    reader.post(path, data=form)
    (said,) = judgements.of(register, everything=True)
    assert (said.who, said.answer, said.reason, said.place) == ("Skogsgläntan", "no", "too_far", 1)
    reader.post(path, data={"answer": "talk", "reason": "too_big"})
    assert [(one.answer, one.reason, one.note) for one in judgements.of(register)] == [("yes", "", answers.TALK)]
    assert "Intressant, hör av er till oss" in reader.get(path).text
    assert reader.post(path, data={"answer": "drop table"}).status_code == 400
    assert reader.get(answer_path(data, lot="LOT-0009")).status_code == 404
    assert reader.get(f"/svar/{link_token(data, 'answer', 'nobody')}").status_code == 404


def test_every_link_of_a_letter_leads_to_its_page_and_looking_changes_nothing(register: Register, data: Path) -> None:
    own = MailSettings.model_validate({"from": "Anbudslots <brev@example.org>"})
    public = "https://anbud.example"
    settings = Settings(mail=own, serve=ServeSettings(public_url=public), digest=DigestSettings(floor=0))
    outbox.queue_letters(register, settings=settings, now=NOW, only="asf-1")
    (letter,) = deliveries.waiting(register)
    html = deliveries.html(register, letter.message_id)
    paths = re.findall(rf'href="{public}(/[^"]+)"', html)
    assert {path.split("/")[1] for path in paths} >= {"svar", "paus", "stopp"}
    mime = deliveries.mime(register, letter.message_id)
    one_click = re.search(rb"List-Unsubscribe: <https://anbud.example(/stopp/[^>]+)>,", mime)
    assert one_click
    before = list(register.db.conn.iterdump())
    with TestClient(create_app(data, now=clock, settings=settings), base_url=public) as client:
        for path in [*paths, one_click[1].decode()]:
            if not path.startswith("/profil/"):  # the enterprise's own page
                assert client.get(path).status_code == 200, path
        assert list(register.db.conn.iterdump()) == before
        assert client.post(one_click[1].decode(), data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert consents.confirmed(register) == []


@pytest.mark.browser
def test_the_pages_in_a_real_browser_with_hostile_text(tmp_path: Path, browser: Browser) -> None:
    fill(tmp_path, HOSTILE)
    opened = open_register(tmp_path)
    consents.confirm(opened, "asf-1", READER, how="by post", at=NOW)
    consents.request(opened, "asf-1", "ny@skogsglantan.example", how="form", at=NOW)
    app = create_app(tmp_path, now=clock, settings=Settings())
    new = consents.address_hash("ny@skogsglantan.example")
    pages = {
        answer_path(tmp_path, answer="yes"): "Skicka svaret",
        f"/paus/{link_token(tmp_path, 'pause', HASH, enterprise='asf-1')}": "Pausa",
        f"/bekrafta/{link_token(tmp_path, 'confirm', 'asf-1', address=new)}": "Ja, skicka brevet",
        stop_path(tmp_path): "Sluta få brevet",
    }
    with running(app) as address, browser.new_context() as context:
        watch = Watch(context, address)
        page = context.new_page()
        for path, button in pages.items():
            look(page, address + path, widths=(320, 1280))
            page.get_by_role("button", name=button, exact=True).press("Enter")
            page.wait_for_load_state()
            assert page.locator(".done").count() == 1, path
            assert violations(page) == [], path
        watch.assert_quiet()
    assert consents.confirmed(opened) == [("asf-1", "ny@skogsglantan.example")]
    assert [one.answer for one in judgements.of(opened)] == ["yes"]
    opened.close()
