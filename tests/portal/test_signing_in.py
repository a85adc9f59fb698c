"""Signing in by an e-mailed link: once, within 15 minutes, in the browser that asked, by a real mail server."""

import email
import email.policy
import re
import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from config.settings import MailSettings, Settings
from portal.app import create_app
from register import accounts, audit
from register.database import open_register
from tests.browsing import Watch, look, running, violations
from tests.conftest import NOW
from tests.portal.conftest import ADDRESS, csrf_of


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 taken"

    def link(self) -> str:
        """The path of the last mail's link."""
        found = re.search(r"http://127\.0\.0\.1(?::\d+)?(/logga-in/\S+)", self.mails[-1].get_content())
        assert found
        return found[1]


class Clock:
    at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def mail_server() -> Iterator[tuple[Mailbox, int]]:
    mailbox = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield mailbox, port
    controller.stop()


@pytest.fixture
def mailbox(mail_server: tuple[Mailbox, int]) -> Mailbox:
    mail_server[0].mails.clear()
    return mail_server[0]


@pytest.fixture
def settings(mail_server: tuple[Mailbox, int]) -> Settings:
    mail = MailSettings(host="127.0.0.1", port=mail_server[1], from_="Anbudslots <anbud@example.org>")
    return Settings(mail=mail)


@pytest.fixture
def now() -> Clock:
    return Clock()


@pytest.fixture
def browser_of(data: Path, settings: Settings, now: Clock) -> Iterator[Any]:
    """A function that gives a new browser, that is, a client with no cookies yet."""
    app = create_app(data, now=now, settings=settings)
    clients = []

    def made() -> TestClient:
        clients.append(TestClient(app, base_url=ADDRESS, follow_redirects=False))
        return clients[-1]

    yield made
    for client in clients:
        client.close()


def ask(client: TestClient, address: str = "asta@stod.example", till: str = "") -> str:
    """Ask for a link; the page that comes."""
    form = {"csrf": csrf_of(client.get("/logga-in").text), "email": address, "till": till}
    answer = client.post("/logga-in", data=form)
    assert answer.status_code == 200
    return answer.text


def press(client: TestClient, path: str) -> Any:
    """Open a mailed link and press its button."""
    page = client.get(path)
    return client.post(path, data={"csrf": csrf_of(page.text), "till": "/foretag"})


def test_a_mailed_link_signs_in_once(browser_of: Any, mailbox: Mailbox, data: Path) -> None:
    client = browser_of()
    ask(client, "  ASTA@stod.example ")
    mail = mailbox.mails[-1]
    assert mail["To"] == "asta@stod.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    answer = press(client, mailbox.link())
    assert (answer.status_code, answer.headers["location"]) == (303, "/foretag")
    assert "Inloggad: Asta A" in client.get("/foretag").text
    assert press(client, mailbox.link()).status_code == 410
    register = open_register(data)
    assert [(one.who, one.action) for one in audit.listing(register)] == [("Asta A", "signin.use")]
    stored = " ".join(str(list(register.db.query("SELECT * FROM sign_in_links JOIN sessions"))))
    assert mailbox.link().split("/")[2] not in stored
    assert client.cookies["anbudslots-session"] not in stored
    register.close()


def test_opening_the_link_changes_nothing(browser_of: Any, mailbox: Mailbox) -> None:
    """Mail programs and virus scanners open links."""
    client = browser_of()
    ask(client)
    for other in (client, browser_of(), client):
        other.get(mailbox.link())
        assert other.get("/foretag").status_code == 303
    assert press(client, mailbox.link()).status_code == 303


def test_the_link_is_bound_to_the_browser_that_asked(browser_of: Any, mailbox: Mailbox) -> None:
    client, other = browser_of(), browser_of()
    ask(client)
    other.get("/logga-in")
    assert "Länken går inte att använda" in other.get(mailbox.link()).text
    token = csrf_of(other.get("/logga-in").text)
    assert other.post(mailbox.link(), data={"csrf": token}).status_code == 410
    assert press(client, mailbox.link()).status_code == 303


def test_the_link_is_good_for_fifteen_minutes(browser_of: Any, mailbox: Mailbox, now: Clock) -> None:
    client = browser_of()
    ask(client)
    token = csrf_of(client.get(mailbox.link()).text)
    now.at = NOW + timedelta(minutes=15)
    assert client.get(mailbox.link()).status_code == 410
    assert client.post(mailbox.link(), data={"csrf": token}).status_code == 410
    now.at = NOW + timedelta(minutes=14, seconds=59)
    assert client.post(mailbox.link(), data={"csrf": token}).status_code == 303


def test_an_unknown_address_gets_the_same_answer_and_no_mail(browser_of: Any, mailbox: Mailbox) -> None:
    def page(address: str) -> str:
        return re.sub(r'value="[0-9a-f]{64}"', "", ask(browser_of(), address))

    known = page("asta@stod.example")
    assert len(mailbox.mails) == 1
    for address in ("nobody@else.example", "", "a\r\nBcc: x@y.example", "x" * 5000, "'; DROP TABLE accounts; --"):
        assert page(address) == known
    assert len(mailbox.mails) == 1


def test_an_account_gets_five_links_an_hour_and_a_client_asks_twenty_times(
    browser_of: Any, mailbox: Mailbox, now: Clock
) -> None:
    client = browser_of()
    for _ in range(7):
        ask(client)
    assert len(mailbox.mails) == 5
    for _ in range(13):
        ask(client, "nobody@else.example")
    form = {"csrf": csrf_of(client.get("/logga-in").text), "email": "kim@mora.example"}
    assert client.post("/logga-in", data=form).status_code == 429
    now.at = NOW + timedelta(hours=1, minutes=1)
    ask(client, "kim@mora.example")
    assert mailbox.mails[-1]["To"] == "kim@mora.example"


def test_a_link_leads_to_the_page_that_was_asked_for_and_never_elsewhere(browser_of: Any, mailbox: Mailbox) -> None:
    client = browser_of()
    location = client.get("/annons/1-2026?x=1").headers["location"]
    assert location == "/logga-in?till=%2Fannons%2F1-2026%3Fx%3D1"
    assert 'value="/annons/1-2026?x=1"' in client.get(location).text
    ask(client, till="/annons/1-2026?x=1")
    assert mailbox.link().endswith("?till=%2Fannons%2F1-2026%3Fx%3D1")
    assert 'value="/annons/1-2026?x=1"' in client.get(mailbox.link()).text
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example", "/x\r\nSet-Cookie: a=b"):
        client = browser_of()
        ask(client, "kim@mora.example", till=elsewhere)
        path = mailbox.link()
        answer = client.post(path, data={"csrf": csrf_of(client.get(path).text), "till": elsewhere})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_signing_out_ends_the_session_everywhere(browser_of: Any, mailbox: Mailbox) -> None:
    client, thief = browser_of(), browser_of()
    ask(client)
    press(client, mailbox.link())
    thief.cookies.set("anbudslots-session", client.cookies["anbudslots-session"])
    assert thief.get("/foretag").status_code == 200
    client.post("/logga-ut", data={"csrf": csrf_of(client.get("/foretag").text)})
    assert client.get("/foretag").status_code == 303
    assert thief.get("/foretag").status_code == 303


def test_a_session_ends_with_its_days_and_with_its_account(
    browser_of: Any, mailbox: Mailbox, now: Clock, data: Path
) -> None:
    client = browser_of()
    ask(client)
    press(client, mailbox.link())
    now.at = NOW + timedelta(days=13)
    assert client.get("/foretag").status_code == 200
    now.at = NOW + timedelta(days=14)
    assert client.get("/foretag").status_code == 303
    now.at = NOW
    register = open_register(data)
    accounts.remove(register, "asta@stod.example")
    register.close()
    assert client.get("/foretag").status_code == 303


def test_a_mail_server_that_is_down_is_told_to_the_operator_alone(
    data: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    dead = Settings(mail=settings.mail.model_copy(update={"port": 1}))
    with TestClient(create_app(data, now=lambda: NOW, settings=dead), base_url=ADDRESS) as client:
        assert "en länk på väg" in ask(client)
    assert "127.0.0.1:1 can't be used" in caplog.text
    assert "asta@" not in caplog.text


@pytest.mark.browser
def test_an_adviser_signs_in_by_keyboard(data: Path, settings: Settings, mailbox: Mailbox, browser: Browser) -> None:
    with running(create_app(data, now=lambda: NOW, settings=settings)) as address:
        context = browser.new_context(base_url=address)
        watch = Watch(context, address)
        page = context.new_page()
        page.goto("/foretag")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.get_by_label("E-postadress").focus()
        page.keyboard.type("asta@stod.example")
        page.keyboard.press("Enter")
        page.get_by_text("Har adressen ett konto är en länk på väg.").wait_for()
        assert violations(page) == []
        deadline = time.monotonic() + 10
        while not mailbox.mails and time.monotonic() < deadline:
            time.sleep(0.01)  # the mail goes out after the answer
        look(page, address + mailbox.link())
        page.get_by_role("button", name="Logga in").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/foretag")
        assert page.get_by_text("Inloggad: Asta A").is_visible()
        watch.assert_quiet()
        context.close()
