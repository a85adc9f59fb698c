from datetime import UTC, date, datetime

import pytest

from config.errors import NotFoundError
from register import notices
from register.database import Register
from tests.conftest import make_lot, make_notice

AT = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


def test_the_same_notice_again_changes_nothing(register: Register) -> None:
    assert notices.add(register, make_notice(), raw="a", at=AT) == "new"
    assert notices.add(register, make_notice(), raw="a", at=LATER) == "unchanged"
    assert len(notices.versions(register, "123456-2026")) == 1


def test_other_content_becomes_the_latest_version_and_the_old_one_is_kept(register: Register) -> None:
    notices.add(register, make_notice(), raw="a", at=AT)
    assert notices.add(register, make_notice(title="Annat"), raw="b", at=LATER) == "changed"
    assert notices.get(register, "123456-2026").title == "Annat"
    assert [n.title for _, n in notices.versions(register, "123456-2026")] == ["Fönsterputs på sex förskolor", "Annat"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_last_published_notice_of_a_procedure_is_current(register: Register, order: tuple[int, int]) -> None:
    pair = [
        make_notice("1-2026", procedure_id="p", published=date(2026, 11, 1)),
        make_notice("2-2026", procedure_id="p", published=date(2026, 11, 9)),
    ]
    for position in order:
        notices.add(register, pair[position], raw=None, at=AT)
    assert [n.publication_number for n in notices.current(register)] == ["2-2026"]
    assert notices.provenance(register, "1-2026")["superseded_by"] == "2-2026"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_change_supersedes_what_it_names_also_across_procedures(register: Register, order: tuple[int, int]) -> None:
    pair = [
        make_notice("1-2026", procedure_id="p", notice_id="n1", version="01"),
        make_notice("2-2026", procedure_id="q", notice_id="n2", version="01", changes_notice="n1-01"),
    ]
    for position in order:
        notices.add(register, pair[position], raw=None, at=AT)
    assert [n.publication_number for n in notices.current(register)] == ["2-2026"]


def test_a_result_supersedes_nothing(register: Register) -> None:
    notices.add(register, make_notice("1-2026", procedure_id="p"), raw=None, at=AT)
    result = make_notice("2-2026", procedure_id="p", form_type="result", closed=True, published=date(2027, 2, 1))
    notices.add(register, result, raw=None, at=AT)
    assert {n.publication_number for n in notices.current(register)} == {"1-2026", "2-2026"}
    assert [n.publication_number for n in notices.current(register, closed=False)] == ["1-2026"]


def test_words_are_found_in_title_description_and_buyer(register: Register) -> None:
    notices.add(register, make_notice("1-2026"), raw=None, at=AT)
    lot = make_lot(title="Gräs", description="klippning")
    notices.add(register, make_notice("2-2026", title="Gräs", lots=(lot,)), raw=None, at=AT)
    assert [row["publication_number"] for row in notices.listing(register, words="fönsterp")] == ["1-2026"]
    assert len(notices.listing(register, words="mora")) == 2
    assert notices.listing(register, words='" OR 1=1 --') == []


def test_an_unknown_number_is_named(register: Register) -> None:
    with pytest.raises(NotFoundError, match="9-2026"):
        notices.get(register, "9-2026")


def test_a_lower_reading_never_replaces_a_higher(register: Register) -> None:
    readings = ("alert", "short", "full")
    for earlier in readings:
        for later in readings:
            number = f"{earlier}-{later}"
            notices.add(register, make_notice(number, title="Först", reading=earlier), raw=None, at=AT)
            outcome = notices.add(register, make_notice(number, title="Sedan", reading=later), raw=None, at=LATER)
            kept = readings.index(later) < readings.index(earlier)
            assert outcome == ("unchanged" if kept else "changed")
            assert notices.get(register, number).title == ("Först" if kept else "Sedan")


def test_an_alert_that_tells_less_takes_nothing_back(register: Register) -> None:
    told = make_notice(reading="alert", cpv=("90911300",))
    notices.add(register, told, raw=None, at=AT)
    moved = datetime(2026, 12, 20, 22, 59, tzinfo=UTC)
    less = make_notice(reading="alert", published=None, lots=(make_lot(cpv=(), places=(), deadline=moved),))
    assert notices.add(register, less, raw=None, at=LATER) == "changed"
    now = notices.get(register, told.publication_number)
    assert (now.cpv, now.published) == (("90911300",), told.published)
    assert (now.lots[0].deadline, now.lots[0].places) == (moved, told.lots[0].places)


def test_an_old_alert_that_is_read_again_brings_nothing_back(register: Register) -> None:
    first = make_notice(reading="alert")
    moved = make_notice(reading="alert", lots=(make_lot(deadline=datetime(2026, 12, 20, 22, 59, tzinfo=UTC)),))
    assert notices.add(register, first, raw="a", at=AT) == "new"
    assert notices.add(register, moved, raw="b", at=AT) == "changed"
    assert [notices.add(register, old, raw=raw, at=LATER) for old, raw in ((first, "a"), (moved, "b"))] == [
        "unchanged",
        "unchanged",
    ]
    assert notices.get(register, first.publication_number).lots[0].deadline == moved.lots[0].deadline


@pytest.mark.parametrize(
    ("number", "example"),
    [
        ("990001-2026", True),
        ("e-avrop-9900000101", True),
        ("kommersannons-elite-9900000101", True),
        ("clira-99000000-0000-4000-8000-000000000401", True),
        ("mercell-9900000041-region-hittedal", True),
        ("e-avrop-99123", False),
        ("mercell-991234567", False),
        ("clira-99123456-1234-4000-8000-000000000401", False),
        ("99123-2026", False),
    ],
)
def test_invented_numbers_are_told_from_real_ones(number: str, example: bool) -> None:
    assert make_notice(number).is_example is example
