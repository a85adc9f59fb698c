"""The enterprise's own page: by its letter's link alone, with what a change brings, kept part by part."""

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from config import secret
from config.settings import MailSettings, MatcherSettings, ServeSettings, Settings
from matcher import matching
from matcher.encoder import SentenceEncoder
from notifier import gathering, links
from notifier.digest import Digest, Quiet
from portal.app import create_app
from register import audit, consents, enterprises, evidence, judgements, matches, notices, revocations
from register.database import Register, open_register
from register.evidence import Evidence
from register.models import Judgement, Money, Place
from tests.browsing import Watch, look, running
from tests.conftest import NOW, make_enterprise, make_lot, make_notice
from tests.notifier.mailserver import Recorder, serving
from tests.portal.conftest import ADDRESS, HOSTILE, clock, fill, link_token

READER = "info@skogsglantan.example"
HASH = consents.address_hash(READER)
OWN: dict[str, Any] = {
    "municipality": "Malung-Sälen",
    "reach": {"municipalities": ("Malung-Sälen",)},
    "digest": {"approval": False},
}
FAR = ("2-2026", "3-2026")
"""Tenders in Rättvik, which the enterprise does not reach."""


def fill_tenders(folder: Path, model: SentenceEncoder) -> None:
    """An enterprise in Malung, tenders that suit it there and in Rättvik, matched."""
    register = open_register(folder)
    enterprises.add(register, make_enterprise(**OWN), at=NOW)
    consents.confirm(register, "asf-1", READER, how="by post", at=NOW - timedelta(days=30))
    for number, city, value in (("1-2026", "Malung", 3e5), ("2-2026", "Rättvik", 3e5), ("3-2026", "Rättvik", 2e5)):
        lot = make_lot(places=(Place(city=city),), value=Money(amount=value), duration_months=12)
        made = make_notice(number, title=f"Fönsterputs i {city}, {number[0]}", lots=(lot,))
        notices.add(register, made, raw=None, at=NOW)
    rematch(register, model)
    register.close()


def rematch(register: Register, model: SentenceEncoder) -> None:
    """What the nightly run does."""
    matching.run(register, model, MatcherSettings(), now=NOW)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, model: SentenceEncoder) -> Path:
    made = tmp_path_factory.mktemp("own")
    fill_tenders(made, model)
    return made


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """A data folder of one's own, matched by the bundled model once for all tests."""
    shutil.copytree(filled, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def register(folder: Path) -> Iterator[Register]:
    opened = open_register(folder)
    yield opened
    opened.close()


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(folder, now=clock, settings=Settings()), base_url=ADDRESS) as made:
        yield made


@pytest.fixture
def path(folder: Path) -> str:
    return f"/profil/{link_token(folder, 'profile')}"


def in_letter(register: Register) -> set[str]:
    """What the next letter would tell."""
    made = gathering.draft(
        register, enterprises.get(register, "asf-1"), settings=Settings(), now=NOW, period="2026-W48"
    )
    return {item.number for item in made.items} if isinstance(made, Digest) else set()


def test_the_page_tells_what_a_wider_reach_would_have_brought(client: TestClient, path: str) -> None:
    page = client.get(path).text
    assert "Med Rättvik hade ni fått två till förra månaden" in page
    assert "Lägg till Rättvik" in page
    assert "Passar just nu" in page
    assert "Fönsterputs i Malung, 1" in page


def test_what_is_promised_comes_with_the_next_match(
    client: TestClient, path: str, register: Register, model: SentenceEncoder
) -> None:
    assert in_letter(register) == {"1-2026"}
    page = client.post(path, data={"part": "reach", "add": "Rättvik"})
    assert page.status_code == 200
    assert "Sparat." in page.text
    assert "Med Rättvik hade ni fått två till förra månaden" in page.text
    assert enterprises.get(register, "asf-1").reach.municipalities == ("Malung-Sälen", "Rättvik")
    assert "Lägg till Rättvik" not in client.get(path).text
    rematch(register, model)
    assert in_letter(register) == {"1-2026", *FAR}
    seen = audit.listing(register, subject="enterprise asf-1")
    assert {(one.action, one.role) for one in seen} == {("profile.save", "link"), ("profile.show", "link")}


def test_a_preview_keeps_nothing(client: TestClient, path: str, register: Register) -> None:
    form = {"part": "reach", "municipality": ["Malung-Sälen", "Rättvik"], "preview": "1"}
    told = client.post(path, data=form, headers={"Accept": "application/json"}).json()["told"]
    assert told[0].startswith("Med Rättvik hade ni fått två till")
    page = client.post(path, data=form).text
    assert told[0] in page
    assert 'value="Rättvik" checked' in page
    smaller = {"part": "size", "largest": "20 000", "preview": "1"}
    lost = client.post(path, data=smaller, headers={"Accept": "application/json"}).json()["told"]
    assert lost[0].startswith("Så hade ni inte fått en förra månaden")
    assert enterprises.get(register, "asf-1") == make_enterprise(**OWN)


def test_each_part_is_saved_and_leaves_the_others(client: TestClient, path: str, register: Register) -> None:
    forms: list[dict[str, Any]] = [
        {"part": "reach", "municipality": "Orsa", "more": "mora, Upplands Väsby", "county": ["20", "99"]},
        {"part": "work", "capabilities": "- putsar fönster\r\n\r\nputsar fönster\nmålar staket", "never": "kör lastbil",
         "about": "Vi är åtta."},
        {"part": "size", "largest": "1 200 000", "occupied": "14", "share": "60", "idea_driven": "no",
         "subcontract": "1"},
        {"part": "letter", "weekday": "thu", "hour": "9", "most": "3", "include": ["reserved", "planned"],
         "level": "easy", "language": "en", "empty_week": "quiet", "first0": "2026-12-21", "last0": "2027-01-06"},
    ]  # fmt: skip
    for form in forms:
        page = client.post(path, data=form)
        assert (page.status_code, "Sparat." in page.text) == (200, True), form
    own = enterprises.get(register, "asf-1")
    assert own.reach.model_dump() == {
        "municipalities": ("Orsa", "Mora", "Upplands Väsby"), "counties": ("20",), "nationwide": False,
    }  # fmt: skip
    assert (own.capabilities, own.never) == (("putsar fönster", "målar staket"), ("kör lastbil",))
    assert own.capacity.largest_contract_sek_per_year == 1_200_000
    assert own.eligibility.share_target_group_percent == 60
    assert (own.cooperation.joint_bids, own.cooperation.subcontract) == (False, True)
    choice = own.digest
    assert (choice.weekday, choice.hour, choice.most, choice.include) == ("thu", 9, 3, ("reserved", "planned"))
    assert (choice.level, own.contact.language, choice.empty_week) == ("easy", "en", "quiet")
    assert not choice.approval, "the adviser's choice, which the form does not hold"
    assert own.cpv == ("90911300",)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"part": "reach"}, "Välj minst en kommun"),
        ({"part": "reach", "more": "Storstan"}, "känner inte igen en av kommunerna"),
        ({"part": "reach", "add": "<script>"}, "känner inte igen en av kommunerna"),
        ({"part": "work", "capabilities": " \n- "}, "minst en sak"),
        ({"part": "work", "capabilities": "x" * 301}, "för mycket text"),
        ({"part": "work", "capabilities": "\n".join(f"sak {n}" for n in range(31))}, "för mycket text"),
        ({"part": "size", "largest": "en miljon"}, "bara siffror"),
        ({"part": "size", "largest": "-1"}, "bara siffror"),
        ({"part": "size", "largest": "٣"}, "bara siffror"),
        ({"part": "size", "share": "101"}, "högst 100"),
        ({"part": "letter"}, "minst ett slag"),
        ({"part": "letter", "include": "open", "weekday": "fri day"}, "gick inte att läsa"),
        ({"part": "letter", "include": "open", "hour": "24"}, "gick inte att läsa"),
        ({"part": "letter", "include": "open", "first0": "2026-12-24", "last0": "2026-12-23"}, "den första före"),
        ({"part": "id", "id": "99-01"}, "gick inte att läsa"),
        ({}, "gick inte att läsa"),
    ],
)
def test_what_can_not_be_is_told_and_changes_nothing(
    client: TestClient, path: str, register: Register, form: dict[str, str], told: str
) -> None:
    before = enterprises.get(register, "asf-1")
    page = client.post(path, data=form)
    assert (page.status_code, told in page.text) == (400, True)
    assert enterprises.get(register, "asf-1") == before


def test_two_who_change_different_parts_at_once_both_keep_theirs(register: Register) -> None:
    def rename(own: Any) -> Any:
        return own.model_copy(update={"name": "Nytt namn"})

    def widen(own: Any) -> Any:
        return own.model_copy(update={"about": "Mer"})

    enterprises.change(register, "asf-1", rename, at=NOW)
    _, after = enterprises.change(register, "asf-1", widen, at=NOW)
    assert (after.name, after.about) == ("Nytt namn", "Mer")


def test_no_letter_comes_while_the_enterprise_is_away(client: TestClient, path: str, register: Register) -> None:
    form = {"part": "letter", "include": ["open", "reserved"], "first0": "2026-11-24", "last0": "2026-11-24"}
    assert client.post(path, data=form).status_code == 200
    own = enterprises.get(register, "asf-1")
    made = gathering.letter(register, own, settings=Settings(), now=NOW, period="2026-W48")
    assert isinstance(made, Quiet)
    assert "away" in made.reason
    assert made.until is None
    later = gathering.letter(register, own, settings=Settings(), now=NOW + timedelta(days=1), period="2026-W48")
    assert isinstance(later, Digest), "the day after, the same news come"


def test_at_most_how_many_is_the_enterprises_choice(
    client: TestClient, path: str, register: Register, model: SentenceEncoder
) -> None:
    client.post(path, data={"part": "reach", "add": "Rättvik"})
    rematch(register, model)
    assert len(in_letter(register)) == 3
    client.post(path, data={"part": "letter", "include": ["open", "reserved"], "most": "2"})
    assert len(in_letter(register)) == 2


def test_a_link_is_tied_to_its_purpose_and_runs_out(client: TestClient, folder: Path, register: Register) -> None:
    key = secret.load(folder, Settings().serve.secret)
    old = links.token(key, "profile", "asf-1", at=NOW - timedelta(days=91))
    other = links.token(key, "answer", "asf-1", at=NOW)
    for token in (old, other, link_token(folder, "profile")[:-1], "x"):
        for rest in ("", "/uppgifter", "/uppgifter/fil", "/radera"):
            assert client.get(f"/profil/{token}{rest}").status_code == 410
        for rest in ("", "/mottagare", "/uppgifter", "/radera"):
            assert client.post(f"/profil/{token}{rest}", data={"part": "reach", "add": "Orsa"}).status_code == 410
    assert enterprises.get(register, "asf-1").reach.municipalities == ("Malung-Sälen",)


def test_old_links_can_be_made_worthless(client: TestClient, path: str, folder: Path) -> None:
    page = client.post(f"{path}/uppgifter", data={"do": "revoke"})
    assert "ogiltiga" in page.text
    for rest in ("", "/uppgifter", "/uppgifter/fil", "/radera"):
        answer = client.get(path + rest)
        assert (answer.status_code, "återkallad" in answer.text) == (410, True), rest
    assert client.post(path, data={"part": "reach", "add": "Orsa"}).status_code == 410
    newer = links.token(secret.load(folder, Settings().serve.secret), "profile", "asf-1", at=NOW + timedelta(seconds=2))
    assert client.get(f"/profil/{newer}").status_code == 200, "that of the next letter"


def test_a_match_is_answered_from_the_page(client: TestClient, path: str, register: Register) -> None:
    page = client.get(path).text
    answer = page.partition('<a href="/svar/')[2].partition('"')[0]
    assert client.get(f"/svar/{answer}").status_code == 200
    client.post(f"/svar/{answer}", data={"answer": "yes"})
    assert [(one.answer, one.who) for one in judgements.of(register, "asf-1")] == [("yes", "Skogsgläntan")]
    assert "Intressant" in client.get(path).text


def settings_of(port: int) -> Settings:
    mail = MailSettings.model_validate({"port": port, "from": "Anbudslots <hej@anbud.example>"})
    return Settings(mail=mail, serve=ServeSettings(public_url=ADDRESS))


def test_a_new_receiver_is_asked_and_gets_nothing_before_its_yes(folder: Path, path: str, register: Register) -> None:
    new = "nina@skogsglantan.example"
    with (
        serving(recorder := Recorder()) as port,
        TestClient(create_app(folder, now=clock, settings=settings_of(port)), base_url=ADDRESS) as client,
    ):
        page = client.post(f"{path}/mottagare", data={"email": new}).text
        assert "Frågan är på väg" in page
        assert "Har fått frågan men inte svarat ja" in page
        assert new not in page, "only masked: a letter may have been passed on"
        assert "Ingen ny fråga skickas" in client.post(f"{path}/mottagare", data={"email": new}).text
        wrong = client.post(f"{path}/mottagare", data={"email": "x@y.example\r\nBcc: z@z.example"})
        assert wrong.status_code == 400
    assert [to for to, _ in recorder.taken] == [new]
    assert [email for _, email in consents.confirmed(register)] == [READER]


def test_a_receiver_can_be_taken_away(client: TestClient, path: str, register: Register) -> None:
    page = client.post(f"{path}/mottagare", data={"drop": HASH}).text
    assert "Ingen får brevet." in page
    assert consents.confirmed(register) == []
    assert consents.suppressed(register, READER) is None, "the stop list is for all letters"
    assert [(e.event, e.how) for e in consents.events(register, READER)][-1] == ("stopped", "profile page")
    assert client.post(f"{path}/mottagare", data={"drop": "0" * 64}).status_code == 200


def test_own_data_come_home_whole(client: TestClient, path: str, register: Register) -> None:
    paper = Evidence(enterprise="asf-1", kind="statutes", dated=NOW.date(), name="../../stadgar.pdf",
                     media_type="application/pdf", by="Asta", at=NOW)  # fmt: skip
    evidence.add(register, paper, b"%PDF-1.7")
    said = Judgement(enterprise="asf-1", notice="1-2026", lot="LOT-0000", answer="no", who="Asta", at=NOW)
    judgements.add(register, said)
    answer = client.get(f"{path}/uppgifter/fil")
    assert answer.headers["content-disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["uppgifter.json", "underlag/1-stadgar.pdf"]
        assert archive.read("underlag/1-stadgar.pdf") == b"%PDF-1.7"
        own = json.loads(archive.read("uppgifter.json"))
    assert own["profile"] == enterprises.get(register, "asf-1").model_dump(mode="json")
    assert [(one["email"], one["standing"]) for one in own["addresses"]] == [(READER, "agreed")]
    assert [one["answer"] for one in own["answers"]] == ["no"]
    assert {one["publication_number"] for one in own["matches"]} == {"1-2026", *FAR}
    assert "Asta A" not in json.dumps(own["seen_and_changed"])


def test_deleting_takes_a_mailed_link_and_leaves_only_proof(folder: Path, path: str, register: Register) -> None:
    judgements.add(
        register, Judgement(enterprise="asf-1", notice="1-2026", lot="LOT-0000", answer="no", who="A", at=NOW)
    )
    with (
        serving(recorder := Recorder()) as port,
        TestClient(create_app(folder, now=clock, settings=settings_of(port)), base_url=ADDRESS) as client,
    ):
        assert "inte till för att radera" in client.get(f"{path}/radera").text
        assert client.post(f"{path}/radera").status_code == 410, "the letter's own link deletes nothing"
        assert "Inget är raderat än" in client.post(f"{path}/uppgifter", data={"do": "delete"}).text
        assert enterprises.get(register, "asf-1")
        ((to, mime),) = recorder.taken
        assert to == READER
        text = message_from_bytes(mime, policy=default).get_content()
        mailed = next(line for line in text.splitlines() if line.startswith(f"{ADDRESS}/profil/"))
        mailed = mailed.removeprefix(ADDRESS)
        assert client.get(mailed).status_code == 200
        assert enterprises.get(register, "asf-1"), "opening deletes nothing"
        done = client.post(mailed)
        assert (done.status_code, "raderade" in done.text) == (200, True)
        for again in (mailed, path, f"{path}/uppgifter"):
            assert client.get(again).status_code == 410
    tables = [name for name in register.db.table_names() if "enterprise" in register.db[name].columns_dict]
    left = {name for name in tables if list(register.db.query(f"SELECT 1 FROM {name} WHERE enterprise = 'asf-1'"))}
    assert left == {"consent_events"}
    assert not any(READER in str(row) for name in register.db.table_names() for row in register.db[name].rows
                   if not name.startswith("deliveries"))  # fmt: skip
    assert revocations.is_revoked(register, "answer", "asf-1", issued=NOW - timedelta(days=1))
    assert matches.of(register, "asf-1") == []


def test_yesterdays_link_to_delete_deletes_nothing(client: TestClient, folder: Path, register: Register) -> None:
    key = secret.load(folder, Settings().serve.secret)
    old = links.token(key, "profile", "asf-1", at=NOW - timedelta(days=1), delete="yes")
    assert client.post(f"/profil/{old}/radera").status_code == 410
    assert enterprises.get(register, "asf-1")


def test_without_a_reader_nobody_can_be_asked_to_delete(client: TestClient, path: str, register: Register) -> None:
    consents.suppress(register, READER, reason="asked", at=NOW)
    assert "Be er rådgivare" in client.post(f"{path}/uppgifter", data={"do": "delete"}).text


def test_hostile_text_stays_text_here_too(tmp_path: Path) -> None:
    fill(tmp_path, HOSTILE)
    with TestClient(create_app(tmp_path, now=clock, settings=Settings()), base_url=ADDRESS) as client:
        page = client.get(f"/profil/{link_token(tmp_path, 'profile')}").text
    assert "<script>document" not in page
    assert "<img src=x" not in page


@pytest.mark.browser
def test_the_managers_story(
    folder: Path, path: str, register: Register, model: SentenceEncoder, browser: Browser
) -> None:
    """A manager follows the letter's link, sees what Rättvik would bring, widens the reach, and gets it next time."""
    with running(create_app(folder, now=clock, settings=Settings())) as address:
        context = browser.new_context()
        watch = Watch(context, address)
        page = context.new_page()
        look(page, address + path)
        for rest in ("/uppgifter", "/radera"):
            look(page, address + path + rest, widths=(320,))
        page.goto(address + path)
        page.set_viewport_size({"width": 390, "height": 800})
        assert in_letter(register) == {"1-2026"}
        page.get_by_label("Rättvik", exact=True).check()
        page.locator("#told-reach li").wait_for()
        assert "Med Rättvik hade ni fått två till förra månaden" in page.locator("#told-reach").inner_text()
        assert enterprises.get(register, "asf-1").reach.municipalities == ("Malung-Sälen",), "telling keeps nothing"
        page.locator("#reach").get_by_role("button", name="Spara").click()
        page.get_by_text("Sparat.").wait_for()
        look(page, page.url, widths=(320,))
        rematch(register, model)
        assert in_letter(register) == {"1-2026", *FAR}
        page.goto(address + path)
        assert page.locator("#now h3").count() == 3
        watch.assert_quiet()
        context.close()
