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
