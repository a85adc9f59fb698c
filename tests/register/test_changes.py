from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register import history, notices
from register.changes import between
from register.database import Register
from register.models import Buyer, Codes, Lot, Money, Notice, Place
from tests.conftest import make_lot, make_notice

ZONE = ZoneInfo("Europe/Stockholm")
AT = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def told(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The sentences between two versions of a notice of one lot."""
    old, new = (make_notice(lots=(make_lot(**lot),)) for lot in (before, after))
    return [change.sentence for change in between(old, new)]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            {"deadline": at("2026-12-10 23:59")},
            {"deadline": at("2026-12-18 23:59")},
            "Sista anbudsdag flyttad från torsdag 10 december till fredag 18 december.",
        ),
        (
            {"deadline": at("2026-12-10 12:00")},
            {"deadline": at("2027-01-08 23:59")},
            "Sista anbudsdag flyttad från torsdag 10 december 2026 till fredag 8 januari 2027.",
        ),
        (
            {"deadline": at("2026-12-10 23:59")},
            {"deadline": at("2026-12-10 12:00")},
            "Klockslaget på sista anbudsdag, torsdag 10 december, ändrat från kl. 23.59 till kl. 12.00.",
        ),
        (
            {"deadline": None},
            {"deadline": at("2026-12-10 12:00")},
            "Sista anbudsdag är nu angiven: torsdag 10 december 2026.",
        ),
        (
            {"deadline": at("2026-12-10 12:00")},
            {"deadline": at("2049-12-31 12:00"), "open_ended": True},
            "Upphandlingen är nu öppen tills vidare.",
        ),
        (
            {"question_deadline": date(2026, 12, 1)},
            {"question_deadline": date(2026, 12, 4)},
            "Sista dag för frågor flyttad från tisdag 1 december till fredag 4 december.",
        ),
        (
            {"value": Money(amount=180_000)},
            {"value": Money(amount=1_250_000.5)},
            "Uppskattat värde ändrat från 180\u00a0000 kr till 1\u00a0250\u00a0000,5 kr.",
        ),
        ({"value": None}, {"value": Money(amount=900, currency="EUR")}, "Uppskattat värde är nu angivet: 900 EUR."),
        (
            {"cpv": ("90911300",)},
            {"cpv": ("90911300", "90911200")},
            "CPV-koder: tillagda 90911200 Städning av byggnader.",
        ),
        (
            {"places": (Place(nuts="SE312", city="Mora"),)},
            {"places": (Place(nuts="SE312", city="Orsa"),)},
            "Platser: tillagda Orsa, Dalarnas län och borttagna Mora, Dalarnas län.",
        ),
        (
            {"title": "Fönsterputs"},
            {"title": "Fönsterputs och golvvård"},
            "Rubriken ändrad från ”Fönsterputs” till ”Fönsterputs och golvvård”.",
        ),
        (
            {"documents_url": "https://portal.example/1"},
            {"documents_url": "https://portal.example/2"},
            "Länken till underlaget är nu https://portal.example/2.",
        ),
        (
            {"codes": Codes(reserved_participation="res-ws")},
            {"codes": Codes(reserved_participation="none")},
            "Upphandlingen är inte längre reserverad.",
        ),
        (
            {"codes": Codes(reserved_execution="no")},
            {"codes": Codes(reserved_execution="yes")},
            "Kontraktet ska nu utföras inom ramen för program för skyddad anställning (BT-736).",
        ),
        ({"duration_months": 24}, {"duration_months": 36}, "Avtalstiden: ändrat från 24 månader till 36 månader."),
        (
            {"description": "Sex förskolor ska putsas i maj."},
            {"description": "Sju förskolor ska putsas i maj."},
            "Beskrivningen ändrad: 1 ord tillagda och 1 ord borttagna (omkring 17 %).",
        ),
        (
            {"performance_terms": ("Kollektivavtal",)},
            {"performance_terms": ("Kollektivavtal", "Praktikplatser")},
            "Villkor för utförandet ändrade: 1 tillagda.",
        ),
    ],
)  # fmt: skip
def test_each_change_is_told_in_swedish(before: dict[str, Any], after: dict[str, Any], sentence: str) -> None:
    assert told(before, after) == [sentence]


def test_a_reservation_is_told_in_neutral_words() -> None:
    (sentence,) = told({"codes": Codes()}, {"codes": Codes(reserved_participation="res-ws")})
    assert sentence.startswith("Upphandlingen är nu reserverad: för leverantörer")
    assert " ni " not in sentence  # whether one may bid is for the buyer to say


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"codes": Codes()}, {"codes": Codes(reserved_participation="none", strategic=("none",))}),
        ({"description": "Två  rader\ntext"}, {"description": "Två rader text"}),
        ({"cpv": ("90911300", "90911200")}, {"cpv": ("90911300", "90911200")}),
        ({"deadline": at("2026-12-10 23:59:00")}, {"deadline": at("2026-12-10 23:59:50")}),
        ({"deadline": at("2026-12-11 00:00")}, {"deadline": at("2026-12-10 23:59")}),
        ({"id": "LOT-0000"}, {"id": "LOT-0001"}),
    ],
)
def test_what_means_the_same_is_no_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert told(before, after) == []


def test_publication_and_ids_are_no_change() -> None:
    after = make_notice(
        "654321-2026", published=date(2026, 12, 1), version="02", notice_id="n", link="https://x.example"
    )
    assert between(make_notice(), after) == ()


def test_a_change_of_all_lots_is_told_once_and_of_one_lot_with_its_name() -> None:
    lots = tuple(make_lot(id=f"LOT-000{n}", title=f"Del {n}", deadline=at("2026-12-10 23:59")) for n in (1, 2))
    moved = tuple(lot.model_copy(update={"deadline": at("2026-12-18 23:59")}) for lot in lots)
    (change,) = between(make_notice(lots=lots), make_notice(lots=moved))
    assert (change.field, change.lot, change.before, change.after) == (
        "deadline", "", "2026-12-10 23:59", "2026-12-18 23:59",
    )  # fmt: skip
    (change,) = between(make_notice(lots=lots), make_notice(lots=(lots[0], moved[1])))
    assert change.lot == "LOT-0002"
    assert change.sentence == (
        "Del LOT-0002 ”Del 2”: sista anbudsdag flyttad från torsdag 10 december till fredag 18 december."
    )


def test_lots_come_and_go() -> None:
    lots = tuple(make_lot(id=f"LOT-000{n}", title=f"Del {n}") for n in (1, 2, 3))
    found = between(make_notice(lots=lots[:2]), make_notice(lots=lots[1:]))
    assert [change.sentence for change in found] == ["Ny del: LOT-0003 ”Del 3”.", "Borttagen del: LOT-0001 ”Del 1”."]


def test_a_cancellation_and_its_end() -> None:
    cancelled = make_notice(change_reason="cancel", closed=True)
    assert [change.sentence for change in between(make_notice(), cancelled)] == ["Upphandlingen är avbruten."]
    assert [c.sentence for c in between(cancelled, make_notice())] == ["Upphandlingen är inte längre avbruten."]


def test_reading_more_fully_is_no_change_by_the_buyer() -> None:
    alert = make_notice(reading="alert", lots=(make_lot(description="", cpv=(), deadline=at("2026-12-10 23:59")),))
    full = make_notice(lots=(make_lot(deadline=at("2026-12-18 12:00")),))
    assert [change.field for change in between(alert, full)] == ["deadline"]


texts = st.text(max_size=60)
lot_models = st.builds(
    Lot,
    id=st.sampled_from(["LOT-0001", "LOT-0002", "LOT-0003"]),
    title=texts,
    description=texts,
    cpv=st.lists(st.sampled_from(["90911300", "90911200", "99999999"]), max_size=2).map(tuple),
    places=st.lists(st.builds(Place, nuts=st.sampled_from(["SE312", "SE", None]), city=texts), max_size=2).map(tuple),
    value=st.none() | st.builds(Money, amount=st.floats(0.01, 1e12)),
    duration_months=st.none() | st.floats(0, 1000),
    deadline=st.none() | st.integers(1, 3_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    open_ended=st.booleans(),
    question_deadline=st.none() | st.dates(date(2000, 1, 1)),
    documents_url=st.none() | texts,
    notes=st.lists(texts, max_size=2).map(tuple),
    codes=st.builds(
        Codes,
        reserved_participation=st.sampled_from([None, "none", "res-ws", "?"]),
        sme_suitable=st.none() | st.booleans(),
    ),
)
notice_models = st.builds(
    Notice,
    publication_number=st.sampled_from(["1-2026", "2-2026"]),
    origin=st.just("ted"),
    form_type=st.sampled_from(["competition", "planning", "result"]),
    title=texts,
    description=texts,
    buyer=st.builds(Buyer, name=texts),
    change_reason=st.sampled_from([None, "cancel", "update-add"]),
    reading=st.sampled_from(["full", "short", "alert"]),
    lots=st.lists(lot_models, min_size=1, max_size=3, unique_by=lambda lot: lot.id).map(tuple),
)


@given(notice_models)
def test_a_notice_has_not_changed_from_itself(notice: Notice) -> None:
    assert between(notice, notice) == ()


@given(notice_models, notice_models)
def test_every_change_has_a_sentence_and_two_sides(before: Notice, after: Notice) -> None:
    for change in between(before, after):
        assert change.sentence.endswith(".")
        assert change.before != change.after
        assert change.lot in {"", *(lot.id for lot in (*before.lots, *after.lots))}


def test_history_goes_through_versions_and_the_procedure(register: Register) -> None:
    first = make_notice("1-2026", procedure_id="p", lots=(make_lot(deadline=at("2026-12-10 23:59")),))
    mended = first.model_copy(update={"title": "Fönsterputs på sju förskolor"})
    moved = make_notice(
        "2-2026", procedure_id="p", title=mended.title, published=date(2026, 11, 27),
        change_description="Fler frågor än väntat.", lots=(make_lot(deadline=at("2026-12-18 23:59")),),
    )  # fmt: skip
    for hours, (raw, notice) in enumerate((("a", first), ("b", mended), ("c", moved))):
        notices.add(register, notice, raw=raw, at=AT + timedelta(hours=hours))
    steps = history.of(register, "2-2026")
    assert [(s.before, s.after, [c.field for c in s.changes], s.own_words) for s in steps] == [
        ("1-2026", "1-2026", ["title"], ""),
        ("1-2026", "2-2026", ["deadline"], "Fler frågor än väntat."),
    ]
    assert history.of(register, "1-2026") == steps


def test_reading_the_same_bytes_anew_is_no_change(register: Register) -> None:
    notices.add(register, make_notice(), raw="a", at=AT)
    notices.reread(register, make_notice(title="Läst av en bättre tolk"), raw="a")
    notices.add(register, make_notice(title="Ändrad av köparen"), raw="b", at=AT + timedelta(days=2))
    (step,) = history.of(register, "123456-2026")
    assert [change.before for change in step.changes] == ["Läst av en bättre tolk"]
