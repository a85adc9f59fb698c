"""The adviser's enterprise page: gaps, letters, answers, near misses; suggested codes; the next letter, approved."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from config.settings import Settings
from matcher.signals import SIGNALS
from notifier import gathering
from notifier.digest import Digest, Quiet
from portal.advisers.letter_page import Next
from portal.app import create_app
from register import approvals, audit, consents, deliveries, enterprises, evidence, judgements, matches, notices
from register.database import open_register
from register.evidence import Evidence
from register.models import Delivery, Judgement, Signal
from tests.browsing import Watch, running, violations
from tests.conftest import NOW, WordEncoder, make_enterprise, make_lot, make_notice
from tests.portal.conftest import HOSTILE, SignIn, clock, csrf_of, fill, make_match, session_of

LETTER = "/foretag/asf-1/brev"
PERIOD = "2026-W48"
EARLY = NOW - timedelta(hours=1)
"""Within the day that a letter, due on Monday at seven, waits for an approval; at NOW that day is over."""
TENDER = {"notice": "1-2026", "lot": "LOT-0000"}


@pytest.fixture
def client(sign_in: SignIn) -> TestClient:
    return sign_in("adviser")


def post(client: TestClient, path: str, **form: Any) -> str | int:
    """Where one is led to, or the status."""
    answer = client.post(path, data={"csrf": csrf_of(client.get(LETTER).text), **form})
    return answer.headers["location"] if answer.status_code == 303 else answer.status_code


def letter(data: Path, now: datetime = EARLY) -> Digest | Quiet:
    """What would be sent."""
    register = open_register(data)
    own = enterprises.get(register, "asf-1")
    made = gathering.letter(register, own, settings=Settings(), now=now, period=PERIOD)
    register.close()
    return made


def test_gaps_and_papers_that_are_out_of_date_are_told(client: TestClient, data: Path) -> None:
    register = open_register(data)
    enterprises.add(register, make_enterprise(cpv=(), capacity={}), at=NOW - timedelta(days=400))
    last = date(2026, 1, 1)
    old = Evidence(enterprise="asf-1", kind="insurance", dated=date(2025, 1, 1), until=last, by="Asta A", at=NOW)
    evidence.add(register, old, None)
    register.close()
    page = client.get("/foretag/asf-1").text
    for text in ("Inga CPV-koder.", "Största avtal per år är inte angivet.", "över ett år", "Ingen adress har sagt ja"):
        assert text in page
    assert "Försäkring: gick ut 1 januari 2026." in page


@pytest.mark.parametrize(
    ("address", "told"),
    [("asta.alm@asf.example", True), ("asta-alm@asf.example", True), ("info@asf.example", False),
     ("info.mora@asf.example", False), ("skogsglantan@asf.example", False)],
)  # fmt: skip
def test_a_shared_address_is_asked_for(client: TestClient, data: Path, address: str, told: bool) -> None:
    register = open_register(data)
    consents.confirm(register, "asf-1", address, how="by post", at=NOW)
    register.close()
    assert ("En gemensam, som info@" in client.get("/foretag/asf-1").text) == told


def test_letters_and_answers_are_listed(client: TestClient, data: Path) -> None:
    register = open_register(data)
    sent = Delivery(
        message_id="m1",
        enterprise="asf-1",
        recipient="info@skogsglantan.example",
        period="2026-W47",
        state="accepted",
        subject="s",
        lots=(("1-2026", "LOT-0000"),),
        created=NOW,
        changed=NOW,
    )
    deliveries.queue(register, sent, mime=b"", html="", told=())
    word = Judgement(
        enterprise="asf-1", **TENDER, answer="no", reason="too_far", note="<i>", who="Skogsgläntan", at=NOW
    )
    judgements.add(register, word)
    register.close()
    page = client.get("/foretag/asf-1").text
    assert "2026-W47, mottaget av e-postservern: <a" in page
    assert "Skogsgläntan: <strong>Nej</strong>, för långt bort" in page
    assert "&lt;i&gt;" in page


def test_what_stopped_a_near_miss_is_told(client: TestClient, data: Path) -> None:
    """Its own work in the wrong place: only the place lifts it."""
    good = {"meaning": 0.95, "meaning_headline": 0.95, "words": 0.8, "words_headline": 0.8, "trade": 1.0,
            "trade_share": 1.0, "codes": 1.0, "size": 1.0, "lasting": 1.0, "service": 1.0}  # fmt: skip
    near = make_match(
        "asf-1", "1-2026", score=0.1, signals=tuple(Signal(name=n, value=good.get(n, 0)) for n in SIGNALS)
    )
    register = open_register(data)
    matches.replace(register, "asf-1", [near], scope="open", fingerprint="x", at=NOW)
    register.close()
    page = client.get("/foretag/asf-1").text
    assert "1 längre ner, under gränsen för brevet" in page
    assert "platsen är utanför området" in page.partition("Nästan, och vad som stoppade")[2]


def test_suggested_codes_are_confirmed(client: TestClient, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "anbudslots match" in client.get("/foretag/asf-1/koder").text
    monkeypatch.setattr("portal.advisers.readers.ready", lambda _data: True)
    monkeypatch.setattr("portal.assessors.model", lambda _settings, _data: WordEncoder())
    # The first time the labels are read once the page has been answered.
    assert "namnen på alla koder" in client.get("/foretag/asf-1/koder").text
    page = client.get("/foretag/asf-1/koder").text
    assert 'value="90911300" checked' in page
    assert "<q>klipper gräs</q>" in page
    assert post(client, "/foretag/asf-1/koder", cpv=["77310000", "90911300"]) == "/foretag/asf-1"
    register = open_register(data)
    assert enterprises.get(register, "asf-1").cpv == ("77310000", "90911300")
    assert "codes.confirm" in {one.action for one in audit.listing(register, subject="enterprise asf-1")}
    register.close()
    assert post(client, "/foretag/asf-1/koder", cpv=["12"]) == 400
    assert post(client, "/foretag/asf-1/koder", cpv=["00000000"]) == 400


def test_a_letter_is_approved_as_it_was_read(client: TestClient, data: Path) -> None:
    page = client.get(LETTER).text
    assert "Fönsterputs" in page
    assert "Brevet går även utan godkännande." in page
    assert isinstance(letter(data), Quiet)
    assert approve(client) == LETTER
    assert "Godkänt av Asta A" in client.get(LETTER).text
    made = letter(data)
    assert isinstance(made, Digest)
    assert made.care.read == "Asta A"
    # A change takes the approval back.
    assert post(client, LETTER, do="greet", note="Hej! Titta på den första.") == LETTER
    assert isinstance(letter(data), Quiet)
    assert "Hej! Titta på den första." in client.get(LETTER).text.partition('id="hela"')[2]


def approve(client: TestClient) -> str | int:
    page = client.get(LETTER).text
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    return post(client, f"{LETTER}/godkann", seen=seen, period=PERIOD)


def test_what_changed_since_it_was_read_is_not_approved(client: TestClient, data: Path) -> None:
    page = client.get(LETTER).text
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    register = open_register(data)
    notices.add(register, make_notice("5-2026", title="Gräsklippning"), raw=None, at=NOW)
    both = [make_match("asf-1", number) for number in ("1-2026", "5-2026")]
    matches.replace(register, "asf-1", both, scope="open", fingerprint="x", at=NOW)
    register.close()
    assert post(client, f"{LETTER}/godkann", seen=seen, period=PERIOD) == f"{LETTER}?andrat"
    assert "Läs det igen" in client.get(f"{LETTER}?andrat").text
    assert isinstance(letter(data), Quiet)
    assert post(client, f"{LETTER}/godkann", seen="", period=PERIOD) == f"{LETTER}?andrat"
    assert approve(client) == LETTER


def test_a_tender_is_held_back_and_let_in_again(client: TestClient, data: Path) -> None:
    assert post(client, LETTER, do="hold", **TENDER) == LETTER
    page = client.get(LETTER).text
    assert "Inget brev den här veckan." in page
    assert "Hålls tillbaka" in page
    assert post(client, LETTER, do="let_in", **TENDER) == LETTER
    assert "Hålls tillbaka" not in client.get(LETTER).text


def test_a_tender_is_added_with_a_note(client: TestClient, data: Path) -> None:
    register = open_register(data)
    lot = make_lot(title="Snöskottning", description="Snö skottas.")
    notices.add(register, make_notice("6-2026", title="Snöskottning", lots=(lot,)), raw=None, at=NOW)
    both = [make_match("asf-1", "1-2026"), make_match("asf-1", "6-2026", score=0.05)]
    matches.replace(register, "asf-1", both, scope="open", fingerprint="x", at=NOW)
    register.close()
    assert "Snöskottning" not in client.get(LETTER).text.partition('id="hela"')[2]
    assert post(client, LETTER, do="add", which="6-2026 LOT-0000", note="Ni har ju plogen.") == LETTER
    whole = client.get(LETTER).text.partition('id="hela"')[2]
    assert "Snöskottning" in whole
    assert "Ni har ju plogen." in whole


def test_a_tender_is_worded_anew(client: TestClient, data: Path) -> None:
    shown = {"title": "Putsa fönster i Mora", "about": "Sex förskolor, två gånger om året.", "fits": "", "watch": ""}
    assert post(client, LETTER, do="word", **TENDER, **shown) == LETTER
    whole = client.get(LETTER).text.partition('id="hela"')[2]
    assert "Putsa fönster i Mora" in whole
    assert "Sex förskolor, två gånger om året." in whole
    assert "Arbetet är i Mora" not in whole
    register = open_register(data)
    kept = {edit.part: edit.text for edit in approvals.of(register, "asf-1", PERIOD).edits}
    register.close()
    # What was not changed is not kept as the adviser's words; what was emptied is left out.
    assert kept == {"title": shown["title"], "about": shown["about"], "fits": ""}
    assert post(client, LETTER, do="word", **TENDER, **{**shown, "about": "Sju."}) == LETTER
    assert "Putsa fönster i Mora" in client.get(LETTER).text.partition('id="hela"')[2]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"do": "burn", **TENDER}, 400),
        ({"do": "hold", "notice": "9-2026", "lot": "LOT-0000"}, 404),
        ({"do": "hold", "notice": "1-2026", "lot": "LOT-9"}, 404),
        ({"do": "add", "which": "990001-2026 LOT-0000"}, 400),  # an invented tender in a real letter
    ],
)
def test_what_can_not_be_meant_changes_nothing(
    client: TestClient, data: Path, form: dict[str, str], status: int
) -> None:
    assert post(client, LETTER, **form) == status
    register = open_register(data)
    assert approvals.of(register, "asf-1", PERIOD) == approvals.Approval(enterprise="asf-1", period=PERIOD)
    register.close()


def test_a_letter_that_was_made_leads_to_the_next(client: TestClient, data: Path) -> None:
    register = open_register(data)
    sent = Delivery(
        message_id="m1",
        enterprise="asf-1",
        recipient="info@skogsglantan.example",
        period=PERIOD,
        state="accepted",
        subject="s",
        lots=(("1-2026", "LOT-0000"),),
        created=NOW,
        changed=NOW,
    )
    told = made.told if isinstance(made := letter(data, NOW), Digest) else ()
    deliveries.queue(register, sent, mime=b"", html="", told=told)
    register.close()
    page = client.get(LETTER).text
    assert "vecka 2026-W49" in page
    assert "Inget brev den här veckan." in page
    # What has been told is not offered once more: it would not be told twice.
    assert "Lägg till en upphandling</h2>" not in page


def test_anothers_letter_is_not_found(sign_in: SignIn) -> None:
    other = sign_in("other adviser")
    assert other.get(LETTER).status_code == 404
    token = csrf_of(other.get("/sok").text)
    for path in (LETTER, f"{LETTER}/godkann", "/foretag/asf-1/koder"):
        assert other.post(path, data={"csrf": token, "do": "hold", **TENDER}).status_code == 404


def test_a_quiet_week_has_nothing_to_approve() -> None:
    nothing = Next(make_enterprise(), PERIOD, approvals.Approval(enterprise="asf-1", period=PERIOD), Quiet(reason="x"))
    assert nothing.seen == ""


@pytest.mark.browser
def test_a_letter_is_looked_at_and_approved_by_keyboard_alone(tmp_path: Path, browser: Browser) -> None:
    fill(tmp_path, HOSTILE)
    with running(create_app(tmp_path, now=clock, settings=Settings())) as address:
        context = browser.new_context(base_url=address, viewport={"width": 320, "height": 800})
        watch = Watch(context, address)
        context.add_cookies([{"name": "anbudslots-session", "value": session_of(tmp_path, "adviser"), "url": address}])
        page = context.new_page()
        page.goto("/foretag/asf-1")
        page.locator("a", has_text="Nästa brev").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{LETTER}")
        page.keyboard.press("Tab")
        while page.locator(":focus").inner_text() != "Godkänn brevet":
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("p.done >> text=Godkänt av Asta A")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.title() != "owned"
        watch.assert_quiet()
        context.close()
