"""The adviser's queue: its order, its cards, judgements saved at once, undone, disagreed on; by keyboard alone."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect
from starlette.testclient import TestClient

from config.settings import Settings
from portal.advisers import queue
from portal.app import create_app
from portal.texts import texts
from register import audit, judgements, matches, notices
from register.database import Register, open_register
from register.models import Judgement, Money
from register.placing import LotPlace
from register.queue import Waiting
from tests.browsing import Watch, running, violations
from tests.conftest import NOW, make_enterprise, make_lot, make_notice
from tests.portal.conftest import SignIn, clock, csrf_of, make_match, session_of

# --- Order ---


def waits(probability: float | None = 0.5, days: float | None = 60, **changes: Any) -> Waiting:
    fields: dict[str, Any] = {
        "enterprise": "asf-1",
        "notice": "1-2026",
        "lot": "LOT-0000",
        "title": "Fönsterputs",
        "buyer": "Mora kommun",
        "score": 0.5,
        "probability": probability,
        "deadline": None if days is None else NOW + timedelta(days=days),
        "asked_by": "",
    }
    return Waiting(**{**fields, **changes})


def test_the_most_uncertain_and_the_most_urgent_come_first() -> None:
    asked = waits(0.99, asked_by="Bo B")
    uncertain = waits(0.5, days=60)
    urgent = waits(0.9, days=2)
    sure = waits(0.9, days=60)
    hopeless_but_urgent = waits(0.05, days=2)
    assert queue.ordered([hopeless_but_urgent, sure, urgent, uncertain, asked], NOW) == [
        asked,
        uncertain,
        urgent,
        sure,
        hopeless_but_urgent,
    ]


@pytest.mark.parametrize(
    ("days", "expected"), [(None, 0.0), (60, 0.0), (21, 0.0), (12, 0.5), (3, 1.0), (1, 1.0), (-1, 1.0)]
)
def test_urgency_grows_from_three_weeks_to_three_days(days: float | None, expected: float) -> None:
    deadline = None if days is None else NOW + timedelta(days=days)
    assert queue.urgency(deadline, NOW) == pytest.approx(expected)


@given(st.floats(0, 1), st.none() | st.floats(0.001, 1000), st.sampled_from(["", "Bo"]))
def test_priority_is_a_share(probability: float, days: float | None, asked_by: str) -> None:
    assert 0 <= queue.priority(waits(probability, days, asked_by=asked_by), NOW) <= 1


def test_words_are_found_in_title_buyer_and_name() -> None:
    rows = [waits(), waits(title="Gräs", notice="2-2026", enterprise="asf-2")]
    names = {"asf-1": "Skogsgläntan", "asf-2": "Ängen"}
    assert queue.found(rows, "fönster MORA skog", names) == rows[:1]
    assert queue.found(rows, "mora", names) == rows
    assert queue.found(rows, "fönster ängen", names) == []


# --- What a card says ---


def test_a_card_tells_the_distance_in_words() -> None:
    notice, t = make_notice(), texts("sv")
    home = make_enterprise(municipality="Mora")
    away = make_enterprise(municipality="Orsa")
    there = LotPlace(municipalities=("Mora",))
    # The seats lie at 61.00 N 14.54 E and 61.12 N 14.62 E: about 14 km.
    assert queue.place_words(home, notice, notice.lots[0], there, t) == "Mora, företagets egen kommun"
    assert queue.place_words(away, notice, notice.lots[0], there, t) == "Mora, ungefär 15 km från Orsa"
    assert queue.place_words(away, notice, notice.lots[0], LotPlace(), t) == "Mora"


@pytest.mark.parametrize(
    ("money", "months", "lots", "words"),
    [
        (240_000, 24, 1, "ungefär 120 000 kronor per år (köparens uppskattning)"),
        (240_000, None, 1, "240 000 kronor i allt (köparens uppskattning, tiden anges inte)"),
        (240_000, 24, 2, "ungefär 120 000 kronor per år (köparens uppskattning) för alla 2 delar"),
        (None, 24, 1, "anges inte"),
    ],
)
def test_a_card_tells_the_size_a_year(money: float | None, months: float | None, lots: int, words: str) -> None:
    made = tuple(make_lot(id=f"LOT-{n:04}", duration_months=months) for n in range(lots))
    notice = make_notice(lots=made, value=Money(amount=money) if money else None)
    assert queue.size_words(notice, made[0], texts("sv")).replace("\u00a0", " ") == words


# --- Saving, undoing, disagreeing, by forms ---


@pytest.fixture
def register(data: Path) -> Iterator[Register]:
    made = open_register(data)
    yield made
    made.close()


def say(client: TestClient, answer: str, *, key: str = "k" * 16, **changes: str) -> Any:
    form = {
        "csrf": csrf_of(client.get("/ko").text),
        "enterprise": "99-01",
        "notice": "990001-2026",
        "lot": "LOT-0000",
        "answer": answer,
        "key": key,
    }
    return client.post("/ko", data=form | changes)


def words_of(register: Register) -> list[tuple[str, str, str, str]]:
    return [(one.who, one.answer, one.reason, one.note) for one in judgements.of(register, everything=True)]


def test_a_card_shows_reasons_doubts_clauses_place_and_size(sign_in: SignIn) -> None:
    page = sign_in("adviser").get("/ko").text
    assert page.count('<article class="card"') == 2
    assert "Fönsterputs" in page
    assert "Arbetet är i Mora." in page
    assert "Reserverat kontrakt: gäller" in page
    assert "<q>Upphandlingen är reserverad enligt 4 kap. 18 § LOU.</q>" in page
    assert "Mora, företagets egen kommun" in page
    assert "torsdag 17 december 2026" in page
    assert "EXEMPEL, påhittad" in page


def test_a_word_is_saved_with_what_it_was_said_on(sign_in: SignIn, register: Register) -> None:
    client = sign_in("adviser")
    answer = say(client, "no:too_far", note="sju mil")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ko#senast")
    word = Judgement(
        enterprise="99-01",
        notice="990001-2026",
        lot="LOT-0000",
        answer="no",
        reason="too_far",
        note="sju mil",
        who="Asta A",
        score=0.7,
        place=1,
        at=NOW.astimezone(UTC),
    )
    assert judgements.of(register) == [word]
    page = client.get("/ko").text
    assert "Sparat 07:30: Nej: för långt bort" in page
    assert page.count('<article class="card"') == 1
    entry = audit.listing(register)[0]
    assert (entry.who, entry.action, entry.subject) == ("Asta A", "queue.judge", "enterprise 99-01")


def test_the_same_request_again_says_nothing_twice(sign_in: SignIn, register: Register) -> None:
    client = sign_in("adviser")
    for _ in range(3):
        assert say(client, "yes").status_code == 303
    assert words_of(register) == [("Asta A", "yes", "", "")]
    say(client, "yes", note="ring först")
    say(client, "maybe")
    assert [answer for _, answer, _, _ in words_of(register)] == ["yes", "yes", "maybe"]
    say(sign_in("other adviser"), "yes")
    assert len(words_of(register)) == 4


def test_undo_brings_back_what_was_said_before(sign_in: SignIn, register: Register) -> None:
    client = sign_in("adviser")
    say(client, "yes")
    say(client, "no:too_big")
    (number, _), *_ = judgements.latest(register, "Asta A")
    token = csrf_of(client.get("/ko").text)
    assert client.post("/ko/angra", data={"csrf": token, "number": number}).status_code == 303
    assert words_of(register) == [("Asta A", "yes", "", "")]
    assert client.post("/ko/angra", data={"csrf": token, "number": number}).status_code == 404
    (number, _), *_ = judgements.latest(register, "Asta A")
    client.post("/ko/angra", data={"csrf": token, "number": number})
    assert words_of(register) == []
    assert client.get("/ko").text.count('<article class="card"') == 2
    say(client, "yes")
    assert words_of(register) == [("Asta A", "yes", "", "")]
    kept = register.db.query("SELECT answer, withdrawn IS NULL AS holds FROM judgements ORDER BY id")
    assert [(row["answer"], row["holds"]) for row in kept] == [("yes", 0), ("no", 0), ("yes", 1)]


def test_nobody_undoes_anothers_word(sign_in: SignIn, register: Register) -> None:
    say(sign_in("adviser"), "yes")
    (number, _), *_ = judgements.latest(register, "Asta A")
    other = sign_in("other adviser")
    form = {"csrf": csrf_of(other.get("/ko").text), "number": number}
    assert other.post("/ko/angra", data=form).status_code == 404
    assert words_of(register) == [("Asta A", "yes", "", "")]


def test_what_one_has_judged_waits_for_others_only_if_a_second_opinion_is_asked(sign_in: SignIn) -> None:
    asta, bo = sign_in("adviser"), sign_in("other adviser")
    say(asta, "yes")
    assert '<article class="card"' not in bo.get("/ko").text
    subject = {"enterprise": "99-01", "notice": "990001-2026", "lot": "LOT-0000"}
    answer = asta.post("/ko/fraga", data={"csrf": csrf_of(asta.get("/ko").text)} | subject)
    assert answer.status_code == 303
    page = bo.get("/ko").text
    assert "Asta A vill ha en bedömning till." in page
    assert "<li>Asta A: Ja</li>" in page
    say(bo, "no:no_time", note="inte i år")
    assert '<article class="card"' not in bo.get("/ko").text
    for client in (asta, bo):
        page = client.get("/ko").text
        assert "Här säger ni olika" in page
        assert "<li>Asta A: Ja</li><li>Bo B: Nej: hinner inte. inte i år</li>" in page


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"answer": "perhaps"}, 400),
        ({"answer": "no:because"}, 400),
        ({"key": "short"}, 400),
        ({"enterprise": "asf-1"}, 404),
        ({"enterprise": "nobody"}, 404),
        ({"notice": "9-2026"}, 404),
        ({"lot": "LOT-9999"}, 404),
        ({"csrf": "forged"}, 403),
    ],
)
def test_what_can_not_be_judged_is_refused(
    sign_in: SignIn, register: Register, changes: dict[str, str], status: int
) -> None:
    client = sign_in("other adviser")
    answer = say(client, **{"answer": "yes", **changes})
    assert answer.status_code == status
    assert words_of(register) == []


def test_a_lot_whose_time_is_over_waits_no_longer(data: Path) -> None:
    app = create_app(data, now=lambda: datetime(2026, 12, 18, tzinfo=UTC), settings=Settings())
    with TestClient(app, base_url="http://127.0.0.1") as client:
        register = open_register(data)
        client.cookies.set("anbudslots-session", session_of(data, "adviser", lasts=timedelta(days=90)))
        register.close()
        assert "Inget väntar" in client.get("/ko").text


# --- In a real browser ---


def more_matches(data: Path, count: int) -> None:
    """So many tenders for asf-1, each with a title of its own, ordered by how uncertain they are."""
    register = open_register(data)
    made = []
    for n in range(count):
        number = f"{n + 100}-2026"
        lot = make_lot(title=f"Uppdrag {n:02}", description="Gräs ska klippas på skolgårdar varje vecka hela sommaren.")
        notices.add(register, make_notice(number, title=f"Uppdrag {n:02}", lots=(lot,)), raw=None, at=NOW)
        made.append(make_match("asf-1", number, score=0.5 + n / 100))
    matches.replace(register, "asf-1", made, scope="open", fingerprint="more", at=NOW)
    matches.replace(register, "99-01", [], scope="open", fingerprint="none", at=NOW)
    register.close()


class Desk(NamedTuple):
    page: Page
    watch: Watch


@pytest.fixture
def desk(data: Path, browser: Browser) -> Iterator[Desk]:
    """The queue of 30 matches in a browser, signed in as the adviser; nothing may go wrong in it."""
    more_matches(data, 30)
    with running(create_app(data, now=clock, settings=Settings())) as address:
        context = browser.new_context(base_url=address)
        watch = Watch(context, address)
        session = session_of(data, "adviser")
        context.add_cookies([{"name": "anbudslots-session", "value": session, "url": address}])
        made = context.new_page()
        made.goto("/ko")
        yield Desk(made, watch)
        watch.assert_quiet()
        context.close()


@pytest.fixture
def page(desk: Desk) -> Page:
    return desk.page


def holding(data: Path) -> Mapping[str, tuple[str, str, str]]:
    """(answer, reason, note) of each judged notice, as the register has it."""
    register = open_register(data)
    said = {one.notice: (one.answer, one.reason, one.note) for one in judgements.of(register)}
    register.close()
    return said


def saved(page: Page, count: int) -> None:
    """Wait until the page says that so many are saved."""
    expect(page.locator(".card.judged")).to_have_count(count)


@pytest.mark.browser
def test_thirty_matches_are_judged_by_keyboard_alone(page: Page, data: Path) -> None:
    press = page.keyboard.press
    assert page.locator(".card").count() == 30
    answers = []
    for n in range(30):
        title = page.evaluate("document.activeElement.querySelector('h2').textContent")
        assert title == f"Uppdrag {n:02}"
        kind = n % 3
        if kind == 0:
            press("1")
            answers.append(("yes", "", ""))
        elif kind == 1:
            press("n")
            page.keyboard.type("ring j k 1")
            press("Escape")
            press("2")
            answers.append(("maybe", "", "ring j k 1"))
        else:
            press("3")
            press("2")
            answers.append(("no", "too_far", ""))
    saved(page, 30)
    assert holding(data) == {f"{n + 100}-2026": answer for n, answer in enumerate(answers)}
    # Undo the last two, then leave the page and undo one more.
    press("u")
    saved(page, 29)
    press("u")
    saved(page, 28)
    page.goto("/foretag")
    page.goto("/ko")
    assert page.locator(".card").count() == 2
    press("u")
    page.get_by_text("Ångrat. Träffen väntar igen.").first.wait_for()
    assert holding(data) == {f"{n + 100}-2026": answer for n, answer in enumerate(answers[:27])}
    page.reload()
    assert page.locator(".card h2").all_text_contents() == ["Uppdrag 27", "Uppdrag 28", "Uppdrag 29"]


@pytest.mark.browser
def test_keys_move_search_open_and_can_be_switched_off(page: Page, data: Path) -> None:
    press = page.keyboard.press

    def focused() -> str:
        return str(page.evaluate("(document.activeElement.querySelector('h2') || document.activeElement).textContent"))

    for key, title in (("j", "01"), ("j", "02"), ("k", "01"), ("k", "00"), ("k", "00")):
        press(key)
        assert focused() == f"Uppdrag {title}"
    press("3")
    press("Escape")
    press("?")
    assert page.locator("#help").get_attribute("open") is not None
    assert violations(page) == []
    page.get_by_label("Tangenterna är på").focus()
    press("Space")
    press("1")
    page.locator(".card").first.focus()
    press("1")
    press("j")
    assert focused() == "Uppdrag 00"
    page.get_by_label("Tangenterna är på").focus()
    press("Space")
    press("/")
    page.keyboard.type("uppdrag 07")
    press("Enter")
    page.wait_for_url("**/ko?q=uppdrag+07")
    assert page.locator(".card").count() == 1
    press("o")
    page.wait_for_url("**/annons/107-2026")
    assert holding(data) == {}


@pytest.mark.browser
def test_no_answer_is_lost_when_the_network_breaks(desk: Desk, data: Path) -> None:
    page, press = desk.page, desk.page.keyboard.press
    desk.watch.expected = ("ERR_FAILED",)
    # The first answer arrives, but its receipt is lost on the way back; then nothing gets through.
    lost: list[str] = []

    def cut(route: Any) -> None:
        if route.request.method == "POST":
            if not lost:
                lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    page.route("**/ko*", cut)
    press("1")
    press("2")
    press("1")
    press("u")
    page.get_by_text("Inte sparade ännu: 2").wait_for()
    assert len(lost) == 1
    assert len(holding(data)) == 1
    page.unroute("**/ko*")
    page.evaluate("dispatchEvent(new Event('online'))")
    saved(page, 2)
    assert holding(data) == {"100-2026": ("yes", "", ""), "101-2026": ("maybe", "", "")}
    register = open_register(data)
    assert len(judgements.of(register, everything=True)) == 2
    register.close()


@pytest.mark.browser
def test_the_queue_works_without_script(data: Path, browser: Browser) -> None:
    more_matches(data, 3)
    with running(create_app(data, now=clock, settings=Settings())) as address:
        context = browser.new_context(base_url=address, java_script_enabled=False)
        context.add_cookies([{"name": "anbudslots-session", "value": session_of(data, "adviser"), "url": address}])
        page = context.new_page()
        page.goto("/ko")
        card = page.locator(".card").first
        card.locator("summary").first.click()
        card.get_by_role("button", name="fel sorts arbete").click()
        assert page.locator(".card").count() == 2
        assert holding(data) == {"100-2026": ("no", "wrong_work", "")}
        page.get_by_role("button", name="Ångra Nej: fel sorts arbete om Uppdrag 00").click()
        assert page.locator(".card").count() == 3
        assert holding(data) == {}
        context.close()
