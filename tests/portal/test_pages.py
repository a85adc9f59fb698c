"""The adviser's pages: what they show, whom they answer, and that hostile text stays text."""

import shutil
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from config.errors import SettingsError
from config.settings import MatcherSettings, Settings
from matcher import judging, matching
from portal.app import create_app
from portal.server import is_loopback, serve
from register import enterprises, notices, runs, windows
from register.corrections import Verdict
from register.database import open_register
from register.models import Buyer, Run, Window
from tests.conftest import NOW, WordEncoder, make_enterprise, make_lot, make_notice

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)>\u202e{{7*7}}\"'&"


def fill(folder: Path, words: WordEncoder, text: str = "") -> None:
    register = open_register(folder)
    enterprises.add(register, make_enterprise(name=f"Skogsgläntan {text}", never=(text,) if text else ()), at=NOW)
    lot = make_lot(description=f"Upphandlingen är reserverad enligt 4 kap. 18 § LOU. {text} Fönster putsas.")
    notice = make_notice("1-2026", title=f"Fönsterputs {text}", buyer=Buyer(name=f"Mora {text}"), lots=(lot,))
    notices.add(register, notice, raw=None, at=NOW)
    notices.add(register, make_notice("990001-2026"), raw=None, at=NOW)
    enterprises.add(register, make_enterprise("99-01"), at=NOW)
    matching.run(register, words, MatcherSettings(), now=NOW)
    register.close()


def clock() -> datetime:
    return NOW


@pytest.fixture
def client(tmp_path: Path, words: WordEncoder) -> Iterator[TestClient]:
    fill(tmp_path, words)
    with TestClient(create_app(tmp_path, now=clock, settings=Settings())) as made:
        yield made


def test_the_start_page_lists_enterprises(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert '<a href="/foretag/asf-1">' in page.text
    assert "EXEMPEL, påhittad" in page.text
    assert 'lang="sv"' in page.text


def test_the_start_page_says_which_sources_are_not_whole(client: TestClient, tmp_path: Path) -> None:
    register = open_register(tmp_path)
    run = Run(id=runs.start(register, "ted", at=NOW), source="ted", started=NOW, ended=NOW, status="complete")
    runs.finish(register, run)
    assert "komplett" in client.get("/").text
    day = Window(
        source="ted", window="2026-10-01", announced=3, received=2, status="partial", problem="p", run=1, at=NOW
    )
    windows.put(register, day)
    register.close()
    page = client.get("/").text
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
    client: TestClient, tmp_path: Path, verdict: Verdict, right_clause: str, told: str
) -> None:
    register = open_register(tmp_path)
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
    page = client.get("/?lang=en").text
    assert 'lang="en"' in page
    assert "/foretag/asf-1?lang=en" in page
    assert client.get("/?lang=../../x").status_code == 200


@pytest.mark.parametrize("path", ["/annons/9-2026", "/foretag/nobody", "/nowhere", "/annons/..%2f..%2fetc"])
def test_what_is_not_there_is_404_without_a_trace(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 404
    assert "Traceback" not in page.text


def test_nothing_can_be_changed(client: TestClient) -> None:
    assert client.post("/").status_code == 405
    assert client.delete("/annons/1-2026").status_code == 405


def test_another_host_name_is_refused(client: TestClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_headers_keep_everything_outside_out(client: TestClient) -> None:
    for path in ("/", "/nowhere", "/static/style.css"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"


def test_hostile_text_stays_text(tmp_path: Path, words: WordEncoder) -> None:
    fill(tmp_path, words, HOSTILE)
    with TestClient(create_app(tmp_path, now=clock, settings=Settings())) as client:
        for path in ("/", "/foretag/asf-1", "/annons/1-2026"):
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
def test_only_loopback_is_served(host: str, inside: bool, tmp_path: Path) -> None:
    assert is_loopback(host) is inside
    if not inside:
        with pytest.raises(SettingsError, match="loopback"):
            serve(create_app(tmp_path, now=clock, settings=Settings()), host, 0, started=lambda _: None)


@pytest.mark.browser
def test_pages_in_a_real_browser(tmp_path: Path, words: WordEncoder) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    fill(tmp_path, words, HOSTILE)
    config = uvicorn.Config(create_app(tmp_path, now=clock, settings=Settings()), port=0, log_level="error")
    server = uvicorn.Server(config)
    ready = threading.Event()
    startup = server.startup

    async def started(sockets: Any = None) -> None:
        await startup(sockets=sockets)
        ready.set()

    server.startup = started  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert ready.wait(30)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    outside: list[str] = []
    faults: list[str] = []
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page()
        page.on("request", lambda r: outside.append(r.url) if not r.url.startswith((address, "data:")) else None)
        page.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: faults.append(str(e)))
        for width in (320, 768, 1280):
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                page.set_viewport_size({"width": width, "height": 800})
                for path in ("/", "/foretag/asf-1", "/annons/1-2026", "/om"):
                    page.goto(address + path)
                    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (path, width)
                    assert page.title().endswith("– Anbudslots")
        browser.close()
    server.should_exit = True
    thread.join(20)
    assert outside == []
    assert faults == []
