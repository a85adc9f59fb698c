"""The pages that everyone knows: what they show, whom they answer, and that hostile text stays text."""

import asyncio
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.testclient import TestClient

from config.errors import KnowledgeError, SettingsError, UnavailableError
from config.hosts import is_loopback
from config.settings import ServeSettings, Settings
from matcher import judging
from portal import texts
from portal.app import create_app
from portal.routes import table
from portal.server import listen, serve
from register import audit, enterprises, runs, windows
from register.corrections import Verdict
from register.database import open_register
from register.models import Run, Window
from tests.browsing import Watch, look, running
from tests.conftest import NOW
from tests.portal.conftest import ADDRESS, HOSTILE, SignIn, clock, fill, session_of


@pytest.fixture
def client(sign_in: SignIn) -> TestClient:
    return sign_in("adviser")


def test_the_start_page_lists_enterprises(client: TestClient) -> None:
    page = client.get("/foretag")
    assert page.status_code == 200
    assert '<a href="/foretag/asf-1">' in page.text
    assert "EXEMPEL, påhittad" in page.text
    assert 'lang="sv"' in page.text


def test_the_start_page_says_which_sources_are_not_whole(client: TestClient, data: Path) -> None:
    register = open_register(data)
    run = Run(id=runs.start(register, "ted", at=NOW), source="ted", started=NOW, ended=NOW, status="complete")
    runs.finish(register, run)
    assert "komplett" in client.get("/foretag").text
    day = Window(
        source="ted", window="2026-10-01", announced=3, received=2, status="partial", problem="p", run=1, at=NOW
    )
    windows.put(register, day)
    register.close()
    page = client.get("/foretag").text
    assert "ofullständig" in page
    assert "Perioder där allt inte har kommit in: 1." in page


def test_an_enterprise_shows_reasons_and_signals(client: TestClient) -> None:
    page = client.get("/foretag/asf-1").text
    assert "putsar fönster åt skolor" in page
    assert "Arbetet är i Mora" in page
    assert "Reserverat kontrakt: gäller" in page
    assert "torsdag 17 december 2026" in page
    assert "betydelse, hela texten" in page


def test_a_notice_shows_the_sentence_in_its_context(client: TestClient) -> None:
    page = client.get("/annons/1-2026").text
    assert "<mark>Upphandlingen är reserverad enligt 4 kap. 18 § LOU.</mark>  Fönster putsas" in page.replace("\n", " ")
    assert "bara texten" in page
    assert "inte kontrollerat mot lagtexten" in page
    assert 'href="https://ted.europa.eu/sv/notice/-/detail/1-2026" rel="noopener noreferrer"' in page
    assert "ted.europa.eu" not in client.get("/annons/990001-2026").text


@pytest.mark.parametrize(
    ("verdict", "right_clause", "told"),
    [
        ("negated", "", "Rättad av Asta &lt;b&gt;, tisdag 24 november 2026 07:30: texten säger nej. se punkt 4"),
        ("right", "", "Bekräftad av Asta &lt;b&gt;"),
        ("wrong", "equality", "lästes först som Reserverat kontrakt"),
        ("boilerplate", "", "Borttaget av en människa"),
    ],
)
def test_a_notice_says_who_corrected_a_finding(
    client: TestClient, data: Path, verdict: Verdict, right_clause: str, told: str
) -> None:
    register = open_register(data)
    judging.correct(
        register,
        "1-2026",
        "reserved_participation",
        verdict,
        right_clause=right_clause,
        who="Asta <b>",
        note="se punkt 4",
        now=NOW,
    )
    register.close()
    assert told in client.get("/annons/1-2026").text
    assert client.get("/annons/1-2026?lang=en").status_code == 200


def test_english_is_a_switch_that_stays(client: TestClient) -> None:
    assert 'lang="en"' in client.get("/om?lang=en").text
    assert 'lang="en"' in client.get("/foretag").text
    assert 'lang="sv"' in client.get("/foretag?lang=sv").text
    assert client.get("/om?lang=../../x").status_code == 200


def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    swedish, english = texts.load("sv"), texts.load("en")
    assert swedish.keys() == english.keys()
    for key, text in swedish.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", english[key])), key


@pytest.mark.parametrize(
    "path", ["/annons/9-2026", "/foretag/nobody", "/nowhere", "/annons/..%2f..%2fetc", "/static/x"]
)
def test_what_is_not_there_is_404_without_a_trace(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 404
    assert "Traceback" not in page.text


def test_an_enterprise_in_anothers_care_is_not_found(sign_in: SignIn) -> None:
    other = sign_in("other adviser")
    assert other.get("/foretag/asf-1").status_code == 404
    assert "asf-1" not in other.get("/foretag").text
    assert "Skogsgläntan" not in other.get("/annons/1-2026").text
    assert sign_in("operator").get("/foretag/asf-1").status_code == 200


def test_it_is_kept_who_looked_at_an_enterprise(client: TestClient, data: Path) -> None:
    client.get("/foretag/asf-1")
    register = open_register(data)
    seen = audit.listing(register, subject="enterprise asf-1")
    register.close()
    assert [(one.who, one.role, one.action, one.at) for one in seen] == [
        ("Asta A", "adviser", "advisers.enterprise", NOW)
    ]


def test_a_get_changes_nothing_by_another_method(client: TestClient) -> None:
    assert client.post("/foretag").status_code == 405
    assert client.delete("/annons/1-2026").status_code == 405


def test_another_host_name_is_refused(client: TestClient) -> None:
    assert client.get("/om", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/om", headers={"Host": "[::1]:8765"}).status_code == 200


def test_headers_keep_everything_outside_out(client: TestClient) -> None:
    for path in ("/om", "/nowhere", "/static/style.css"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers


def test_behind_tls_cookies_go_by_https_alone(data: Path) -> None:
    settings = Settings(serve=ServeSettings(public_url="https://anbud.example.org/"))
    app = create_app(data, now=clock, settings=settings)
    with TestClient(app, base_url="https://anbud.example.org") as client:
        answer = client.get("/logga-in?lang=en")
        cookies = answer.headers.get_list("set-cookie")
        assert len(cookies) == 2
        for cookie in cookies:
            assert cookie.startswith("__Host-anbudslots-")
            assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert answer.headers["strict-transport-security"]
        assert client.get("/om", headers={"Host": "127.0.0.1"}).status_code == 200


def test_no_page_without_a_form_sets_a_cookie(sign_in: SignIn) -> None:
    assert "set-cookie" not in sign_in("").get("/").headers
    assert "set-cookie" not in sign_in("").get("/om").headers


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    assert client.post("/logga-in", data={"email": "x" * 70_000}).status_code == 413
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/logga-in", content=endless(), headers=form).status_code == 413


def test_a_fault_leaves_no_trace_on_the_page(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(enterprises, "everyone", broken)
    app = create_app(data, now=clock, settings=Settings())
    with TestClient(app, base_url=ADDRESS, raise_server_exceptions=False) as client:
        client.cookies.set("anbudslots-session", session_of(data, "adviser"))
        page = client.get("/foretag")
        assert page.status_code == 500
        assert "Något gick fel" in page.text
        assert "secret" not in page.text


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    fill(tmp_path, HOSTILE)
    with TestClient(create_app(tmp_path, now=clock, settings=Settings()), base_url=ADDRESS) as client:
        client.cookies.set("anbudslots-session", session_of(tmp_path, "adviser"))
        for path in ("/foretag", "/foretag/asf-1", "/annons/1-2026"):
            page = client.get(path).text
            assert "<script>" not in page
            assert "<img src=x" not in page
            assert "\u202e" not in page
            assert "{{7*7}}" in page


HOSTS = {
    "127.0.0.1": True,
    "::1": True,
    "localhost": True,
    "0.0.0.0": False,
    "192.168.1.5": False,
    "example.org": False,
}


@pytest.mark.parametrize(("host", "inside"), HOSTS.items())
def test_beyond_loopback_an_https_address_is_needed(host: str, inside: bool) -> None:
    assert is_loopback(host) is inside
    if not inside:
        for address in ("", "http://127.0.0.1"):
            with pytest.raises(SettingsError, match="PUBLIC_URL"):
                serve(Starlette(), ServeSettings(host=host, public_url=address), port=0, started=lambda _: None)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_answers_go_out_without_delay(host: str) -> None:
    """asyncio sets TCP_NODELAY on sockets that name their protocol alone; without it each answer waits 40 ms."""

    async def delayed() -> bool:
        listener = listen(host, 0)
        found: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def taken(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0)
            writer.close()

        async with await asyncio.start_server(taken, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
            answer = await asyncio.wait_for(found, 10)
            writer.close()
        return answer

    assert not asyncio.run(delayed())


def test_a_port_that_is_taken_is_told() -> None:
    with listen("127.0.0.1", 0) as first, pytest.raises(UnavailableError, match="can't be opened"):
        second = listen("127.0.0.1", first.getsockname()[1])
        second.close()


def test_a_public_address_must_be_https(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="https"):
        create_app(tmp_path, now=clock, settings=Settings(serve=ServeSettings(public_url="http://anbud.example.org")))


def test_a_text_that_is_missing_is_named() -> None:
    with pytest.raises(KnowledgeError, match="no_such_text"):
        texts.texts("en")("no_such_text")


@pytest.mark.browser
@pytest.mark.parametrize("who", ["", "adviser", "municipality"])
def test_pages_in_a_real_browser(who: str, tmp_path: Path, browser: Browser) -> None:
    """All pages that need no more than an example, with hostile text in every field. The operator sees an adviser's."""
    fill(tmp_path, HOSTILE)
    with running(create_app(tmp_path, now=clock, settings=Settings())) as address:
        context = browser.new_context(base_url=address)
        watch = Watch(context, address)
        page = context.new_page()
        if who:
            context.add_cookies([{"name": "anbudslots-session", "value": session_of(tmp_path, who), "url": address}])
        for route in table():
            own = (who or "public") in route.who and route.page and "{token}" not in route.path
            if route.method == "GET" and own:
                look(page, address + route.path.format(**route.example))
        watch.assert_quiet()
        context.close()
