from datetime import UTC, date, datetime, timedelta

import pytest

from config.errors import InputError, NotFoundError
from register import joins, notices
from register.database import Register
from register.joins import Tie
from tests.conftest import make_notice

AT = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
ALONE = ("1-2026", "2-2026", "3-2026")


def put(register: Register, *numbers: str, **changes: object) -> None:
    for number in numbers:
        notices.add(register, make_notice(number, **changes), raw=None, at=AT)


def tie(register: Register, one: str, other: str, rank: int = 0, *, same: bool = True) -> None:
    joins.put_ties(register, [], [Tie(one, other, same, ("skäl",), rank)], same=same, at=AT)
    joins.regroup(register, [one, other])


def tenders(register: Register, *numbers: str) -> list[str]:
    return [joins.tender(register, number) for number in numbers]


def test_a_notice_by_itself_is_a_tender(register: Register) -> None:
    put(register, "1-2026")
    assert joins.tender(register, "1-2026") == "1-2026"
    assert joins.members(register, "1-2026") == ["1-2026"]
    assert not joins.of(register, "1-2026")
    assert not joins.by_ids(register, "1-2026")


def test_ids_tie_by_themselves_and_say_why(register: Register) -> None:
    put(register, "1-2026", procedure_id="p", notice_id="n", version="01")
    put(register, "2-2026", procedure_id="p", published=date(2026, 11, 22))
    put(register, "3-2026", procedure_id="q", changes_notice="n-01", published=date(2026, 11, 23))
    assert tenders(register, *ALONE) == ["3-2026"] * 3
    assert joins.by_ids(register, "1-2026") == [
        ("2-2026", "samma förfarande (BT-04 p)"),
        ("3-2026", "den ena ändrar den andra (BT-758)"),
    ]
    assert joins.line(register, "2-2026") == list(ALONE)


def test_the_surer_tie_wins_where_two_would_unite_what_is_kept_apart(register: Register) -> None:
    put(register, *ALONE)
    joins.put_ties(register, [], [Tie("1-2026", "3-2026", False, ("två",))], same=False, at=AT)
    tie(register, "1-2026", "2-2026", rank=200)
    tie(register, "2-2026", "3-2026", rank=100)
    assert joins.members(register, "2-2026") == ["2-2026", "3-2026"]
    assert joins.members(register, "1-2026") == ["1-2026"]


def test_ids_stand_over_what_rules_keep_apart(register: Register) -> None:
    put(register, "1-2026", "2-2026", procedure_id="p")
    tie(register, "1-2026", "2-2026", same=False)
    assert joins.members(register, "1-2026") == ["1-2026", "2-2026"]


def test_a_persons_split_parts_what_ids_tie(register: Register) -> None:
    put(register, "1-2026", "2-2026", procedure_id="p")
    joins.decide(register, "2-2026", "1-2026", same=False, by="Asta", why="", at=AT)
    assert tenders(register, "1-2026", "2-2026") == ["1-2026", "2-2026"]
    joins.decide(register, "1-2026", "2-2026", same=True, by="Bo", why="ändrat sig", at=AT + timedelta(hours=1))
    assert len(set(tenders(register, "1-2026", "2-2026"))) == 1
    (word,) = joins.of(register, "1-2026")
    assert (word.who, word.same, word.evidence, word.at) == ("Bo", True, ("ändrat sig",), AT + timedelta(hours=1))


def test_the_newest_of_persons_words_that_contradict_each_other_goes_first(register: Register) -> None:
    put(register, *ALONE)
    joins.decide(register, "1-2026", "3-2026", same=False, by="Asta", why="", at=AT)
    joins.decide(register, "1-2026", "2-2026", same=True, by="Asta", why="", at=AT)
    joins.decide(register, "2-2026", "3-2026", same=True, by="Bo", why="", at=AT + timedelta(hours=1))
    assert joins.members(register, "2-2026") == ["2-2026", "3-2026"]


def test_rules_never_write_over_a_persons_word(register: Register) -> None:
    put(register, "1-2026", "2-2026")
    joins.decide(register, "1-2026", "2-2026", same=False, by="Asta", why="", at=AT)
    tie(register, "1-2026", "2-2026")
    joins.put_ties(register, ["1-2026"], [], same=False, at=AT)
    assert [word.made_by for word in joins.of(register, "1-2026")] == ["person"]
    assert tenders(register, "1-2026", "2-2026") == ["1-2026", "2-2026"]


def test_what_a_person_can_not_decide(register: Register) -> None:
    put(register, "1-2026", "990001-2026")
    with pytest.raises(NotFoundError, match="9-2026"):
        joins.decide(register, "1-2026", "9-2026", same=True, by="Asta", why="", at=AT)
    with pytest.raises(InputError, match="invented example"):
        joins.decide(register, "1-2026", "990001-2026", same=True, by="Asta", why="", at=AT)
    with pytest.raises(InputError, match="one notice"):
        joins.decide(register, "1-2026", "1-2026", same=True, by="Asta", why="", at=AT)
    with pytest.raises(InputError, match="who decides"):
        joins.decide(register, "1-2026", "990001-2026", same=False, by=" ", why="", at=AT)
    for ask in (joins.tender, joins.members, joins.line, joins.by_ids):
        with pytest.raises(NotFoundError, match="9-2026"):
            ask(register, "9-2026")


def test_an_example_and_a_real_notice_never_meet_even_under_one_procedure(register: Register) -> None:
    put(register, "1-2026", "990001-2026", procedure_id="p")
    assert tenders(register, "1-2026", "990001-2026") == ["1-2026", "990001-2026"]


def test_two_notices_that_name_each_other_leave_one_standing(register: Register) -> None:
    put(register, "1-2026", procedure_id="p", notice_id="a", version="01", changes_notice="b-01")
    put(register, "2-2026", procedure_id="q", notice_id="b", version="01", changes_notice="a-01")
    assert len(list(notices.current(register))) == 1


def test_statistics_do_not_close_a_live_tender(register: Register) -> None:
    put(register, "1-2026")
    put(register, "MT1", origin="uhm", closed=True, published=date(2026, 11, 23))
    tie(register, "1-2026", "MT1")
    assert [n.publication_number for n in notices.current(register, closed=False)] == ["1-2026"]


def test_a_short_form_stands_before_an_alert_and_ted_before_a_portals_full_page(register: Register) -> None:
    put(register, "1-2026", reading="short")
    put(register, "portal-2", origin="mercell", reading="alert", published=date(2026, 11, 29))
    put(register, "portal-3", origin="kommersannons", published=date(2026, 11, 29))
    put(register, "4-2026")
    tie(register, "1-2026", "portal-2")
    assert joins.tender(register, "portal-2") == "1-2026"
    tie(register, "1-2026", "portal-3")
    assert joins.tender(register, "portal-2") == "portal-3"
    tie(register, "4-2026", "portal-3")
    assert joins.tender(register, "portal-2") == "4-2026"
    assert notices.provenance(register, "portal-3")["superseded_by"] == "4-2026"


def test_only_three_and_more_need_a_look_at_what_must_stay_apart(register: Register) -> None:
    put(register, *ALONE, "4-2026")
    tie(register, "1-2026", "2-2026")
    assert joins.tied_groups(register, ["1-2026", "2-2026", "4-2026"]) == []
    tie(register, "2-2026", "3-2026")
    assert joins.tied_groups(register, [*ALONE, "4-2026"]) == [list(ALONE)]
