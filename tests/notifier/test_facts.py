from datetime import date, datetime, time

import pytest

from notifier import facts
from tests.conftest import make_lot, make_notice
from tests.notifier import given
from tests.notifier.given import ZONE


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Upphandling av städning, dnr KS 2026/113", "Städning, dnr KS 2026/113"),
        ("Upphandling av städning (dnr 2026/113)", "Städning"),
        ("Sverige – Städtjänster – Lokalvård i Mora", "Lokalvård i Mora"),
        ("LOKALVÅRD I MORA KOMMUN", "Lokalvård i mora kommun"),
        ("Trä\nskyddat\u202e gömt", "Trä skyddat gömt"),
    ],
)
def test_titles_are_freed_of_the_form_around_them(title: str, plain: str) -> None:
    assert facts.plain_title(given.notice(given.lot(title=""), title=title), given.lot(title="")) == plain


def test_a_lot_is_named_with_its_tender() -> None:
    own = given.lot(title="Område 2")
    assert facts.plain_title(given.notice(own, title="Parkskötsel"), own) == "Område 2 (Parkskötsel)"


def test_long_lines_are_cut_at_a_word() -> None:
    assert facts.one_line("ett två tre fyra", 10) == "ett två…"
    assert facts.one_line("a" * 50, 10) == "a" * 9 + "…"


@pytest.mark.parametrize(
    ("deadline", "last"),
    [
        (datetime(2026, 12, 17, 23, 59, 50, tzinfo=ZONE), (date(2026, 12, 17), None)),
        (datetime(2026, 12, 17, 12, 0, tzinfo=ZONE), (date(2026, 12, 17), time(12))),
        (datetime(2026, 12, 17, 0, 0, tzinfo=ZONE), (date(2026, 12, 16), None)),
    ],
)
def test_the_last_day_is_the_one_to_go_by(deadline: datetime, last: tuple[date, time | None]) -> None:
    assert facts.last_day(deadline, ZONE) == last


@pytest.mark.parametrize(
    ("last", "day"),
    [
        (date(2026, 12, 17), date(2026, 11, 27)),  # time enough: Friday of the week
        (date(2026, 11, 26), date(2026, 11, 24)),
        (date(2026, 11, 23), date(2026, 11, 23)),
        (None, date(2026, 11, 27)),
    ],
)
def test_when_to_call_an_adviser(last: date | None, day: date) -> None:
    assert facts.advise_by(date(2026, 11, 23), last) == day


def test_never_asked_to_call_after_the_last_day() -> None:
    friday, sunday = date(2026, 11, 27), date(2026, 11, 29)
    assert facts.advise_by(friday, sunday) == sunday


def test_size_is_a_years_share_where_the_duration_is_known() -> None:
    own = given.lot(duration_months=None)
    assert facts.size(given.notice(own), own) == facts.Size(amount=180_000, currency="SEK", yearly=False)
    short = given.lot(duration_months=6)
    assert facts.size(given.notice(short), short) == facts.Size(amount=180_000, currency="SEK", yearly=True)


def test_a_total_of_several_lots_says_so() -> None:
    lots = (given.lot(id="1", value=None), given.lot(id="2", value=None))
    whole = given.notice(*lots, value={"amount": 400_000})
    assert facts.size(whole, lots[0]) == facts.Size(amount=200_000, currency="SEK", yearly=True, lots=2)
    assert facts.yearly_sek(whole, lots[0]) == 100_000


def test_clauses_keep_one_a_code_and_the_text_before_the_code() -> None:
    found = (
        given.finding("employment_requirement", witness="code only", quote="BT-775: opp", confidence=1.0),
        given.finding("employment_requirement", quote="Två praktikanter."),
        given.finding("reserved_participation", polarity="negated", effect="opens", quote="Inte reserverad."),
        given.finding("equality", polarity="negated"),
        given.finding("accessibility", lot="LOT-0009"),
    )
    shown, further = facts.clauses(found, given.lot())
    assert [(c.code, c.polarity, c.quote) for c in shown] == [
        ("reserved_participation", "negated", "Inte reserverad."),
        ("employment_requirement", "affirmed", "Två praktikanter."),
    ]
    assert further == 0


def test_abbreviations_do_not_end_a_sentence() -> None:
    own = given.lot(description="Arbetet omfattar t.ex. fönster m.m. i hela kommunen. Det sker i maj. Sedan vilar det.")
    assert facts.sentences(given.notice(own), own) == (
        "Arbetet omfattar t.ex. fönster m.m. i hela kommunen.",
        "Det sker i maj.",
    )


def test_a_paragraph_of_the_law_is_no_end_of_a_sentence() -> None:
    lot = make_lot(description="Gräs klipps. Området är reserverat enligt 4 kap. 18 § LOU. Mer står i bilagan.")
    assert facts.sentences(make_notice(lots=(lot,)), lot) == (
        "Gräs klipps.",
        "Området är reserverat enligt 4 kap. 18 § LOU.",
    )
