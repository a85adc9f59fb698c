"""The adviser's search: words in all their forms, choices, saved searches, files that open safely."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from openpyxl import load_workbook
from playwright.sync_api import Browser, Locator, Page
from starlette.testclient import TestClient

from config.settings import DocumentSettings, Settings
from crawler.archive import Archive
from crawler.documents import adding
from matcher import judging, screener
from portal.advisers import held, indexing, searching
from portal.app import create_app
from register import joins, notices, saved_searches, search
from register.database import Register, memory_register, open_register
from register.models import Buyer, Place
from tests.browsing import Watch, running, violations
from tests.conftest import NOW, make_lot, make_notice
from tests.portal.conftest import HOSTILE, SignIn, clock, csrf_of, fill, session_of

CLEANING = make_notice(
    "990101-2026",
    title="Lokalvård förskolor",
    procedure_id=None,
    lots=(make_lot(title="Städtjänster", description="Golven bonas.", cpv=("90911000",)),),
)
LAUNDRY = make_notice(
    "990102-2026",
    title="Tvätt av arbetskläder",
    procedure_id=None,
    buyer=Buyer(name="Falu kommun"),
    lots=(
        make_lot(
            title="Tvätt",
            description="Kläderna tvättas varje vecka.",
            cpv=("98310000",),
            places=(Place(nuts="SE312", city="Falun"),),
            deadline=datetime(2026, 11, 28, 12, tzinfo=UTC),
        ),
    ),
)
OVER = make_notice("990103-2026", title="Städning av bussar", procedure_id=None, buyer=Buyer(name="Mora kommun"),
                   lots=(make_lot(description="Bussarna städas.", deadline=NOW - timedelta(days=3)),))  # fmt: skip


@pytest.fixture
def full(register: Register) -> Register:
    """Three notices, one of them over."""
    for one in (CLEANING, LAUNDRY, OVER):
        notices.add(register, one, raw=None, at=NOW)
    indexing.catch_up(register)
    return register


def numbers(register: Register, asked: str = "", **chosen: str) -> list[str]:
    """Numbers that a search finds, in its order."""
    query = searching.read({"q": [asked], **{name: value.split(",") for name, value in chosen.items()}})
    found = held.find(register, query, NOW)
    return [number for number, _ in search.lots(register, found.ids)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("förskola", ["990101-2026"]),
        ("FÖRSKOLORNA", ["990101-2026"]),
        ("städtjänst", ["990101-2026"]),
        ("arbete", ["990102-2026"]),  # a part of a compound
        ("arbetskläder tvätt", ["990102-2026"]),
        ("tvätt bonas", []),
        ("2026 -tvätt", ["990101-2026"]),
        ("tvätt -klädernas", []),
        ("arbets*", ["990102-2026"]),
        ("990102-2026", ["990102-2026"]),
        ("falu", ["990102-2026"]),
        ('"lokalvård" OR NEAR(', []),  # no expression of FTS5's own
        ("och", ["990101-2026", "990102-2026"]),  # says nothing, so everything that is open
    ],
)
def test_words_are_found_in_all_their_forms(full: Register, asked: str, found: list[str]) -> None:
    assert sorted(numbers(full, asked)) == found


def test_what_is_over_is_found_on_demand(full: Register) -> None:
    assert numbers(full, "buss", time="open") == []
    assert numbers(full, "buss", time="closed") == ["990103-2026"]
    assert numbers(full, "2026", time="all", sort="deadline") == ["990103-2026", "990102-2026", "990101-2026"]
    assert numbers(full, time="week") == ["990102-2026"]


def test_choices_of_one_kind_are_alternatives_and_kinds_all_hold(full: Register) -> None:
    assert numbers(full, cpv="90000000") == ["990101-2026"]
    assert sorted(numbers(full, cpv="90911000,98310000")) == ["990101-2026", "990102-2026"]
    assert numbers(full, cpv="90911000,98310000", municipality="Falun") == ["990102-2026"]
    assert numbers(full, county="01") == []


def test_counts_tell_what_each_choice_would_leave(full: Register) -> None:
    found = held.find(full, searching.read({"municipality": ["Mora"]}), NOW)
    # By hand: open are 990101 (Mora) and 990102 (Falun). Of its own kind Falun would add one; of other kinds only
    # what stands in Mora is left.
    assert found.counts["municipality"] == {"Mora": 1, "Falun": 1}
    assert found.counts["cpv"]["90000000"] == 1
    assert "98000000" not in found.counts["cpv"]
    assert found.times == {"open": 1, "week": 0, "fortnight": 0, "month": 1, "closed": 1, "all": 2}


def test_a_clause_and_what_is_said_of_it_are_of_the_same_finding(register: Register) -> None:
    text = "Upphandlingen är reserverad enligt 4 kap. 18 § LOU."
    notices.add(register, make_notice("990104-2026", lots=(make_lot(description=text),)), raw=None, at=NOW)
    screener.new(register, now=NOW, closed=False, progress=lambda _done, _all: None)
    indexing.catch_up(register)
    own = "reserved_participation"
    assert numbers(register, clause=own, polarity="affirmed", reserved="yes") == ["990104-2026"]
    assert numbers(register, clause=own, polarity="negated") == []
    judging.correct(register, "990104-2026", own, "negated", who="Asta", now=NOW)
    assert search.waiting(register) == 1
    indexing.catch_up(register)
    assert numbers(register, clause=own, polarity="negated", reserved="no") == ["990104-2026"]


def test_the_index_follows_what_changes(full: Register) -> None:
    assert search.waiting(full) == 0
    notices.add(full, LAUNDRY.model_copy(update={"title": "Mangling av dukar"}), raw=None, at=NOW)
    assert search.due(full, 10) == ["990102-2026"]
    assert indexing.catch_up(full) == 1
    assert numbers(full, "mangling") == ["990102-2026"]
    # A second notice of the same tender stands for it: the first is found no longer.
    again = make_notice("990105-2026", title="Mangling av dukar, ändrad", procedure_id=None, lots=LAUNDRY.lots)
    notices.add(full, again, raw=None, at=NOW)
    joins.decide(full, "990102-2026", "990105-2026", same=True, by="Asta", why="test", at=NOW)
    indexing.catch_up(full)
    assert len(numbers(full, "mangling")) == 1


def test_the_text_of_documents_is_found(full: Register, tmp_path: Path) -> None:
    paper = tmp_path / "underlag.txt"
    paper.write_text("Leverantören ska ta emot fem praktikanter.", encoding="utf-8")
    adding.add([paper], "990101-2026", register=full, archive=Archive(tmp_path / "raw"), at=NOW,
               settings=DocumentSettings())  # fmt: skip
    indexing.catch_up(full)
    assert numbers(full, "praktikant") == ["990101-2026"]


EMPTY = memory_register()


@given(st.text(max_size=60))
@settings(deadline=None)
def test_no_words_break_the_expression(asked: str) -> None:
    assert held.find(EMPTY, searching.read({"q": [asked]}), NOW).ids == ()


def test_an_address_says_the_same_as_what_was_read() -> None:
    query = searching.read({"q": ["två ord"], "county": ["20", "01"], "clause": ["equality"], "sort": ["newest"],
                            "page": ["3"], "nonsense": ["x"]})  # fmt: skip
    assert query.address() == "q=tv%C3%A5+ord&county=20&county=01&clause=equality&sort=newest&page=3"
    assert searching.read({"page": ["0"], "time": ["x"]}) == searching.Query(chosen={})


def test_what_is_held_follows_what_changes(tmp_path: Path) -> None:
    register = open_register(tmp_path)
    every = searching.read({"time": ["all"]})
    for number, one in enumerate((CLEANING, LAUNDRY, OVER), start=1):
        notices.add(register, one, raw=None, at=NOW)
        indexing.catch_up(register)
        assert len(held.find(register, every, NOW).ids) == number
    first = held.lots(register)
    assert held.lots(register) is first
    notices.add(register, LAUNDRY.model_copy(update={"title": "Mangling"}), raw=None, at=NOW)
    indexing.catch_up(register)
    assert held.lots(register).ids.tolist() == [1, 3, 5]
    assert len(held.find(register, every, NOW).ids) == 3
    assert numbers(register, "mangling") == ["990102-2026"]
    register.close()


def test_words_in_titles_come_first(full: Register) -> None:
    body = make_notice("990107-2026", title="Annat", lots=(make_lot(title="", description="Tvätt av mattor."),))
    notices.add(full, body.model_copy(update={"published": NOW.date()}), raw=None, at=NOW)
    indexing.catch_up(full)
    assert numbers(full, "tvätt") == ["990102-2026", "990107-2026"]
    assert numbers(full, "tvätt", sort="newest") == ["990107-2026", "990102-2026"]


@pytest.fixture
def client(sign_in: SignIn, data: Path) -> TestClient:
    register = open_register(data)
    risky = make_notice("990106-2026", title="=HYPERLINK(1) golv", lots=(make_lot(title=""),), procedure_id=None)
    for one in (CLEANING, LAUNDRY, risky):
        notices.add(register, one, raw=None, at=NOW)
    register.close()
    made = sign_in("adviser")
    # The first search tells that notices wait; they are read in once it has been answered.
    assert "5 annonser läses in" in made.get("/sok").text
    assert "läses in" not in made.get("/sok").text
    return made


def test_the_page_shows_lots_choices_and_pages(client: TestClient) -> None:
    page = client.get("/sok?q=tv%C3%A4tt&municipality=Falun").text
    assert '<h2 id="svar">1 träff</h2>' in page
    assert '<a href="/annons/990102-2026">' in page
    assert '<input type="checkbox" name="municipality" value="Falun" checked>' in page
    assert "Reserverat kontrakt: gäller" in client.get("/sok?clause=reserved_participation").text
    assert client.get("/sok?lang=en&page=99").status_code == 200


def test_a_search_is_saved_for_its_own_account(client: TestClient, sign_in: SignIn, data: Path) -> None:
    token = csrf_of(client.get("/sok?q=tv%C3%A4tt&county=20").text)
    form = {"csrf": token, "q": "tvätt", "county": "20", "name": "Tvätt i Dalarna <b>"}
    assert client.post("/sok/spara", data=form).status_code == 303
    page = client.get("/sok").text
    assert '<a href="/sok?q=tv%C3%A4tt&amp;county=20">Tvätt i Dalarna &lt;b&gt;</a>' in page
    other = sign_in("other adviser")
    assert "Dalarna" not in other.get("/sok").text.partition('id="sparade"')[2]
    own = {"csrf": csrf_of(other.get("/sok").text), "number": "1"}
    assert other.post("/sok/glom", data=own).status_code == 303
    register = open_register(data)
    assert [one.name for account in (1, 2, 3) for one in saved_searches.of(register, account)] == [
        "Tvätt i Dalarna <b>"
    ]
    register.close()
    client.post("/sok/glom", data={"csrf": token, "number": "1"})
    assert "Dalarna &lt;" not in client.get("/sok").text
    assert client.post("/sok/spara", data={"csrf": token, "name": " "}).status_code == 400


def test_what_was_found_is_a_file_without_formulas(client: TestClient) -> None:
    csv = client.get("/sok/fil?format=csv&q=golv")
    assert csv.headers["content-disposition"].startswith("attachment")
    assert ";'=HYPERLINK(1) golv" in csv.content.decode("utf-8-sig")
    book = load_workbook(io.BytesIO(client.get("/sok/fil?format=xlsx&q=golv").content))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert any(str(cell.value).startswith("'=HYPERLINK") for cell in cells)
    rows = json.loads(client.get("/sok/fil?format=json&q=tv%C3%A4tt").content)
    assert [(row["number"], row["deadline"], row["reserved"], row["example"]) for row in rows] == [
        ("990102-2026", "2026-11-28T12:00:00+00:00", False, True)
    ]
    assert client.get("/sok/fil?format=exe").status_code == 400


def test_last_days_go_into_a_calendar(client: TestClient) -> None:
    entries = Calendar.from_ical(client.get("/sok/fil?format=ics&q=tv%C3%A4tt").content).walk("VEVENT")
    assert [str(one["summary"]) for one in entries] == [
        "EXEMPEL, påhittad: Sista dag för anbud: Tvätt (Tvätt av arbetskläder)"
    ]
    assert entries[0].decoded("dtstart") == datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.browser
def test_a_search_by_keyboard_alone(tmp_path: Path, browser: Browser) -> None:
    """Words, a choice, the first answer: with Tab, Space and Enter; hostile text in every field."""
    fill(tmp_path, HOSTILE)
    register = open_register(tmp_path)
    indexing.catch_up(register)
    register.close()
    with running(create_app(tmp_path, now=clock, settings=Settings())) as address:
        context = browser.new_context(base_url=address, viewport={"width": 320, "height": 800})
        watch = Watch(context, address)
        context.add_cookies([{"name": "anbudslots-session", "value": session_of(tmp_path, "adviser"), "url": address}])
        page = context.new_page()
        page.goto("/sok")
        page.locator("#q").focus()
        page.keyboard.type("fönster")
        page.keyboard.press("Enter")
        assert page.locator("#svar").inner_text() == "2 träffar"
        summary = page.locator("summary", has_text="Reserverad")
        reach(page, summary)
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        while page.locator(":focus").get_attribute("value") != "yes":
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_url("**reserved=yes**")
        assert page.locator("#svar").inner_text() == "1 träff"
        assert violations(page) == []
        assert "reserved=yes" in page.url
        watch.assert_quiet()
        context.close()


def reach(page: Page, target: Locator, most: int = 60) -> None:
    """Tab on until an element has the focus."""
    for _ in range(most):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("not reached by the keyboard")
